"""Starting the stack, and saying why it did not start."""

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from django_strict.environment import write_once
from django_strict.stack import environment
from django_strict.stack.errors import StackError

if TYPE_CHECKING:
    from pathlib import Path

    from django_strict.stack.compose import Compose


def prepare(compose: "Compose") -> None:
    """Write what a first start needs: secrets and the lock file.

    Args:
        compose: The stack.

    Raises:
        StackError: If the lock file is missing and uv cannot write it.
    """
    path = compose.folder / environment.NAME
    if write_once(path, environment.render()):
        print(f"Wrote {path.name} with fresh secrets; it is yours, never overwritten.")
    environment.require(path)
    if (compose.folder / "uv.lock").is_file():
        return
    print("Locking the dependencies, which the build installs as they are locked ...")
    uv = shutil.which("uv")
    if uv is None or _lock(uv, compose.folder):
        message = "There is no uv.lock, and `uv lock` did not write it; see above."
        raise StackError(message)


def _lock(uv: str, folder: "Path") -> int:
    """Write the lock file.

    Args:
        uv: Path of uv.
        folder: The project's folder.

    Returns:
        uv's exit code.
    """
    return subprocess.run([uv, "lock"], check=False, cwd=folder).returncode


def start(compose: "Compose", *, build: bool, scale: int) -> None:
    """Start everything and wait until it is healthy.

    Args:
        compose: The stack.
        build: Whether to build the images first; unchanged ones cost nothing.
        scale: How many replicas of the app to run.

    Raises:
        StackError: If a build fails or a service does not become healthy.
    """
    if build and compose.run("build"):
        message = "The images were not built; the reason stands above."
        raise StackError(message)
    arguments = ("--detach", "--wait", "--no-build", "--remove-orphans")
    if compose.run("up", *arguments, "--scale", f"app={scale}"):
        show_failures(compose)
        message = (
            "The stack did not become healthy; the logs of the services in question "
            "stand above. A port that is taken is changed in .env.stack."
        )
        raise StackError(message)


def show_failures(compose: "Compose") -> None:
    """Print the last lines of every service that is not well.

    Args:
        compose: The stack.
    """
    for service in compose.services():
        if service.is_failed:
            print(f"\n--- {service.name}: {service.state} {service.health}")
            sys.stdout.flush()
            compose.run(
                "logs", "--no-color", "--no-log-prefix", "--tail=40", service.name
            )


def announce(compose: "Compose") -> None:
    """Print where everything is.

    Args:
        compose: The running stack.
    """
    base = f"https://localhost:{compose.port('nginx', 8443)}"
    print(
        f"\n  API       {base}/\n"
        f"  API docs  {base}/api/docs/\n"
        f"  Health    {base}/api/health/\n\n"
        "The certificate is self-signed: curl needs -k, a browser a click. Stop with "
        "uv run poe stack-down\n"
    )
