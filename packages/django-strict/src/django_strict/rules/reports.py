"""Findings as text, as GitHub annotations and as SARIF."""

import json
from typing import TYPE_CHECKING, Any, Final

from django_strict.rules.catalogue import catalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django_strict.rules.model import Finding

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"


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
    return "\n".join(
        f"::error file={_property(finding.path)},line={finding.line},"
        f"col={finding.column},title={finding.rule}::"
        + _data(f"{finding.message}. {catalogue()[finding.rule].fix}")
        for finding in findings
    )


def as_sarif(findings: "Sequence[Finding]") -> str:
    """Write findings as a SARIF 2.1.0 log.

    Args:
        findings: What was found.

    Returns:
        JSON.
    """
    used = sorted({finding.rule for finding in findings})
    driver = {
        "name": "django_strict.rules",
        "informationUri": "https://docs.djangoproject.com/en/stable/topics/checks/",
        "rules": [_sarif_rule(rule_id) for rule_id in used],
    }
    results = [_sarif_result(finding, used) for finding in findings]
    log = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }
    return json.dumps(log, indent=2)


def _sarif_rule(rule_id: str) -> dict[str, Any]:
    """Describe a rule.

    Args:
        rule_id: Its id.

    Returns:
        A ``reportingDescriptor``.
    """
    rule = catalogue()[rule_id]
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {"text": rule.fix},
    }


def _sarif_result(finding: "Finding", used: list[str]) -> dict[str, Any]:
    """Describe a finding.

    Args:
        finding: The finding.
        used: Ids of the described rules, in their order.

    Returns:
        A ``result``.
    """
    return {
        "ruleId": finding.rule,
        "ruleIndex": used.index(finding.rule),
        "level": "error",
        "message": {"text": f"{finding.message}. {catalogue()[finding.rule].fix}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": finding.path},
                    "region": {
                        "startLine": finding.line,
                        "startColumn": finding.column,
                    },
                }
            }
        ],
    }


def _data(text: str) -> str:
    """Escape the message of a GitHub command.

    Args:
        text: The message.

    Returns:
        The message without characters that end it.
    """
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """Escape a property of a GitHub command.

    Args:
        text: The value.

    Returns:
        The value without characters that end it.
    """
    return _data(text).replace(":", "%3A").replace(",", "%2C")


FORMATS: Final[dict[str, "Callable[[Sequence[Finding]], str]"]] = {
    "text": as_text,
    "github": as_github,
    "sarif": as_sarif,
}
