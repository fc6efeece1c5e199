"""Looking at the embedded servers and stopping them from a terminal."""

import argparse
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from django_strict.embedded import client, lease, locks, pair, processes, wheels
from django_strict.embedded.access import Access
from django_strict.embedded.errors import EmbeddedError
from django_strict.embedded.layout import DEFAULT_FOLDER, Layout

STOP_SECONDS: Final = 60.0


def status(layout: Layout, *, show_passwords: bool) -> int:
    """Say whether the servers run, and where.

    Args:
        layout: The folder of the servers.
        show_passwords: Whether to print whole URLs.

    Returns:
        0 if they run, 3 if not, as service managers have it.
    """
    addresses = client.running(layout)
    access = Access.load(layout.access)
    if addresses is None or access is None:
        say(f"The embedded servers are not running. Their folder is {layout.folder}.")
        return 3
    used = "in use" if lease.is_anyone_using(layout) else "not in use"
    say(f"PostgreSQL  127.0.0.1:{access.postgres_port}")
    say(f"Valkey      127.0.0.1:{access.valkey_port}")
    say(f"Folder      {layout.folder} ({used})")
    if show_passwords:
        say(f"DATABASE_URL={addresses.database_url}")
        say(f"REDIS_URL={addresses.redis_url}")
    return 0


def stop(layout: Layout, *, force: bool) -> int:
    """Stop the servers before their last user has ended.

    Args:
        layout: The folder of the servers.
        force: Whether to stop them while they are in use.

    Raises:
        EmbeddedError: If something is missing to stop them.
        OSError: If a file cannot be read.

    Returns:
        0 if they do not run any more, 1 otherwise.
    """
    if not layout.folder.is_dir():
        say("The embedded servers are not running.")
        return 0
    if not force and lease.is_anyone_using(layout):
        say(
            "The embedded servers are in use and will stop by themselves with their "
            "last user. End the project's processes, or add --force."
        )
        return 1
    descriptor = locks.open_lock(layout.keeper_lock)
    try:
        if not locks.try_lock(descriptor):
            _tell_keeper_to_end(layout)
            if not locks.wait_lock(descriptor, seconds=STOP_SECONDS):
                say(f"The embedded servers did not stop; see {layout.keeper_log}.")
                return 1
        pair.stop_left(layout)
    finally:
        os.close(descriptor)
    say("The embedded servers have stopped.")
    return 0


def _tell_keeper_to_end(layout: Layout) -> None:
    """Ask the keeper to stop the servers and itself.

    Args:
        layout: The folder of the servers.
    """
    pid = processes.read_pid(layout.keeper_pid)
    if pid is not None and "django_strict.embedded.keeper" in processes.command_line(
        pid
    ):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)


def say(line: str) -> None:
    """Write a line to standard output.

    Args:
        line: The line.
    """
    sys.stdout.write(f"{line}\n")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: The command line without the program; None means this process's.

    Returns:
        The exit status.
    """
    parser = argparse.ArgumentParser(
        prog="python -m django_strict.embedded",
        description="The project's own PostgreSQL and Valkey. They start when a "
        "process of the project needs them and stop with the last one.",
    )
    parser.add_argument(
        "--folder",
        type=Path,
        default=DEFAULT_FOLDER,
        help="where data, passwords and logs are kept (default: %(default)s)",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    shown = commands.add_parser("status", help="say whether the servers run, and where")
    shown.add_argument(
        "--show-passwords", action="store_true", help="print URLs with passwords"
    )
    stopped = commands.add_parser("stop", help="stop the servers")
    stopped.add_argument(
        "--force", action="store_true", help="stop them even while they are in use"
    )
    options = parser.parse_args(arguments)
    layout = Layout(options.folder.resolve())
    try:
        wheels.require_platform()
        if options.command == "status":
            return status(layout, show_passwords=options.show_passwords)
        return stop(layout, force=options.force)
    except (EmbeddedError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
