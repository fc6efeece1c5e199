"""Keep ``openapi.yaml`` true, and clients of the API whole."""

import argparse
import sys
from typing import TYPE_CHECKING

from django_strict.contract import acknowledged, document, history
from django_strict.contract.comparison import breaking_changes, is_major_step
from django_strict.contract.git import GitError
from django_strict.contract.wellformed import inspect

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django_strict.contract.references import Schema


def main(arguments: "Sequence[str] | None" = None) -> int:
    """Run a command.

    Args:
        arguments: Command line, without the program's name.

    Returns:
        0 when all is well, else 1.
    """
    options = _parser().parse_args(arguments)
    if options.command == "compare":
        return compare(history.base_of(options.base))
    # Comparing needs no Django, and is done in a fraction of the time without it.
    from django_strict.contract.generation import generated  # noqa: PLC0415

    return write(generated()) if options.command == "write" else check(generated())


def write(content: str) -> int:
    """Bring ``openapi.yaml`` up to date.

    Args:
        content: What the code says.

    Returns:
        0.
    """
    is_new = document.write(content)
    print(f"wrote {document.FILE}" if is_new else f"{document.FILE} is up to date.")
    return 0


def check(content: str) -> int:
    """Compare ``openapi.yaml`` with the code.

    Args:
        content: What the code says.

    Returns:
        1 if they differ.
    """
    try:
        missing = document.difference(document.committed(), content)
    except document.UnreadableError as error:
        print(_unreadable(error))
        return 1
    if not missing:
        return 0
    print(missing)
    print(
        f"\n{document.FILE} is not what the code says. If the code is right, "
        f"`{document.WRITE}` writes the file; commit it with the code."
    )
    return 1


def compare(base: str) -> int:
    """Compare ``openapi.yaml`` with what was committed.

    Args:
        base: Name of the commit.

    Returns:
        1 if a change breaks clients and nobody has said that it is meant.
    """
    try:
        commit = history.commit_of(base)
        before = commit and history.content(commit, document.FILE)
        if not (commit and before):
            print(f"No {document.FILE} was committed in {base}: nothing to compare.")
            return 0
        decided = history.content(commit, acknowledged.FILE) or b""
        new = _read(document.committed())
    except (GitError, history.UnknownBaseError) as error:
        print(error)
        return 1
    except document.UnreadableError as error:
        print(_unreadable(error))
        return 1
    try:
        old = _read(document.decoded(before))
    except document.UnreadableError as error:
        # Nobody can mend it any more; a gate that stays red would stop the mending too.
        print(
            f"{document.FILE} cannot be read as it was committed in {base} ({commit}): "
            f"{error}. There is nothing to compare with."
        )
        return 0
    return _judge(old, new, base, acknowledged.decoded(decided))


def _read(content: str) -> "Schema":
    """Read a document that can be compared.

    Args:
        content: Content of the file.

    Returns:
        The document.
    """
    found = document.parsed(content)
    inspect(found)
    return found


def _judge(old: "Schema", new: "Schema", base: str, decided: str) -> int:
    """Compare two documents.

    Args:
        old: What clients know.
        new: What the file says now.
        base: Name of the commit that clients know.
        decided: What was decided until then.

    Returns:
        1 if a change breaks clients and nobody has said that it is meant.
    """
    changes = breaking_changes(old, new)
    if is_major_step(old, new):
        print(f"A new major version; {len(changes)} changes break clients of the old.")
        return 0
    meant = acknowledged.acknowledged(acknowledged.written(), decided)
    broken = [change for change in changes if change not in meant]
    if broken:
        print(_explanation(broken, base))
        return 1
    print(f"Nothing breaks clients of {base} that is not meant to.")
    return 0


def _unreadable(error: document.UnreadableError) -> str:
    """Say what is wrong with the file and can be done.

    Args:
        error: What is wrong.

    Returns:
        A sentence to print.
    """
    return f"{document.FILE}: {error}; `{document.WRITE}` writes it anew."


def _explanation(changes: list[str], base: str) -> str:
    """Say what breaks and what can be done.

    Args:
        changes: What breaks.
        base: Name of the commit.

    Returns:
        Lines to print.
    """
    listed = "\n".join(f"  {change}" for change in changes)
    lines = "\n".join(f"  {acknowledged.line_for(change)}" for change in changes)
    return (
        f"Clients that were written for {base} break:\n\n{listed}\n\n"
        "Keep what they rely on and add the new beside it. If it must go, do one of "
        "these:\n"
        "- serve the new form under another prefix (/api/v2/) until nobody uses the old,\n"
        "- raise the major number of VERSION in config/settings.py,\n"
        f"- add lines to {acknowledged.FILE}, in the same commit and with a reason for "
        f"{acknowledged.REASON}:\n\n{lines}"
    )


def _parser() -> argparse.ArgumentParser:
    """Describe the command line.

    Returns:
        The parser.
    """
    parser = argparse.ArgumentParser(
        prog="python -m django_strict.contract", description=__doc__
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
    return parser


if __name__ == "__main__":
    sys.exit(main())
