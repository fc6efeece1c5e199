"""Write a new app with all layers around one working resource, and register it."""

import argparse
import ast
import builtins
import io
import keyword
import os
import re
import shutil
import subprocess
import sys
import tokenize
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import django
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured

from django_strict.project import ROOT, lacks_room
from django_strict.startapp.blocks import Blocks
from django_strict.startapp.fields import (
    DEFAULT,
    FORM,
    LONGEST,
    FieldError,
    parse,
    usage,
)
from django_strict.update import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django_strict.startapp.fields import Field

LAYOUT: Final = Path(__file__).with_name("layout")
# The same layers around a file that is uploaded.
UPLOAD: Final = LAYOUT.with_name("upload")
SETTINGS: Final = ROOT / "config" / "settings.py"
URLS: Final = ROOT / "config" / "urls.py"
# What the first app with a list brings for all of them.
FILTERS: Final = ROOT / "apps" / "core" / "filters.py"
CONTRACT: Final = ROOT / "pyproject.toml"
REFUSABLE: Final = "refusable = ["
# What the layout calls one of what its app holds.
RESOURCE: Final = "sample"
# Words of prose, which a class or variable name is not.
PROSE: Final = re.compile(r"\b(sample)(s?)\b(?![:_/.(])", re.IGNORECASE)
# What an app without the example has none of, and what it has in full.
MIGRATION: Final = "migrations/0001_initial.py"
EXAMPLE_ONLY: Final = (
    "domain.py",
    "filters.py",
    MIGRATION,
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
    app: str,
    resource: str,
    taken: "Iterable[str]",
    layout: Path = LAYOUT,
    models: "Mapping[str, str]" = MappingProxyType({}),
) -> Names:
    """Accept the names of a new app.

    Args:
        app: The app.
        resource: What it holds; empty to derive it from the app.
        taken: Labels of the apps that are there.
        layout: Folder of the layout, whose own words are no names.
        models: The app of each class that other apps' resources have.

    Raises:
        StartappError: If one cannot be used.

    Returns:
        The names.
    """
    _check_form("app", app)
    if app in set(taken):
        message = f"There is an app labelled {app!r} already; choose another name."
        message += _unfinished(app)
        raise StartappError(message)
    names = Names(app, resource or singular(app))
    hint = "name what it holds with --resource, such as --resource order_line"
    if not resource and not _is_usable(names.resource):
        message = f"One of {app!r} cannot be called {names.resource!r}; {hint}."
        raise StartappError(message)
    _check_form("resource", names.resource)
    if home := models.get(camel(names.resource)):
        message = f"{home} has the class {camel(names.resource)} already; {hint}."
        raise StartappError(message)
    used = _identifiers(layout)
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


def _identifiers(layout: Path) -> set[str]:
    """List the names that a layout uses."""
    found: set[str] = set()
    for path in set(paths(layout, bare=False)) - {MIGRATION}:
        lines = io.StringIO((layout / path).read_text("utf-8")).readline
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


def with_contract(
    project: str,
    app: str,
    verbs: "Iterable[str]" = ("list", "create", "partial_update"),
) -> str:
    """Say that the new operations may refuse what their description allows.

    Args:
        project: Content of ``pyproject.toml``.
        app: Name of the app.
        verbs: What its operations do.

    Returns:
        The new content; the same if the list has another form or is not there.
    """
    # A title of blanks, say, the id of nobody, or a moment with an offset of 23 hours.
    operations = "".join(f'    "{app}_{verb}",\n' for verb in verbs)
    head = f"{REFUSABLE}\n"
    return project.replace(head, f"{head}{operations}", 1)


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


def files(
    names: Names, fields: "list[Field]", layout: Path = LAYOUT, *, bare: bool
) -> dict[str, str]:
    """Make the files of an app; its migration is made from them.

    Args:
        names: Names of the app.
        fields: Fields of its resource.
        layout: Folder of the layout.
        bare: Whether to leave the resource out.

    Raises:
        FieldError: If the names are too long together.

    Returns:
        The content of each file by its path inside the app.
    """
    blocks = Blocks(names.app, names.resource, fields, upload=layout == UPLOAD)
    made: dict[str, str] = {}
    for path in paths(layout, bare=bare):
        if path == MIGRATION:
            continue
        source = (layout / path).read_text("utf-8")
        if bare and path not in COMPLETE:
            source = _emptied(path, source)
        made[path] = blocks.fill(_renamed(source, names))
    return made


def paths(layout: Path = LAYOUT, *, bare: bool) -> list[str]:
    """List the files of an app.

    Args:
        layout: Folder of the layout.
        bare: Whether to leave the example out.

    Returns:
        Paths inside the app.
    """
    found = [path.relative_to(layout).as_posix() for path in layout.rglob("*.py")]
    found = [path for path in found if not path.startswith("shared/")]
    found = sorted([*found, MIGRATION])
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
    return "\n".join([*lines, "apps/core/filters.py  (with the first such app)"])


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
        description="Write apps/NAME with every layer around one resource, and enter it\n"
        "into INSTALLED_APPS and the URLs. Import contracts fit it as they are.",
        epilog=f"{usage()}\n\nIt writes:\n\n{tree()}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", help="plural and lower-case, such as order_lines")
    parser.add_argument(
        "--resource",
        default="",
        help="one of what it holds, such as order_line; by default the singular",
    )
    parser.add_argument(
        "--fields",
        help=f'what the resource holds beside its owner, see below; by default "{DEFAULT}"',
    )
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument(
        "--upload",
        action="store_true",
        help="a resource that is an uploaded file; --fields says what is known of it",
    )
    kind.add_argument(
        "--bare", action="store_true", help="all layers, without the resource"
    )
    options = parser.parse_args()
    if options.bare and options.fields is not None:
        parser.error("--bare leaves the resource out, so there are no --fields")
    # Writing an app needs no servers and no .env.
    local = import_module("django_strict.gate_steps").local()
    os.environ.update(local, DJANGO_SETTINGS_MODULE="config.settings")
    try:
        django.setup()
        labels = {config.label for config in apps.get_app_configs()}
        layout = UPLOAD if options.upload else LAYOUT
        models = {
            model.__name__: model.__module__.removesuffix(".models")
            for model in apps.get_models()
            if model.__module__.startswith("apps.") and not options.bare
        }
        names = choose(options.name, options.resource, labels, layout, models)
        known = options.fields
        if known is None and not options.upload:
            known = DEFAULT
        taken = {names.app, names.resource}
        fields = [] if known is None else parse(known, taken, upload=options.upload)
        write(names, fields, layout, bare=options.bare)
    except (StartappError, FieldError, ImproperlyConfigured) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def write(
    names: Names, fields: "list[Field]", layout: Path = LAYOUT, *, bare: bool
) -> None:
    """Write an app, register it and describe its addresses.

    Args:
        names: Names of the app.
        fields: Fields of its resource.
        layout: Folder of the layout.
        bare: Whether to leave the resource out.

    Raises:
        StartappError: If there is such a folder, or a file has an unexpected form.
    """
    folder = _vacant(names.app)
    made = files(names, fields, layout, bare=bare)
    new = {folder / path: source for path, source in made.items()}
    entries = {SETTINGS: with_app, URLS: with_urls}
    if not bare:
        # Nothing changes an upload.
        verbs = ("list", "create", "partial_update")[: 2 if layout == UPLOAD else None]
        entries[CONTRACT] = partial(with_contract, verbs=verbs)
        new |= _brought()
    before = {path: path.read_text("utf-8") for path in entries}
    after = {path: enter(before[path], names.app) for path, enter in entries.items()}
    try:
        _write_all({**new, **after})
        _tidy(folder)
        if not bare:
            _run("django_strict.startapp.migration", names.app)
            _tidy(folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        for path in new:
            path.unlink(missing_ok=True)
        _write_all(before)
        raise
    print(
        f"Wrote {_listed([folder, *new.keys() & {FILTERS}])} and entered it into "
        f"{_listed(entries)}."
    )
    try:
        print(_run("django_strict.openapi", "write"))
    except StartappError as error:
        # The rest of the project may be broken, which is no fault of the new app.
        print(error)
        print("openapi.yaml could not be written: fix that, then `uv run poe openapi`.")
    print("Next: uv run poe check && uv run poe test")
    if not bare:
        print("Where `poe serve` runs already, first: uv run poe manage migrate")


def _vacant(app: str) -> Path:
    """Find the place of a new app."""
    folder = ROOT / "apps" / app
    problem = lacks_room()
    if folder.exists():
        problem = f"apps/{app} exists already; nothing was changed.{_unfinished(app)}"
    if problem:
        raise StartappError(problem)
    return folder


def _unfinished(app: str) -> str:
    """Say how what a killed run has left is taken back, if an app may be that."""
    folder = f"apps/{app}/"
    new = listed("--others", "--exclude-standard", "--directory", "--", folder)
    # One that a commit holds is somebody's.
    if new != [folder] or (ROOT / folder / MIGRATION).exists():
        return ""
    return (
        f" If a run that broke off has left it: rm -r apps/{app}, and take the lines that "
        f"name {app} out of {_listed((SETTINGS, URLS, CONTRACT))}."
    )


def _brought() -> dict[Path, str]:
    """Read what the first app with a list brings for all, unless it is there."""
    source = (LAYOUT / "shared" / FILTERS.name).read_text("utf-8")
    return {} if FILTERS.exists() else {FILTERS: source}


def _listed(paths: "Iterable[Path]") -> str:
    """Name files as somebody in the project does."""
    return ", ".join(path.relative_to(ROOT).as_posix() for path in paths)


def _write_all(sources: dict[Path, str]) -> None:
    """Write files, and the folders that they need."""
    for path, source in sources.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        # Whoever stops it here finds the file as it was, or as it is meant to be.
        part = path.with_name(f".{path.name}.part")
        part.write_text(source, "utf-8")
        part.replace(path)


def _tidy(folder: Path) -> None:
    """Sort and drop imports, and format: fields need some of what the layout has."""
    for command in (("check", "--fix", "--select", "I,F401,TC005"), ("format",)):
        subprocess.run(
            (sys.executable, "-m", "ruff", *command, "-q", folder, SETTINGS, URLS),
            cwd=ROOT,
            check=True,
            # The project's configuration makes ruff list its fixes, however quiet.
            stdout=subprocess.DEVNULL,
        )


def _run(*module: str) -> str:
    """Run a module in a process of its own: this one does not know the new app.

    Args:
        *module: Its name and its arguments.

    Raises:
        StartappError: If it fails.

    Returns:
        What it printed.
    """
    done = subprocess.run(
        (sys.executable, "-m", *module),
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise StartappError(done.stdout.strip() or done.stderr.strip())
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
