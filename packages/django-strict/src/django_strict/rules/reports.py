"""Findings as text, as GitHub annotations and as SARIF."""

import json
from typing import TYPE_CHECKING, Final

from django_strict.rules.model import catalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django_strict.rules.model import Finding

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
# What would end a GitHub command, and what would end one of its properties.
ESCAPES: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
PROPERTY_ESCAPES: Final = {**ESCAPES, **str.maketrans({":": "%3A", ",": "%2C"})}


def as_text(findings: "Sequence[Finding]") -> str:
    """Write findings for a terminal, with the fix below each.

    Args:
        findings: What was found.

    Returns:
        Lines such as ``apps/orders/views.py:3:1 DS020 a view imports ...``.
    """
    lines = []
    for finding in findings:
        place = f"{finding.path}:{finding.line}:{finding.column}"
        lines.append(f"{place} {finding.rule} {finding.message}")
        lines.append(f"    fix: {catalogue()[finding.rule].fix}")
    if findings:
        word = "finding" if len(findings) == 1 else "findings"
        lines.append(f"{len(findings)} {word}; `uv run poe rule ID` explains a rule.")
    else:
        lines.append("No rule is broken.")
    return "\n".join(lines)


def as_github(findings: "Sequence[Finding]") -> str:
    """Write findings as commands that GitHub turns into annotations.

    Args:
        findings: What was found.

    Returns:
        One command per line.
    """
    lines = []
    for finding in findings:
        path = finding.path.translate(PROPERTY_ESCAPES)
        text = f"{finding.message}. {catalogue()[finding.rule].fix}"
        place = f"file={path},line={finding.line},col={finding.column}"
        message = text.translate(ESCAPES)
        lines.append(f"::error {place},title={finding.rule}::{message}")
    return "\n".join(lines)


def as_sarif(findings: "Sequence[Finding]") -> str:
    """Write findings as a SARIF 2.1.0 log.

    Args:
        findings: What was found.

    Returns:
        JSON.
    """
    used = sorted({finding.rule for finding in findings})
    rules = [
        {
            "id": rule.id,
            "shortDescription": {"text": rule.title},
            "fullDescription": {"text": rule.why},
            "help": {"text": rule.fix},
        }
        for rule in (catalogue()[rule_id] for rule_id in used)
    ]
    results = []
    for finding in findings:
        region = {"startLine": finding.line, "startColumn": finding.column}
        place = {"artifactLocation": {"uri": finding.path}, "region": region}
        text = f"{finding.message}. {catalogue()[finding.rule].fix}"
        results.append(
            {
                "ruleId": finding.rule,
                "ruleIndex": used.index(finding.rule),
                "level": "error",
                "message": {"text": text},
                "locations": [{"physicalLocation": place}],
            }
        )
    url = "https://docs.djangoproject.com/en/stable/topics/checks/"
    driver = {"name": "django_strict.rules", "informationUri": url, "rules": rules}
    run = {"tool": {"driver": driver}, "results": results}
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


FORMATS: Final[dict[str, "Callable[[Sequence[Finding]], str]"]] = {
    "text": as_text,
    "github": as_github,
    "sarif": as_sarif,
}
