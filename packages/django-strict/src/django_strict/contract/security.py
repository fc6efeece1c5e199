"""Credentials: what a request has to show, and in which form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django_strict.contract.references import followed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_strict.contract.operations import Operation

type Form = tuple[str, ...]
# Forms of credentials that count together, each with its scopes.
type Credentials = dict[Form, set[str]]

# What clients see of a scheme; its own name is for people.
SEEN: Final = ("type", "scheme", "in", "name")


def changed_credentials(old: Operation, new: Operation) -> Iterator[str]:
    """Compare the credentials that are accepted.

    Args:
        old: As clients know it.
        new: As the code has it.

    Yields:
        Sentences.
    """
    accepted = [_credentials(new, names) for names in new.security()]
    for names in old.security():
        known = _credentials(old, names)
        # Credentials that are no longer needed do no harm.
        alike = [needed for needed in accepted if needed.keys() <= known.keys()]
        lacking = [_lacking(known, needed) for needed in alike]
        shown = " and ".join(sorted(_shown(old, name) for name in names))
        if not lacking:
            yield f"no longer works with {shown}" if names else "needs credentials now"
        elif scopes := min(lacking, key=len):
            yield f"needs the scope {', '.join(sorted(scopes))} of {shown} now"


def _lacking(known: Credentials, needed: Credentials) -> set[str]:
    """List the scopes that credentials lack.

    Args:
        known: The credentials that clients have.
        needed: The credentials that are wanted, of the same forms or fewer.

    Returns:
        The scopes.
    """
    return {scope for form in needed for scope in needed[form] - known[form]}


def _credentials(operation: Operation, names: dict[str, list[str]]) -> Credentials:
    """Look up schemes that count together.

    Args:
        operation: Where they are named.
        names: Their names, each with its scopes.

    Returns:
        Their forms, each with its scopes.
    """
    return {_form(operation, name): set(scopes) for name, scopes in names.items()}


def _form(operation: Operation, name: str) -> Form:
    """Describe the form of a scheme.

    Args:
        operation: Where it is named.
        name: Its name.

    Returns:
        What makes it differ from others; its name when nothing describes it.
    """
    seen = _seen(operation, name)
    if not seen:
        return (name,)
    # Names of headers and of HTTP's schemes are read in either case.
    if seen["in"] == "header":
        seen["name"] = seen["name"].lower()
    return tuple((seen | {"scheme": seen["scheme"].lower()}).values())


def _seen(operation: Operation, name: str) -> dict[str, str]:
    """Read what clients see of a scheme.

    Args:
        operation: Where it is named.
        name: Its name.

    Returns:
        Words; none when nothing describes the scheme.
    """
    schemes = operation.document.get("components", {}).get("securitySchemes", {})
    if name not in schemes:
        return {}
    described = followed(operation.document, schemes[name])
    return {key: str(described.get(key, "")) for key in SEEN}


def _shown(operation: Operation, name: str) -> str:
    """Say what a scheme is.

    Args:
        operation: Where it is named.
        name: Its name.

    Returns:
        Its name, and what clients see of it.
    """
    words = " ".join(filter(None, _seen(operation, name).values()))
    return f"{name} ({words})" if words else name
