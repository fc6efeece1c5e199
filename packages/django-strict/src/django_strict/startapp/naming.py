"""Names of a new app and of its example resource."""

import builtins
import io
import keyword
import re
import tokenize
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FORM: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
LONGEST: Final = 30
# What the layout calls them.
APP: Final = "samples"
RESOURCE: Final = "sample"
# Words of prose, which a class or variable name is not.
PROSE: Final = re.compile(r"\b(sample)(s?)\b(?![:_/.(])", re.IGNORECASE)


class UnusableNameError(ValueError):
    """A name that cannot be used; the message says which one can."""


@dataclass(frozen=True, slots=True)
class Names:
    """What an app and its resource are called.

    Attributes:
        app: Package and label, such as ``order_lines``.
        resource: One of what it holds, such as ``order_line``.
    """

    app: str
    resource: str

    def fill(self, text: str) -> str:
        """Replace the layout's names.

        Args:
            text: Python source of the layout.

        Returns:
            Source with this app's names.
        """
        model = self.resource.replace("_", "")
        for old, new in (
            # As Django forms the names of tables and admin pages.
            ("samples_sample_", f"{self.app}_{model}_"),
            ("Samples", camel(self.app)),
            ("samples", self.app),
            ("Sample", camel(self.resource)),
            ("sample", self.resource),
        ):
            text = text.replace(old, new)
        return text

    def fill_prose(self, text: str) -> str:
        """Replace the layout's names in a docstring.

        Args:
            text: The docstring.

        Returns:
            The docstring with words for people: blanks instead of underscores.
        """

        def word(found: re.Match[str]) -> str:
            """Write the name as the place does: with blanks, capitals or underscores."""
            name = self.app if found[2] else self.resource
            words = name.replace("_", " ")
            return words.capitalize() if found[1][0].isupper() else words

        return self.fill(PROSE.sub(word, text))


def camel(name: str) -> str:
    """Turn a name into that of a class.

    Args:
        name: Words with underscores between them.

    Returns:
        The words, each with a capital.
    """
    return "".join(part.capitalize() for part in name.split("_"))


def singular(name: str) -> str:
    """Guess what one of several things is called.

    Args:
        name: The plural, such as ``categories``.

    Returns:
        The singular, or the name with ``_item`` when it is no plural.
    """
    if name.endswith("ies"):
        return f"{name[:-3]}y"
    if name.endswith(("ches", "shes", "sses", "xes", "zes")):
        return name[:-2]
    if name.endswith("s") and not name.endswith(("ss", "us", "is")):
        return name[:-1]
    return f"{name}_item"


def choose(app: str, resource: str, taken: "Iterable[str]", layout: "Path") -> Names:
    """Accept the names of a new app.

    Args:
        app: The app.
        resource: What it holds; empty to derive it from the app.
        taken: Labels of the apps that are there.
        layout: Folder whose own names must not be hidden.

    Raises:
        UnusableNameError: If one cannot be used.

    Returns:
        The names.
    """
    _check_form("app", app)
    if app in set(taken):
        message = f"There is an app labelled {app!r} already; choose another name."
        raise UnusableNameError(message)
    names = Names(app, resource or singular(app))
    hint = "name what it holds with --resource, such as --resource order_line"
    if not resource and not _is_usable(names.resource):
        message = f"One of {app!r} cannot be called {names.resource!r}; {hint}."
        raise UnusableNameError(message)
    _check_form("resource", names.resource)
    used = _identifiers(layout)
    for name in (names.app, names.resource, camel(names.app), camel(names.resource)):
        if name in used:
            message = (
                f"The example itself uses the name {name!r}; choose another one, or "
                f"{hint}."
            )
            raise UnusableNameError(message)
    return names


def _check_form(kind: str, name: str) -> None:
    """Refuse what is no good Python name.

    Args:
        kind: What is named.
        name: The name.

    Raises:
        UnusableNameError: If it cannot be used.
    """
    if not FORM.fullmatch(name) or len(name) > LONGEST:
        message = (
            f"The name of the {kind} must consist of lower-case letters, digits and "
            f"single underscores, begin with a letter and have at most {LONGEST} "
            f"characters, such as order_lines; {name!r} does not."
        )
        raise UnusableNameError(message)
    if not _is_usable(name):
        message = f"{name!r} is a word of Python itself; choose another name."
        raise UnusableNameError(message)


def _is_usable(name: str) -> bool:
    """Tell names from words of Python.

    Args:
        name: The name.

    Returns:
        False for keywords and builtins.
    """
    words = {*keyword.kwlist, *keyword.softkwlist, *dir(builtins)}
    return not {name, camel(name)} & words


def _identifiers(layout: "Path") -> set[str]:
    """List the names that the layout uses.

    Args:
        layout: Its folder.

    Returns:
        Every identifier of its code that is not about samples.
    """
    found: set[str] = set()
    for path in layout.rglob("*.py"):
        lines = io.StringIO(path.read_text("utf-8")).readline
        found |= {
            token.string
            for token in tokenize.generate_tokens(lines)
            if token.type == tokenize.NAME
        }
    return {name for name in found if RESOURCE not in name.lower()}
