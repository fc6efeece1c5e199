"""Which changes of an API break clients that were written for it before.

What a client sends must still be understood, and what it reads must still be there. Names
of operations, descriptions, examples and everything that is merely added are left out. So
are defaults, servers and discriminators: whether a client relies on them, no document
tells. Who changes one decides for its clients.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_strict.contract.operations import operations
from django_strict.contract.parameters import STYLES, changed_parameters, written
from django_strict.contract.references import ANYTHING, followed
from django_strict.contract.schemas import Comparison
from django_strict.contract.security import changed_credentials
from django_strict.contract.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_strict.contract.operations import Operation
    from django_strict.contract.references import Schema


def breaking_changes(old: Schema, new: Schema) -> list[str]:
    """Compare two documents.

    Args:
        old: The document that clients know.
        new: The document that the code makes now.

    Returns:
        A sentence for each change that breaks clients, in the order of the old paths.
    """
    offered = dict(operations(new))
    found: list[str] = []
    for shape, known in operations(old):
        offer = offered.get(shape, {})
        for method, operation in known.items():
            if method in offer:
                changes = _compared(operation, offer[method])
                found += [f"{operation.name}: {change}" for change in changes]
            else:
                found.append(f"{operation.name} is gone")
    return list(dict.fromkeys(map(one_line, found)))


def is_major_step(old: Schema, new: Schema) -> bool:
    """Tell whether the API's own version says that clients must change.

    Args:
        old: The document that clients know.
        new: The document that the code makes now.

    Returns:
        True if the first number of ``info.version`` has grown.
    """
    before, after = (_major(document) for document in (old, new))
    return before is not None and after is not None and after > before


def _compared(old: Operation, new: Operation) -> Iterator[str]:
    """Compare an operation.

    Args:
        old: As clients know it.
        new: As the code has it.

    Yields:
        Sentences.
    """
    yield from changed_credentials(old, new)
    yield from changed_parameters(old, new)
    yield from _bodies(old, new)
    yield from _answers(old, new)


def _bodies(old: Operation, new: Operation) -> Iterator[str]:
    """Compare the bodies of requests.

    Args:
        old: As clients know it.
        new: As the code has it.

    Yields:
        Sentences.
    """
    before, after = old.body(), new.body()
    if after.get("required") and not before.get("required"):
        yield "a body is required now"
    if before and not after:
        yield "the body of requests is gone"
        return
    compare = Comparison(old.document, new.document, is_request=True)
    yield from _contents(compare, before, after, "request")


def _answers(old: Operation, new: Operation) -> Iterator[str]:
    """Compare the answers.

    Args:
        old: As clients know it.
        new: As the code has it.

    Yields:
        Sentences.
    """
    compare = Comparison(old.document, new.document, is_request=False)
    after = new.responses()
    for status, response in old.responses().items():
        label = f"answer {status}"
        if status not in after:
            yield f"{label} is gone"
            continue
        yield from _contents(compare, response, after[status], label)
        yield from _headers(compare, response, after[status], label)


def _headers(
    compare: Comparison, old: Schema, new: Schema, where: str
) -> Iterator[str]:
    """Compare the headers of an answer.

    Args:
        compare: The documents and the direction.
        old: The answer as clients know it.
        new: The answer as the code has it.
        where: What it is.

    Yields:
        Sentences.
    """
    after = {name.lower(): header for name, header in new.get("headers", {}).items()}
    for name, header in old.get("headers", {}).items():
        label = f"{where}: header {name}"
        if name.lower() not in after:
            yield f"{label} is gone"
            continue
        was = followed(compare.old, header)
        now = followed(compare.new, after[name.lower()])
        if was.get("required") and not now.get("required"):
            yield f"{label} may now be missing"
        yield from written(compare, (was, now), STYLES["header"], label)


def _contents(
    compare: Comparison, old: Schema, new: Schema, where: str
) -> Iterator[str]:
    """Compare what a request or an answer holds.

    Args:
        compare: The documents and the direction.
        old: As clients know it.
        new: As the code has it.
        where: What it is.

    Yields:
        Sentences.
    """
    after = new.get("content", {})
    for kind, media in old.get("content", {}).items():
        if kind not in after:
            yield f"{where}: {kind} is gone"
            continue
        was, now = (each.get("schema", ANYTHING) for each in (media, after[kind]))
        yield from compare.breaks(was, now, where)


def _major(document: Schema) -> int | None:
    """Read the first number of the API's version.

    Args:
        document: The document.

    Returns:
        The number, None when the version begins with something else.
    """
    first = str(document.get("info", {}).get("version", "")).partition(".")[0]
    return int(first) if first.isdecimal() else None
