"""Which changes of an API break clients that were written for it before.

What a client sends must still be understood, and what it reads must still be there. Names
of operations, descriptions, examples and everything that is merely added are left out. So
are defaults, servers and discriminators: whether a client relies on them, no document
tells. Who changes one decides for its clients.

A project breaks clients on purpose with a line in ``docs/api-changes.md`` that names the
change and says why. It counts for as long as it is new: once it is committed it is
history, and excuses nothing that comes later.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from django_strict.openapi.document import (
    ANYTHING,
    dereference,
    escape,
    format_value,
    operations,
)
from django_strict.openapi.schemas import SchemaComparison, union_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_strict.openapi.document import Document, Operation, Schema

ACKNOWLEDGED_FILE: Final = "docs/api-changes.md"
ACKNOWLEDGED_LINE: Final = re.compile(r"- `(?P<change>[^`]+)`: +(?P<reason>.+)")
# Stands for the reason until somebody writes one.
NO_REASON: Final = "WHY"
# What makes a security scheme differ from others; its own name is for people.
SCHEME_KEYS: Final = ("type", "scheme", "in", "name")
# How OpenAPI serializes values where nothing else is said.
DEFAULT_STYLES: Final = {
    "query": "form",
    "cookie": "form",
    "path": "simple",
    "header": "simple",
}
# Values of other types are serialized the same, exploded or not.
EXPLODABLE: Final = {"array", "object", ""}


def breaking_changes(old: Document, new: Document) -> list[str]:
    """Compare two documents.

    Args:
        old: The document that clients know.
        new: The document that the code makes now.

    Returns:
        A sentence for each change that breaks clients, in the order of the old paths.
    """
    offered = dict(operations(new))
    found: list[str] = []
    for path, known in operations(old):
        offer = offered.get(path, {})
        for method, before in known.items():
            if method not in offer:
                found.append(f"{before.name} is gone")
                continue
            after = offer[method]
            changes = (
                *_compare_security(before, after),
                *_compare_parameters(before, after),
                *_compare_request_bodies(before, after),
                *_compare_responses(before, after),
            )
            found += [f"{before.name}: {change}" for change in changes]
    return list(dict.fromkeys(map(escape, found)))


def is_major_step(old: Document, new: Document) -> bool:
    """Tell whether the API's own version says that clients must change.

    Args:
        old: The document that clients know.
        new: The document that the code makes now.

    Returns:
        True if the first number of ``info.version`` has grown.
    """
    versions = (str(each.get("info", {}).get("version", "")) for each in (old, new))
    before, after = (version.partition(".")[0] for version in versions)
    return before.isdecimal() and after.isdecimal() and int(after) > int(before)


def is_released(document: Document) -> bool:
    """Tell whether an API's own version promises anything: 0.x does not.

    Args:
        document: The document that clients know.

    Returns:
        False if the first number of ``info.version`` is zero.
    """
    version = str(document.get("info", {}).get("version", ""))
    return version.partition(".")[0] != "0"


def acknowledged(now: str, before: str) -> set[str]:
    """Find the changes that somebody has just acknowledged.

    Args:
        now: Content of the file.
        before: Its content in the commit that is compared with.

    Returns:
        The changes; a line without a reason of somebody's own names none.
    """
    new, old = (
        Counter(
            match["change"]
            for line in content.splitlines()
            if (match := ACKNOWLEDGED_LINE.fullmatch(line.rstrip()))
            and match["reason"] != NO_REASON
        )
        for content in (now, before)
    )
    # Counted: what was taken away, given back and taken away again needs a second line.
    return set(new - old)


def _compare_security(old: Operation, new: Operation) -> Iterator[str]:
    """Compare the security requirements.

    Args:
        old: As clients know it.
        new: As the code has it.

    Yields:
        Sentences.
    """
    accepted = [_credentials(new, requirement) for requirement in new.security]
    for requirement in old.security:
        known = _credentials(old, requirement)
        # Credentials that are no longer needed do no harm.
        missing_scopes = [
            {scope for scheme in needed for scope in needed[scheme] - known[scheme]}
            for needed in accepted
            if needed.keys() <= known.keys()
        ]
        names = " and ".join(
            sorted(
                f"{name} ({' '.join(filter(None, scheme.values()))})"
                if (scheme := _scheme(old, name))
                else name
                for name in requirement
            )
        )
        if not missing_scopes:
            yield f"no longer works with {names}" if names else "needs credentials now"
        elif scopes := min(missing_scopes, key=len):
            yield f"needs the scope {', '.join(sorted(scopes))} of {names} now"


def _credentials(
    operation: Operation, requirement: dict[str, list[str]]
) -> dict[tuple[str, ...], set[str]]:
    """Look up the schemes of a security requirement.

    Args:
        operation: The operation that has it.
        requirement: The names of schemes that are needed together, with their scopes.

    Returns:
        What makes each scheme differ from others (its name when nothing describes it),
        with its scopes.
    """
    found = {}
    for name, scopes in requirement.items():
        scheme = _scheme(operation, name)
        if scheme:
            # Names of headers and of HTTP's schemes are read in either case.
            scheme["scheme"] = scheme["scheme"].lower()
            if scheme["in"] == "header":
                scheme["name"] = scheme["name"].lower()
        found[tuple(scheme.values()) or (name,)] = set(scopes)
    return found


def _scheme(operation: Operation, name: str) -> dict[str, str]:
    """Read what clients see of a security scheme.

    Args:
        operation: An operation of the document.
        name: Name of the scheme.

    Returns:
        Its values; none when nothing describes it.
    """
    components = operation.document.get("components", {})
    schemes = components.get("securitySchemes", {})
    if name not in schemes:
        return {}
    scheme = dereference(operation.document, schemes[name])
    return {key: str(scheme.get(key, "")) for key in SCHEME_KEYS}


def _compare_parameters(old: Operation, new: Operation) -> Iterator[str]:
    """Compare parameters of path, query, headers and cookies.

    Args:
        old: As clients know it.
        new: As the code has it.

    Yields:
        Sentences.
    """
    comparison = SchemaComparison(old.document, new.document, is_request=True)
    before, after = old.parameters, new.parameters
    for (location, name), parameter in before.items():
        label = f"{location} parameter {name}"
        now = after.get((location, name))
        if now is None:
            yield f"{label} is gone"
            continue
        if now.get("required") and not parameter.get("required"):
            yield f"{label} is required now"
        style = DEFAULT_STYLES.get(location, "")
        yield from _compare_serialization(comparison, parameter, now, style, label)
    for (location, name), parameter in after.items():
        if parameter.get("required") and (location, name) not in before:
            yield f"{location} parameter {name} is required now"


def _compare_serialization(
    comparison: SchemaComparison, old: Schema, new: Schema, style: str, label: str
) -> Iterator[str]:
    """Compare the values of a parameter or a header, and how they are serialized.

    Args:
        comparison: The documents and the direction.
        old: As clients know it.
        new: As the code has it.
        style: How its values are serialized where nothing else is said.
        label: What it is called.

    Yields:
        Sentences.
    """
    was, now = (next(iter(each.get("content", {})), None) for each in (old, new))
    if was != now:
        yield f"{label}: content was {format_value(was)}, is {format_value(now)}"
        return
    if was is None:
        styles = [each.get("style", style) for each in (old, new)]
        exploded = [
            each.get("explode", its_style == "form")
            for each, its_style in zip((old, new), styles, strict=True)
        ]
        schema = old.get("schema", ANYTHING)
        types = {each.type for each in union_of(comparison.old, schema).variants}
        name, both = ("style", styles)
        if styles[0] == styles[1] and types & EXPLODABLE:
            name, both = ("explode", exploded)
        if both[0] != both[1]:
            before, after = map(format_value, both)
            yield f"{label}: {name} was {before}, is {after}"
    else:
        old, new = old["content"][was], new["content"][was]
    before, after = (each.get("schema", ANYTHING) for each in (old, new))
    yield from comparison.compare(before, after, label)


def _compare_request_bodies(old: Operation, new: Operation) -> Iterator[str]:
    """Compare the bodies of requests.

    Args:
        old: As clients know it.
        new: As the code has it.

    Yields:
        Sentences.
    """
    before, after = old.request_body, new.request_body
    if after.get("required") and not before.get("required"):
        yield "a body is required now"
    if before and not after:
        yield "the body of requests is gone"
        return
    comparison = SchemaComparison(old.document, new.document, is_request=True)
    yield from _compare_content(comparison, before, after, "request")


def _compare_responses(old: Operation, new: Operation) -> Iterator[str]:
    """Compare the responses and their headers.

    Args:
        old: As clients know it.
        new: As the code has it.

    Yields:
        Sentences.
    """
    comparison = SchemaComparison(old.document, new.document, is_request=False)
    responses = new.responses
    for status, before in old.responses.items():
        label = f"answer {status}"
        if status not in responses:
            yield f"{label} is gone"
            continue
        after = responses[status]
        yield from _compare_content(comparison, before, after, label)
        headers = {name.lower(): it for name, it in after.get("headers", {}).items()}
        for name, header in before.get("headers", {}).items():
            named = f"{label}: header {name}"
            if name.lower() not in headers:
                yield f"{named} is gone"
                continue
            was = dereference(old.document, header)
            now = dereference(new.document, headers[name.lower()])
            if was.get("required") and not now.get("required"):
                yield f"{named} may now be missing"
            style = DEFAULT_STYLES["header"]
            yield from _compare_serialization(comparison, was, now, style, named)


def _compare_content(
    comparison: SchemaComparison, old: Schema, new: Schema, label: str
) -> Iterator[str]:
    """Compare the content of a request or an answer.

    Args:
        comparison: The documents and the direction.
        old: As clients know it.
        new: As the code has it.
        label: What it is.

    Yields:
        Sentences.
    """
    after = new.get("content", {})
    for media_type, media in old.get("content", {}).items():
        if media_type not in after:
            yield f"{label}: {media_type} is gone"
            continue
        was, now = (it.get("schema", ANYTHING) for it in (media, after[media_type]))
        yield from comparison.compare(was, now, label)
