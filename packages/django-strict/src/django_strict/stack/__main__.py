"""The command line behind the ``poe stack`` commands."""

import argparse
import sys
from pathlib import Path

from django_strict.environment import write_once
from django_strict.project import ROOT
from django_strict.stack import backup, environment, start
from django_strict.stack.compose import Compose
from django_strict.stack.errors import StackError


def up(compose: Compose, options: argparse.Namespace) -> int:
    """Build, start, wait, print the URLs.

    Args:
        compose: The stack.
        options: ``no_build`` and ``scale``.

    Returns:
        Exit code.
    """
    start.prepare(compose)
    start.start(compose, build=not options.no_build, scale=options.scale)
    start.announce(compose)
    return 0


def env(compose: Compose, options: argparse.Namespace) -> int:
    """Write the environment file.

    Args:
        compose: The stack.
        options: None.

    Returns:
        Exit code.
    """
    del options
    path = compose.folder / environment.NAME
    if write_once(path, environment.render()):
        print(f"Wrote {path.name} with fresh secrets.")
    else:
        print(f"{path.name} is there already and was left as it is.")
    environment.require(path)
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
    count = backup.restore(compose, options.file, replace=options.replace)
    print(f"Restored {count} tables from {options.file}.")
    return 0


def parser() -> argparse.ArgumentParser:
    """Describe the command line.

    Returns:
        The parser.
    """
    top = argparse.ArgumentParser(
        prog="python -m django_strict.stack",
        description="The production stack on this machine: nginx, the app, PostgreSQL "
        "and Redis in containers. docs/operations.md says more.",
    )
    commands = top.add_subparsers(required=True)

    one = commands.add_parser("up", help="build, start, wait, print the URLs")
    one.add_argument(
        "--no-build", action="store_true", help="use the images as they are"
    )
    one.add_argument("--scale", type=int, default=1, help="replicas of the app (1)")
    one.set_defaults(run=up)

    one = commands.add_parser("env", help=f"write {environment.NAME} if there is none")
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
        "file", nargs="?", type=Path, help="by default a new one in backups/"
    )
    one.set_defaults(run=dump)

    one = commands.add_parser("restore", help="restore a dump into the empty database")
    one.add_argument("file", type=Path, help="what `backup` wrote")
    one.add_argument(
        "--replace", action="store_true", help="delete what the database holds now"
    )
    one.set_defaults(run=restore)
    return top


def main() -> int:
    """Run the command line.

    Returns:
        Exit code; 1 with a sentence when the stack cannot do what was asked.
    """
    options = parser().parse_args()
    try:
        code: int = options.run(Compose(ROOT), options)
    except StackError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return code


if __name__ == "__main__":
    sys.exit(main())
