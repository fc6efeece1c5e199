"""Render the page that says which house rule is proved by which test."""

import re
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from jinja2.ext import Extension

from extensions.pages import page_environment
from extensions.records import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from jinja2 import Environment

REGISTRY: Final = (
    ROOT / "packages" / "django-strict" / "src" / "django_strict" / "rules" / "registry"
)
SOURCE: Final = "docs/conformance.md.jinja"
PAGE: Final = ROOT / SOURCE.removesuffix(".jinja")
# The one line that differs from day to day.
DATE: Final = re.compile(r"^Date of the run: .*$", re.MULTILINE)
# The registry's words for its own tools, as people know them.
TOOLS: Final = {
    "source": "django_strict.rules (source)",
    "repository": "django_strict.rules (files)",
    "check": "manage.py check",
    "uv": "uv lock --check",
    "ruff-format": "ruff format --check",
}


class ConformanceError(ValueError):
    """Proofs and rules do not fit each other."""


@dataclass(frozen=True, slots=True, order=True)
class Proof:
    """One test that breaks one rule.

    Attributes:
        rule: Id of the rule.
        file: The test's file, relative to the repository.
        shape: How the rule is broken, or the test's name.
        passed: Whether the rule was found to be red, and green without the breach.
    """

    rule: str
    file: str
    shape: str
    passed: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        id: Id of the rule.
        title: The rule.
        section: Where the specification demands it.
        enforcers: Who notices.
        proofs: The shapes of the breaches, by test file.
        result: What the tests said.
    """

    id: str
    title: str
    section: str
    enforcers: tuple[str, ...]
    proofs: dict[str, list[str]]
    result: str


class ConformanceExtension(Extension):
    """Provide the filter ``cell``, for texts inside a Markdown table."""

    def __init__(self, environment: "Environment") -> None:
        """Register the filter.

        Args:
            environment: The environment that loads this extension.
        """
        super().__init__(environment)
        environment.filters["cell"] = cell


def cell(text: str) -> str:
    """Keep a text inside its cell.

    Args:
        text: Any text.

    Returns:
        The text on one line, its bars escaped.
    """
    return " ".join(text.split()).replace("|", "\\|")


def registry(folder: "Path" = REGISTRY) -> dict[str, dict[str, Any]]:
    """Read the house rules of the rendered project.

    Args:
        folder: Where their files lie.

    Returns:
        The entries by their ids, in order; each knows the first line of its file.
    """
    entries: dict[str, dict[str, Any]] = {}
    for path in folder.glob("*.toml"):
        text = path.read_text("utf-8")
        section = text.partition("\n")[0].strip("# .")
        for rule_id, entry in tomllib.loads(text).items():
            entries[rule_id] = {**entry, "section": section}
    return dict(sorted(entries.items()))


def rows(
    proofs: "Iterable[Proof]", rules: dict[str, dict[str, Any]] | None = None
) -> list[Row]:
    """Put rules and proofs together.

    Args:
        proofs: What the tests said.
        rules: The registry, by default the rendered project's.

    Raises:
        ConformanceError: If a rule has no proof or a test names an unknown rule.

    Returns:
        A row for every rule.
    """
    known = registry() if rules is None else rules
    found: dict[str, list[Proof]] = defaultdict(list)
    for proof in sorted(set(proofs)):
        found[proof.rule].append(proof)
    unknown = sorted(found.keys() - known.keys())
    if unknown:
        message = f"tests name unknown rules: {', '.join(unknown)}"
        raise ConformanceError(message)
    unproved = sorted(known.keys() - found.keys())
    if unproved:
        message = f"rules without a proof: {', '.join(unproved)}"
        raise ConformanceError(message)
    return [_row(rule_id, entry, found[rule_id]) for rule_id, entry in known.items()]


def render(table: list[Row], root: "Path" = ROOT) -> str:
    """Render the page.

    Args:
        table: A row for every rule.
        root: Folder of the repository.

    Returns:
        Its text.
    """
    environment = page_environment(root)
    environment.add_extension(ConformanceExtension)
    return environment.get_template(SOURCE).render(rows=table)


def without_date(text: str) -> str:
    """Leave the date of the run out of a comparison.

    Args:
        text: The page.

    Returns:
        The page without that line.
    """
    return DATE.sub("", text)


def _row(rule_id: str, entry: dict[str, Any], proofs: list[Proof]) -> Row:
    """Build one row.

    Args:
        rule_id: Id of the rule.
        entry: Its entry.
        proofs: Its proofs.

    Returns:
        The row.
    """
    shapes: dict[str, list[str]] = defaultdict(list)
    for proof in proofs:
        shapes[proof.file].append(proof.shape)
    failed = sum(not proof.passed for proof in proofs)
    result = f"{failed} of {len(proofs)} failed" if failed else f"{len(proofs)} passed"
    enforcers = [name.partition(" ") for name in entry["enforced_by"]]
    return Row(
        id=rule_id,
        title=entry["title"],
        section=entry["section"],
        enforcers=tuple(
            TOOLS.get(tool, f"{tool} {code}".strip()) for tool, _, code in enforcers
        ),
        proofs=dict(shapes),
        result=result,
    )
