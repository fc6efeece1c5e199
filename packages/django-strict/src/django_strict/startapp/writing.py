"""The files of a new app."""

import ast
import io
import tokenize
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    from django_strict.startapp.naming import Names

# What an app without the example has none of.
EXAMPLE_ONLY: Final = (
    "domain.py",
    "migrations/0001_initial.py",
    "tests/test_admin.py",
    "tests/test_selectors.py",
)
# What it has in full.
COMPLETE: Final = ("apps.py",)
EMPTY_URLS: Final = """
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.urls import URLPattern

app_name = "samples"

urlpatterns: list["URLPattern"] = []
"""


def files(layout: "Path", names: "Names", *, bare: bool) -> dict[str, str]:
    """Make the files of an app.

    Args:
        layout: Folder with the example.
        names: Names of the app.
        bare: Whether to leave the example out.

    Returns:
        The content of each file by its path inside the app.
    """
    made: dict[str, str] = {}
    for path in paths(layout, bare=bare):
        source = (layout / path).read_text("utf-8")
        if bare and path not in COMPLETE:
            source = _emptied(path, source)
        made[path] = _renamed(source, names)
    return made


def paths(layout: "Path", *, bare: bool) -> list[str]:
    """List the files of an app.

    Args:
        layout: Folder with the example.
        bare: Whether to leave the example out.

    Returns:
        Paths inside the app.
    """
    found = sorted(path.relative_to(layout).as_posix() for path in layout.rglob("*.py"))
    return [path for path in found if not (bare and path in EXAMPLE_ONLY)]


def tree(layout: "Path") -> str:
    """Draw the files of an app.

    Args:
        layout: Folder with the example.

    Returns:
        Lines for ``--help``; what ``--bare`` leaves out is marked.
    """
    lines = ["apps/NAME/"]
    for path in paths(layout, bare=False):
        folder, _, name = path.rpartition("/")
        head = f"  {folder}/"
        if folder and head not in lines:
            lines.append(head)
        mark = "  (not with --bare)" if path in EXAMPLE_ONLY else ""
        lines.append(f"  {'  ' if folder else ''}{name}{mark}")
    return "\n".join(lines)


def _emptied(path: str, source: str) -> str:
    """Keep the docstring of a file.

    Args:
        path: Its path inside the app.
        source: Its content.

    Returns:
        A module that does nothing, and is complete.
    """
    docstring = ast.get_docstring(ast.parse(source), clean=False)
    text = f'"""{docstring}"""\n'
    return text + EMPTY_URLS if path == "urls.py" else text


def _renamed(source: str, names: "Names") -> str:
    """Give a file the names of the app.

    Args:
        source: Source of the layout.
        names: Names of the app.

    Returns:
        Source of the app.
    """
    pieces: list[str] = []
    done = 0
    offsets = [0]
    for line in source.splitlines(keepends=True):
        offsets.append(offsets[-1] + len(line))
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.STRING and token.string.startswith('"""'):
            start = offsets[token.start[0] - 1] + token.start[1]
            end = offsets[token.end[0] - 1] + token.end[1]
            pieces += [names.fill(source[done:start]), names.fill_prose(token.string)]
            done = end
    return "".join([*pieces, names.fill(source[done:])])
