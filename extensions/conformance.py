"""Render the page that says which house rule is proved by which test."""

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from jinja2.ext import Extension

from django_strict.rules import catalogue
from extensions.pages import page_environment
from extensions.records import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from jinja2 import Environment

    from django_strict.rules.model import Rule

SOURCE: Final = "docs/conformance.md.jinja"
PAGE: Final = ROOT / SOURCE.removesuffix(".jinja")
# The one line that differs from day to day.
DATE: Final = re.compile(r"^Date of the run: .*$", re.MULTILINE)


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
    enforcers: list[str]
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


def rows(
    proofs: "Iterable[Proof]", rules: "Mapping[str, Rule] | None" = None
) -> list[Row]:
    """Put rules and proofs together.

    Args:
        proofs: What the tests said.
        rules: The rules, by default those of the package.

    Raises:
        ConformanceError: If a rule has no proof or a test names an unknown rule.

    Returns:
        A row for every rule.
    """
    known = catalogue() if rules is None else rules
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
    return [_row(rule, found[rule.id]) for rule in known.values()]


def render(
    table: list[Row],
    root: "Path" = ROOT,
    escapes: "Iterable[tuple[str, str, str]]" = (),
    one_shape: "Mapping[str, str] | None" = None,
) -> str:
    """Render the page.

    Args:
        table: A row for every rule.
        root: Folder of the repository.
        escapes: Rule, breach and reason of what is not found.
        one_shape: By id, why a rule's breach cannot be written in another way.

    Returns:
        Its text.
    """
    environment = page_environment(root)
    environment.add_extension(ConformanceExtension)
    return environment.get_template(SOURCE).render(
        rows=table, escapes=list(escapes), one_shape=one_shape or {}
    )


def without_date(text: str) -> str:
    """Leave the date of the run out of a comparison.

    Args:
        text: The page.

    Returns:
        The page without that line.
    """
    return DATE.sub("", text)


def _row(rule: "Rule", proofs: list[Proof]) -> Row:
    """Put a rule and its proofs together."""
    shapes: dict[str, list[str]] = defaultdict(list)
    for proof in proofs:
        shapes[proof.file].append(proof.shape)
    failed = sum(not proof.passed for proof in proofs)
    result = f"{failed} of {len(proofs)} failed" if failed else f"{len(proofs)} passed"
    return Row(rule.id, rule.title, rule.section, rule.enforcers, dict(shapes), result)
