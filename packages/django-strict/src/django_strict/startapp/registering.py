"""Entering a new app into the settings and the URLs."""

import ast
from typing import Final

URLS_PREFIX: Final = "api/v1/"


class RegistrationError(ValueError):
    """A file that has another form than expected; the message says what to add."""


def with_app(settings: str, app: str) -> str:
    """Add an app to INSTALLED_APPS, below the project's other apps.

    Args:
        settings: Source of ``config/settings.py``.
        app: Name of the app.

    Raises:
        RegistrationError: If INSTALLED_APPS is not a list with the project's apps.

    Returns:
        The new source.
    """
    line = f'"apps.{app}",'
    own = [
        element
        for element in _elements(settings, "INSTALLED_APPS")
        if isinstance(element, ast.Constant) and str(element.value).startswith("apps.")
    ]
    if not own:
        message = (
            f"Add {line} to INSTALLED_APPS in config/settings.py by hand: "
            "it is no plain list with the project's apps."
        )
        raise RegistrationError(message)
    return _inserted(settings, own[-1], line)


def with_urls(urls: str, app: str) -> str:
    """Add the URLs of an app, below those of the other apps.

    Args:
        urls: Source of ``config/urls.py``.
        app: Name of the app.

    Raises:
        RegistrationError: If urlpatterns is not a list with the project's apps.

    Returns:
        The new source.
    """
    line = f'path("{URLS_PREFIX}", include("apps.{app}.urls")),'
    own = [
        element
        for element in _elements(urls, "urlpatterns")
        if "include" in ast.unparse(element) and "apps." in ast.unparse(element)
    ]
    if not own:
        message = (
            f"Add {line} to urlpatterns in config/urls.py by hand: "
            "it is no plain list with the project's apps."
        )
        raise RegistrationError(message)
    return _inserted(urls, own[-1], line)


def _elements(source: str, name: str) -> list[ast.expr]:
    """Find the elements of a list.

    Args:
        source: Source of a module.
        name: Name that the list is bound to.

    Returns:
        Its elements, none when there is no such list.
    """
    for node in ast.parse(source).body:
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.List)
            and [ast.unparse(target) for target in node.targets] == [name]
        ):
            return node.value.elts
    return []


def _inserted(source: str, after: ast.expr, line: str) -> str:
    """Add a line behind an element of a list.

    Args:
        source: Source of the module.
        after: The element.
        line: What to add.

    Returns:
        The new source.
    """
    lines = source.splitlines(keepends=True)
    place = after.end_lineno or after.lineno
    lines.insert(place, f"{' ' * after.col_offset}{line}\n")
    return "".join(lines)
