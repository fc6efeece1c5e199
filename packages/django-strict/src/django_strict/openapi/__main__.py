"""Keep ``openapi.yaml`` true, and clients of the API whole."""

import argparse
import io
import json
import logging
import os
import sys
from typing import TYPE_CHECKING

from django_strict.openapi import comparison, document, history
from django_strict.openapi.wellformed import inspect
from django_strict.project import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django_strict.openapi.document import Document


def main(arguments: "Sequence[str] | None" = None) -> int:
    """Run a command.

    Args:
        arguments: Command line, without the program's name.

    Returns:
        0 when all is well, else 1.
    """
    parser = argparse.ArgumentParser(
        prog="python -m django_strict.openapi", description=__doc__
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, about in (
        ("write", "write openapi.yaml from the code (poe openapi)"),
        ("check", "compare openapi.yaml with the code; changes nothing"),
    ):
        commands.add_parser(name, help=about, description=about)
    about = "look for changes of openapi.yaml that break clients (poe api-changes)"
    command = commands.add_parser("compare", help=about, description=about)
    command.add_argument(
        "--base",
        metavar="COMMIT",
        help="what to compare with, from where this branch left it; by default "
        f"{history.VARIABLE} from the environment, or {history.PUSHED}, which pre-commit "
        f"sets before a push, or {history.LAST}, the last commit; zeros alone, as for a "
        f"new branch, mean {history.BEFORE}",
    )
    options = parser.parse_args(arguments)
    try:
        if options.command == "compare":
            return compare(history.choose_base(options.base))
        if options.command == "check":
            return check(generate())
    except document.UnreadableError as error:
        print(f"{document.FILE}: {error}; `{document.WRITE}` writes it again.")
        return 1
    is_new = document.write_file(generate())
    print(f"wrote {document.FILE}" if is_new else f"{document.FILE} is up to date.")
    return 0


def generate() -> str:
    """Describe the API that the code offers.

    Raises:
        SystemExit: If an operation cannot be described without a guess, or if the
            document is not valid OpenAPI.

    Returns:
        Content for ``openapi.yaml``.
    """
    # Comparing needs no Django, and is done in a fraction of the time without it.
    import django  # noqa: PLC0415
    from django.core.management import CommandError, call_command  # noqa: PLC0415

    from django_strict.gate_steps import local  # noqa: PLC0415

    # The document is the same on every machine, and needs no server.
    os.environ.update(local(), DJANGO_SETTINGS_MODULE="config.settings")
    django.setup()
    # Only what is wrong with the document is worth a line.
    logging.getLogger("django").setLevel(logging.ERROR)
    stream = io.StringIO()
    options = ("--validate", "--fail-on-warn", "--format", "openapi-json")
    try:
        call_command("spectacular", *options, stdout=stream)
    except CommandError as error:
        message = (
            f"{document.FILE} cannot be made: {error}\n"
            "The lines above say what is missing."
        )
        raise SystemExit(message) from error
    return document.to_yaml(json.loads(stream.getvalue()))


def check(content: str) -> int:
    """Compare ``openapi.yaml`` with the code.

    Args:
        content: What the code says.

    Raises:
        UnreadableError: If the file cannot be read.

    Returns:
        1 if they differ.
    """
    difference = document.unified_diff(document.read_file(), content)
    if not difference:
        return 0
    print(difference)
    print(
        f"\n{document.FILE} is not what the code says. If the code is right, "
        f"`{document.WRITE}` writes the file; commit it with the code."
    )
    return 1


def compare(base: str) -> int:
    """Compare ``openapi.yaml`` with what was committed.

    Args:
        base: Name of the commit.

    Raises:
        UnreadableError: If the file cannot be read.

    Returns:
        1 if a change breaks clients and nobody has said that it is meant.
    """
    try:
        commit = history.merge_base(base)
        committed = commit and history.read_committed(commit, document.FILE)
        if not (commit and committed):
            print(f"No {document.FILE} was committed in {base}: nothing to compare.")
            return 0
        name = comparison.ACKNOWLEDGED_FILE
        acknowledged_before = history.read_committed(commit, name) or b""
        new = _parse(document.read_file())
    except (history.GitError, history.UnknownBaseError) as error:
        print(error)
        return 1
    try:
        old = _parse(document.decode(committed))
    except document.UnreadableError as error:
        # Nobody can fix it any more; a gate that stays red would stop the fix too.
        print(
            f"{document.FILE} cannot be read as it was committed in {base} ({commit}): "
            f"{error}. There is nothing to compare with."
        )
        return 0
    return _judge(old, new, base, acknowledged_before.decode(errors="replace"))


def _judge(
    old: "Document", new: "Document", base: str, acknowledged_before: str
) -> int:
    """Compare two documents.

    Args:
        old: What clients know.
        new: What the file says now.
        base: Name of the commit that clients know.
        acknowledged_before: What was acknowledged in that commit.

    Returns:
        1 if a change breaks clients and nobody has said that it is meant.
    """
    changes = comparison.breaking_changes(old, new)
    if comparison.is_major_step(old, new):
        print(f"A new major version; {len(changes)} changes break clients of the old.")
        return 0
    if changes and not comparison.is_released(old):
        listed = "\n".join(f"  {change}" for change in changes)
        print(f"Allowed, since the API is not released (version 0.x):\n\n{listed}")
        return 0
    path = ROOT / comparison.ACKNOWLEDGED_FILE
    # The lines that can be read count.
    now = path.read_bytes().decode(errors="replace") if path.exists() else ""
    acknowledged = comparison.acknowledged(now, acknowledged_before)
    breaking = [change for change in changes if change not in acknowledged]
    if not breaking:
        print(f"Nothing breaks clients of {base} that is not meant to.")
        return 0
    lines = "\n".join(f"  - `{it}`: {comparison.NO_REASON}" for it in breaking)
    print(
        f"Clients that were written for {base} break. Keep what they rely on and add the "
        "new beside it. If it must go, do one of these:\n"
        "- serve the new form under another prefix (/api/v2/) until nobody uses the old,\n"
        "- raise the major number of VERSION in config/openapi.py,\n"
        f"- add these lines to {comparison.ACKNOWLEDGED_FILE}, in the same commit and with "
        f"a reason for {comparison.NO_REASON}:\n\n{lines}\n\n"
        "Before a release commit a VERSION below 1.0.0: such changes are told then, and "
        "not refused."
    )
    return 1


def _parse(content: str) -> "Document":
    """Read a document that can be compared.

    Args:
        content: Content of the file.

    Raises:
        UnreadableError: If it is none.

    Returns:
        The document.
    """
    found = document.parse(content)
    inspect(found)
    return found


if __name__ == "__main__":
    sys.exit(main())
