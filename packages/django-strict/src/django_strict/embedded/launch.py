"""Starting a keeper in the background."""

import subprocess
import sys
from typing import TYPE_CHECKING

from django_strict.embedded.environment import environment
from django_strict.embedded.errors import OWN_SERVERS, EmbeddedError
from django_strict.embedded.logs import log_tail, open_log
from django_strict.project import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from django_strict.embedded.layout import Layout


def command(folder: "Path", *options: str) -> list[str]:
    """Spell the command that runs a keeper.

    Args:
        folder: The folder of the servers.
        *options: Further options.

    Returns:
        The command; it must be run in the project's folder.
    """
    return [
        sys.executable,
        "-m",
        "django_strict.embedded.keeper",
        *options,
        str(folder),
    ]


def launch(layout: "Layout") -> None:
    """Start a keeper in the background.

    Args:
        layout: The folder of the servers; the caller holds its start lock.

    Raises:
        EmbeddedError: If the keeper ends at once.
        OSError: If it cannot be started.
    """
    # What a killed keeper left must not be taken for the new one's.
    layout.keeper_pid.unlink(missing_ok=True)
    layout.failure.unlink(missing_ok=True)
    with open_log(layout.keeper_log) as log:
        launched = subprocess.run(
            command(layout.folder),
            cwd=ROOT,
            # Not ours: a keeper outlives this process and its secrets.
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            check=False,
        )
    if launched.returncode != 0:
        message = (
            "The keeper of the embedded servers cannot be started. "
            f"{log_tail(layout.keeper_log)}\n{OWN_SERVERS}"
        )
        raise EmbeddedError(message)
