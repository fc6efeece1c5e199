"""The command line behind the ``poe stack`` commands."""

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from django_strict.project import ROOT
from django_strict.stack import backup, rolling
from django_strict.stack.compose import (
    ENV_FILE,
    NAME,
    Compose,
    StackError,
    require_variables,
    set_variable,
    variables,
    write_env_file,
)

IMAGE: Final = "IMAGE_NAME"
TAG: Final = "IMAGE_TAG"
# One service for each image that is built; the others use the same ones.
BUILT: Final = ("app", "migrate", "site")

FOREIGN: Final = (
    "{0} is another user's. Run the command as that user, or give it to the one who runs "
    "this stack: sudo chown $USER {0}"
)


def up(compose: Compose, options: argparse.Namespace) -> int:
    """Build, start, wait, print the URLs.

    Args:
        compose: The stack.
        options: ``no_build``, ``release`` and ``scale``.

    Returns:
        Exit code.
    """
    prepare(compose)
    name, path = compose.claim(), compose.folder / ENV_FILE
    if NAME not in variables(path):
        # From now on the data of that name are this folder's.
        set_variable(path, NAME, name)
    if options.scale:
        set_variable(compose.folder / ENV_FILE, "APP_REPLICAS", str(options.scale))
    if options.release:
        pull(compose, options.release)
    volume = f"{name}_database"
    made = compose.docker("volume", "ls", "--quiet").split()
    has_database = "db" in compose.pipe("config", "--services").decode().split()
    start(compose, build=not (options.no_build or options.release))
    if options.release:
        # Only now: after a failure the release that serves on is the one that is named.
        set_variable(path, TAG, options.release)
    if has_database and volume not in made:
        print(f"\n  The database is new and empty: there was no volume {volume}.")
    elif volume in made and not has_database:
        # An answer that `poe update` changed; nothing else would say where the rows are.
        print(
            f"\n  The volume {volume} has a database that this stack uses no more. Its rows "
            "move through `stack-backup`, with database_host as it was; if they may go: "
            f"docker volume rm {volume}"
        )
    base = f"https://localhost:{compose.port('nginx', 8443)}"
    print(
        f"\n  API       {base}/\n"
        f"  API docs  {base}/api/docs/\n"
        f"  Health    {base}/api/health/\n\n"
        "If the certificate is self-signed, curl needs -k, a browser a click. Stop with "
        "uv run poe stack-down\n"
    )
    return 0


def prepare(compose: "Compose") -> None:
    """Write what a first start needs: secrets and the lock file.

    Args:
        compose: The stack.

    Raises:
        StackError: If the lock file is missing and uv cannot write it.
    """
    path = compose.folder / ENV_FILE
    if write_env_file(path):
        print(f"Wrote {path.name} with fresh secrets; it is yours, never overwritten.")
    require_variables(path)
    if (compose.folder / "uv.lock").is_file():
        return
    print("Locking the dependencies, which the build installs as they are locked ...")
    uv = shutil.which("uv")
    done = uv and subprocess.run([uv, "lock"], check=False, cwd=compose.folder)
    if not done or done.returncode:
        message = "There is no uv.lock, and `uv lock` did not write it; see above."
        raise StackError(message)
    if not (compose.folder / "uv.lock").is_file():
        message = (
            "`uv lock` wrote the lock of the workspace around this project, and images are "
            'built from this folder alone: add it to "exclude" in [tool.uv.workspace] there.'
        )
        raise StackError(message)


def pull(compose: "Compose", release: str) -> None:
    """Fetch the images of a release, which everything after this uses.

    Args:
        compose: The stack.
        release: Their tag.

    Raises:
        StackError: If nothing says where they are, or they are not there.
    """
    if IMAGE not in variables(compose.folder / ENV_FILE):
        message = (
            f"{ENV_FILE} does not say where releases are: add the line "
            f"{IMAGE}=ghcr.io/OWNER/REPOSITORY, in lower case."
        )
        raise StackError(message)
    os.environ[TAG] = release
    if compose.run("pull", *BUILT):
        message = f"There are no images of {release} to pull; the reason stands above."
        raise StackError(message)


def start(compose: "Compose", *, build: bool) -> None:
    """Start everything and wait until it is healthy; what runs is replaced without a gap.

    Args:
        compose: The stack.
        build: Whether to build the images first; unchanged ones cost nothing.

    Raises:
        StackError: If a build fails, the app refuses its variables, the database has
            another name or owner, or a service does not become healthy.
    """
    if problem := compose.renamed():
        raise StackError(problem)
    if build and compose.run("build"):
        message = "The images were not built; the reason stands above."
        raise StackError(message)
    # It reads all variables, and says what is wrong, before Redis is replaced by one that
    # has a password which the app then refuses.
    judge = ("run", "--rm", "--no-deps", "-T", "--interactive=false")
    if compose.run(*judge, "app", "--check-config"):
        message = (
            "The app would not start, for the reason above. Nothing was replaced; its "
            f"variables stand in {ENV_FILE}."
        )
        raise StackError(message)
    rolling.roll(compose)
    if compose.run("up", "--detach", "--wait", "--no-build", "--remove-orphans"):
        compose.show_failed()
        problem = compose.renamed() or compose.refused_password()
        message = problem or (
            "The stack did not become healthy; the logs of the services in question "
            f"stand above. A port that is taken is changed in {ENV_FILE}. {rolling.APPLIED}"
        )
        raise StackError(message)
    rolling.route(compose)
    if problem := compose.reordered():
        print(f"\n{problem}", file=sys.stderr)


def env(compose: Compose, options: argparse.Namespace) -> int:
    """Write the environment file.

    Args:
        compose: The stack.
        options: None.

    Returns:
        Exit code.
    """
    del options
    path = compose.folder / ENV_FILE
    if write_env_file(path):
        print(f"Wrote {path.name} with fresh secrets.")
    else:
        print(f"{path.name} is there already and was left as it is.")
    require_variables(path)
    return 0


def logs(compose: Compose, options: argparse.Namespace) -> int:
    """Print logs.

    Args:
        compose: The stack.
        options: ``follow``, ``tail`` and ``services``.

    Returns:
        Exit code.
    """
    follow = ["--follow"] if options.follow else []
    return compose.run("logs", *follow, f"--tail={options.tail}", *options.services)


def down(compose: Compose, options: argparse.Namespace) -> int:
    """Stop the stack.

    Args:
        compose: The stack.
        options: ``volumes``.

    Returns:
        Exit code.
    """
    volumes = ["--volumes"] if options.volumes else []
    return compose.run("down", "--remove-orphans", *volumes)


def manage(compose: Compose, options: argparse.Namespace) -> int:
    """Run a manage.py command in a container of its own.

    Args:
        compose: The stack.
        options: ``command``: name and arguments.

    Returns:
        The command's exit code.
    """
    terminal = [] if sys.stdin.isatty() and sys.stdout.isatty() else ["-T"]
    return compose.run("run", "--rm", *terminal, "manage", *options.command)


def dump(compose: Compose, options: argparse.Namespace) -> int:
    """Dump the database.

    Args:
        compose: The stack.
        options: ``file``.

    Returns:
        Exit code.
    """
    written = backup.dump(compose, options.file)
    print(f"Wrote {written} ({written.stat().st_size} bytes).")
    return 0


def restore(compose: Compose, options: argparse.Namespace) -> int:
    """Restore the database.

    Args:
        compose: The stack.
        options: ``file`` and ``replace``.

    Returns:
        Exit code.
    """
    tables, rows = backup.restore(compose, options.file, replace=options.replace)
    print(f"Restored {tables} tables with {rows} rows from {options.file}.")
    return 0


def count(text: str) -> int:
    """Read a number of replicas.

    Args:
        text: What somebody typed.

    Raises:
        argparse.ArgumentTypeError: If it is none.

    Returns:
        The number.
    """
    if not text.isdecimal() or int(text) < 1:
        message = "must be 1 or more; uv run poe stack-down stops everything"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def tag(text: str) -> str:
    """Read the tag of a release.

    Args:
        text: What somebody typed.

    Raises:
        argparse.ArgumentTypeError: If no image can have it.

    Returns:
        The tag.
    """
    if not re.fullmatch(r"\w[\w.-]{0,127}", text, re.ASCII):
        message = "must be the tag of an image, such as 1.2.3"
        raise argparse.ArgumentTypeError(message)
    return text


def dump_file(text: str) -> Path:
    """Read the name of a file.

    Args:
        text: What somebody typed.

    Raises:
        argparse.ArgumentTypeError: If it names none, but standard output or a folder.

    Returns:
        Its whole path: a relative one begins in the project's folder, wherever that
        somebody is.
    """
    if text == "-" or text.endswith(os.sep):
        message = (
            "must be a file, which is read back to its end, such as backups/1.dump"
        )
        raise argparse.ArgumentTypeError(message)
    return Path(text).absolute()


def parser() -> argparse.ArgumentParser:
    """Describe the command line.

    Returns:
        The parser.
    """
    top = argparse.ArgumentParser(
        prog="django-strict stack",
        description="The production stack on this machine: nginx, the app, PostgreSQL "
        "and Redis in containers. docs/operations.md says more.",
    )
    commands = top.add_subparsers(required=True)

    one = commands.add_parser("up", help="build, start, wait, print the URLs")
    one.add_argument(
        "--no-build", action="store_true", help="use the images as they are"
    )
    one.add_argument(
        "--release",
        type=tag,
        metavar="X.Y.Z",
        help="pull a published release, instead of building",
    )
    one.add_argument("--scale", type=count, help="replicas of the app from now on")
    one.set_defaults(run=up)

    one = commands.add_parser("env", help=f"write {ENV_FILE} if there is none")
    one.set_defaults(run=env)

    one = commands.add_parser("logs", help="print logs")
    one.add_argument("--follow", "-f", action="store_true", help="wait for more")
    one.add_argument("--tail", default="200", help="last lines of each service (200)")
    one.add_argument("services", nargs="*", help="services (all)")
    one.set_defaults(run=logs)

    one = commands.add_parser("down", help="stop everything and keep the data")
    one.add_argument("--volumes", action="store_true", help="delete the data for good")
    one.set_defaults(run=down)

    # No character starts an option here: they all belong to the command.
    one = commands.add_parser(
        "manage", help="run a manage.py command", prefix_chars="\0"
    )
    one.add_argument("command", nargs="*", default=["help"], help="name and arguments")
    one.set_defaults(run=manage)

    one = commands.add_parser("backup", help="dump the database to a file")
    one.add_argument(
        "file", nargs="?", type=dump_file, help="by default a new one in backups/"
    )
    one.set_defaults(run=dump)

    one = commands.add_parser("restore", help="restore a dump into the empty database")
    one.add_argument("file", type=dump_file, help="what `backup` wrote")
    one.add_argument(
        "--replace", action="store_true", help="delete what the database holds now"
    )
    one.set_defaults(run=restore)
    for one in commands.choices.values():
        # `down --v` may be meant as "verbose", and would delete the data.
        one.allow_abbrev = False
    return top


def main() -> int:
    """Run the command line.

    Returns:
        Exit code; 1 with a sentence when the stack cannot do what was asked.
    """
    options = parser().parse_args()
    try:
        compose = Compose(ROOT)
        if options.run not in {up, env}:
            compose.claim()
        if options.run in {up, down, restore}:
            compose.lock()
        code: int = options.run(compose, options)
    except StackError as error:
        print(error, file=sys.stderr)
        return 1
    except PermissionError as error:
        print(FOREIGN.format(error.filename), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted; `uv run poe stack` puts it in order.", file=sys.stderr)
        return 130
    return code


if __name__ == "__main__":
    sys.exit(main())
