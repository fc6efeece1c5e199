"""Write a new app with all layers around one working resource, and register it."""

import argparse
import ast
import builtins
import io
import keyword
import os
import re
import subprocess
import sys
import tokenize
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

import django
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured

from django_strict.project import ROOT
from django_strict.startapp import layout

if TYPE_CHECKING:
    from collections.abc import Iterable

LAYOUT: Final = Path(layout.__path__[0])
# The same layers around a file that is uploaded.
UPLOAD: Final = LAYOUT.with_name("upload")
SETTINGS: Final = ROOT / "config" / "settings.py"
URLS: Final = ROOT / "config" / "urls.py"
FORM: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
LONGEST: Final = 30
# What the layout calls one of what its app holds.
RESOURCE: Final = "sample"
# Words of prose, which a class or variable name is not.
PROSE: Final = re.compile(r"\b(sample)(s?)\b(?![:_/.(])", re.IGNORECASE)
# What an app without the example has none of, and what it has in full.
EXAMPLE_ONLY: Final = (
    "domain.py",
    "migrations/0001_initial.py",
    "tests/test_admin.py",
    "tests/test_selectors.py",
)
COMPLETE: Final = ("apps.py",)
EMPTY_URLS: Final = """
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.urls import URLPattern

app_name = "samples"

urlpatterns: list["URLPattern"] = []
"""


class StartappError(ValueError):
    """The app cannot be written; the message says what to do."""


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
            """Write the name as its place does: with blanks and capitals."""
            name = self.app if found[2] else self.resource
            words = name.replace("_", " ")
            return words.capitalize() if found[1][0].isupper() else words

        return self.fill(PROSE.sub(word, text))


def camel(name: str) -> str:
    """Turn a name into that of a class."""
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


def choose(
    app: str, resource: str, taken: "Iterable[str]", folder: Path = LAYOUT
) -> Names:
    """Accept the names of a new app.

    Args:
        app: The app.
        resource: What it holds; empty to derive it from the app.
        taken: Labels of the apps that are there.
        folder: The layout, whose own words are no names.

    Raises:
        StartappError: If one cannot be used.

    Returns:
        The names.
    """
    _check_form("app", app)
    if app in set(taken):
        message = f"There is an app labelled {app!r} already; choose another name."
        raise StartappError(message)
    names = Names(app, resource or singular(app))
    hint = "name what it holds with --resource, such as --resource order_line"
    if not resource and not _is_usable(names.resource):
        message = f"One of {app!r} cannot be called {names.resource!r}; {hint}."
        raise StartappError(message)
    _check_form("resource", names.resource)
    used = _identifiers(folder)
    for name in (names.app, names.resource, camel(names.app), camel(names.resource)):
        if name in used:
            message = (
                f"The example itself uses the name {name!r}; choose another one, or "
                f"{hint}."
            )
            raise StartappError(message)
    return names


def _check_form(kind: str, name: str) -> None:
    """Refuse what is no good Python name."""
    if not FORM.fullmatch(name) or len(name) > LONGEST:
        message = (
            f"The name of the {kind} must consist of lower-case letters, digits and "
            f"single underscores, begin with a letter and have at most {LONGEST} "
            f"characters, such as order_lines; {name!r} does not."
        )
        raise StartappError(message)
    if not _is_usable(name):
        message = f"{name!r} is a word of Python itself; choose another name."
        raise StartappError(message)


def _is_usable(name: str) -> bool:
    """Tell names from words of Python."""
    words = {*keyword.kwlist, *keyword.softkwlist, *dir(builtins)}
    return not {name, camel(name)} & words


def _identifiers(folder: Path) -> set[str]:
    """List the names that a layout uses."""
    found: set[str] = set()
    for path in folder.rglob("*.py"):
        lines = io.StringIO(path.read_text("utf-8")).readline
        found |= {
            token.string
            for token in tokenize.generate_tokens(lines)
            if token.type == tokenize.NAME
        }
    return {name for name in found if RESOURCE not in name.lower()}


def with_app(settings: str, app: str) -> str:
    """Add an app to INSTALLED_APPS, below the project's other apps.

    Args:
        settings: Source of ``config/settings.py``.
        app: Name of the app.

    Raises:
        StartappError: If INSTALLED_APPS is not a list with the project's apps.

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
        raise StartappError(message)
    return _inserted(settings, own[-1], line)


def with_urls(urls: str, app: str) -> str:
    """Add the URLs of an app, below those of the other apps.

    Args:
        urls: Source of ``config/urls.py``.
        app: Name of the app.

    Raises:
        StartappError: If urlpatterns is not a list with the project's apps.

    Returns:
        The new source.
    """
    line = f'path("api/v1/", include("apps.{app}.urls")),'
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
        raise StartappError(message)
    return _inserted(urls, own[-1], line)


def _elements(source: str, name: str) -> list[ast.expr]:
    """Find the elements of a list."""
    for node in ast.parse(source).body:
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.List)
            and [ast.unparse(target) for target in node.targets] == [name]
        ):
            return node.value.elts
    return []


def _inserted(source: str, after: ast.expr, line: str) -> str:
    """Add a line behind an element of a list."""
    lines = source.splitlines(keepends=True)
    place = after.end_lineno or after.lineno
    lines.insert(place, f"{' ' * after.col_offset}{line}\n")
    return "".join(lines)


def files(names: Names, *, bare: bool, folder: Path = LAYOUT) -> dict[str, str]:
    """Make the files of an app.

    Args:
        names: Names of the app.
        bare: Whether to leave the example out.
        folder: The layout.

    Returns:
        The content of each file by its path inside the app.
    """
    made: dict[str, str] = {}
    for path in paths(bare=bare, folder=folder):
        source = (folder / path).read_text("utf-8")
        if bare and path not in COMPLETE:
            source = _emptied(path, source)
        made[path] = _renamed(source, names)
    return made


def paths(*, bare: bool, folder: Path = LAYOUT) -> list[str]:
    """List the files of an app.

    Args:
        bare: Whether to leave the example out.
        folder: The layout.

    Returns:
        Paths inside the app.
    """
    found = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.py"))
    return [path for path in found if not (bare and path in EXAMPLE_ONLY)]


def tree() -> str:
    """Draw the files of an app.

    Returns:
        Lines for ``--help``; what ``--bare`` leaves out is marked.
    """
    lines = ["apps/NAME/"]
    for path in paths(bare=False):
        folder, _, name = path.rpartition("/")
        head = f"  {folder}/"
        if folder and head not in lines:
            lines.append(head)
        mark = "  (not with --bare)" if path in EXAMPLE_ONLY else ""
        lines.append(f"  {'  ' if folder else ''}{name}{mark}")
    return "\n".join(lines)


def _emptied(path: str, source: str) -> str:
    """Keep the docstring of a file."""
    docstring = ast.get_docstring(ast.parse(source), clean=False)
    text = f'"""{docstring}"""\n'
    return text + EMPTY_URLS if path == "urls.py" else text


def _renamed(source: str, names: Names) -> str:
    """Give a file the names of the app."""
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


def main() -> int:
    """Run the command; nothing that exists is overwritten.

    Returns:
        0 when the app is written, else 1.
    """
    parser = argparse.ArgumentParser(
        prog="poe startapp",
        description="Write apps/NAME with every layer around one working resource, and\n"
        "enter it into INSTALLED_APPS and the URLs. Import contracts fit it as they are.",
        epilog=f"It writes:\n\n{tree()}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", help="plural and lower-case, such as order_lines")
    parser.add_argument(
        "--resource",
        default="",
        help="one of what it holds, such as order_line; by default the singular",
    )
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument(
        "--bare", action="store_true", help="all layers, without the example resource"
    )
    kind.add_argument(
        "--upload", action="store_true", help="a resource that is an uploaded file"
    )
    options = parser.parse_args()
    # Writing an app needs no servers and no .env.
    local = import_module("django_strict.gate_steps").local()
    os.environ.update(local, DJANGO_SETTINGS_MODULE="config.settings")
    try:
        django.setup()
        labels = {config.label for config in apps.get_app_configs()}
        folder = UPLOAD if options.upload else LAYOUT
        names = choose(options.name, options.resource, labels, folder)
        write(names, bare=options.bare, folder=folder)
    except (StartappError, ImproperlyConfigured) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def write(names: Names, *, bare: bool, folder: Path = LAYOUT) -> None:
    """Write an app, register it and describe its addresses.

    Args:
        names: Names of the app.
        bare: Whether to leave the example out.
        folder: The layout.

    Raises:
        StartappError: If there is such a folder, or a file has an unexpected form.
    """
    target = ROOT / "apps" / names.app
    if target.exists():
        message = f"apps/{names.app} exists already; nothing was changed."
        raise StartappError(message)
    settings = with_app(SETTINGS.read_text("utf-8"), names.app)
    urls = with_urls(URLS.read_text("utf-8"), names.app)
    for path, source in files(names, bare=bare, folder=folder).items():
        file = target / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source, "utf-8")
    SETTINGS.write_text(settings, "utf-8")
    URLS.write_text(urls, "utf-8")
    # Other names have other lengths and another order.
    for command in (("check", "--fix", "--select", "I"), ("format",)):
        subprocess.run(
            (sys.executable, "-m", "ruff", *command, "-q", target, SETTINGS, URLS),
            cwd=ROOT,
            check=True,
            # The project's configuration makes ruff list its fixes, however quiet.
            stdout=subprocess.DEVNULL,
        )
    print(
        f"Wrote apps/{names.app} and entered it into config/settings.py and "
        "config/urls.py."
    )
    # A process of its own: this one has loaded the settings without the app.
    done = subprocess.run(
        (sys.executable, "-m", "django_strict.openapi", "write"),
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    print(done.stdout.strip() or done.stderr.strip())
    if done.returncode:
        # The rest of the project may be broken, which is no fault of the new app.
        print("openapi.yaml could not be written: fix that, then `uv run poe openapi`.")
    print("Next: uv run poe check && uv run poe test")


if __name__ == "__main__":
    sys.exit(main())
