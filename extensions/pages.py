"""Render the generated pages of this repository, or check that they are current."""

import argparse
import sys
import tomllib
from typing import TYPE_CHECKING, Any, Final

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from benchmarks import report
from extensions.records import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

EXTENSIONS: Final = (
    "jinja2_time.TimeExtension",
    "extensions.records.DecisionRecordsExtension",
)
# Sources, relative to the root; each page stands beside its source, without the suffix.
PAGES: Final = ("docs/decisions/README.md.jinja", "template.yaml.jinja")
# Types of JSON Schema for the answers of copier.yml.
TYPES: Final = {bool: "boolean", int: "integer", str: "string"}
# Whoever renders without a terminal has decided that already.
UNASKED: Final = "advanced"


def forms(questions: dict[str, Any]) -> dict[str, Any]:
    """Describe the questions to other tools than Copier.

    Args:
        questions: ``copier.yml``.

    Returns:
        Names for the pages: the questions, the types of those that a form shows, and
        which of them need an answer. What Copier works out from other answers is left to
        it, if it asks for it on demand alone.
    """
    asked = {name: it for name, it in questions.items() if not name.startswith("_")}
    form = {
        name: TYPES[type(it["default"])]
        for name, it in asked.items()
        if name != UNASKED and not ("ask" in it and "{" in str(it["default"]))
    }
    plain = [name for name in form if "{" in str(asked[name]["default"])]
    return {"questions": asked, "form": form, "plain": ["project_name", *plain]}


def page_environment(root: "Path" = ROOT) -> Environment:
    """Build the Jinja environment of the pages.

    Args:
        root: Folder of the repository.

    Returns:
        An environment in which a misspelt name is an error.
    """
    environment = Environment(
        loader=FileSystemLoader(root),
        extensions=EXTENSIONS,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        # The pages are Markdown, written and read by the maintainers alone.
        autoescape=False,  # noqa: S701
    )
    metadata = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    environment.globals["version"] = metadata["project"]["version"]
    environment.globals |= forms(
        yaml.safe_load((ROOT / "copier.yml").read_text("utf-8"))
    )
    return environment


def render_pages(root: "Path" = ROOT) -> dict["Path", str]:
    """Render every page.

    Args:
        root: Folder of the repository.

    Returns:
        The text of each page by its path.
    """
    environment = page_environment(root)
    pages = {
        root / source.removesuffix(".jinja"): environment.get_template(source).render()
        for source in PAGES
    }
    return pages | report.pages(root)


def stale_pages(pages: dict["Path", str]) -> list["Path"]:
    """Find pages that differ from what they should be.

    Args:
        pages: The text of each page by its path.

    Returns:
        Paths of missing and outdated pages.
    """
    return [
        path
        for path, text in pages.items()
        if not path.is_file() or path.read_text("utf-8") != text
    ]


def main(arguments: "Sequence[str] | None" = None) -> int:
    """Write the pages, or check them.

    Args:
        arguments: Command line, without the program's name.

    Returns:
        Exit status: 1 if ``--check`` finds a stale page.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="change nothing, fail on a stale page"
    )
    options = parser.parse_args(arguments)
    pages = render_pages()
    stale = stale_pages(pages)
    for path in stale:
        name = path.relative_to(ROOT)
        if options.check:
            print(f"{name} is out of date; write it again with: uv run poe fix")
        else:
            path.write_text(pages[path], "utf-8")
            print(f"wrote {name}")
    return 1 if options.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
