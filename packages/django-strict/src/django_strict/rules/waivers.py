"""Exceptions: one line, one rule, a reason and a last day.

``# waive DS060 until 2027-06-30: counting in SQL is what makes the report usable`` at the
end of the line, or on a line of its own above it.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from django_strict.rules.catalogue import catalogue
from django_strict.rules.model import Finding
from django_strict.rules.source.text import comments

if TYPE_CHECKING:
    from collections.abc import Iterable

INTENT: Final = re.compile(r"#\s*waive\b(?P<rest>.*)", re.IGNORECASE)
FORM: Final = re.compile(
    r"\s+(?P<rule>DS\d{3})\s+until\s+(?P<day>\d{4}-\d{2}-\d{2}):\s*(?P<reason>\S.*)"
)
LONGEST: Final = timedelta(days=366)
MIN_REASON_WORDS: Final = 2


@dataclass(frozen=True, slots=True)
class Waiver:
    """One exception that was asked for.

    Attributes:
        line: Where it stands.
        column: Where its comment begins.
        covers: Line that it excepts.
        rule: Id of the rule, empty when the waiver is malformed.
        until: Its last day, None when it is malformed.
        problem: What is wrong with its form, empty when nothing is.
    """

    line: int
    column: int
    covers: int
    rule: str
    until: date | None
    problem: str


def apply(
    path: str, text: str, findings: "Iterable[Finding]", today: date
) -> list[Finding]:
    """Take waived findings out, and report waivers that must not be.

    Args:
        path: The file.
        text: Its content.
        findings: What was found in it.
        today: The day that decides about expiry.

    Returns:
        What is left, with DS110 to DS112.
    """
    found = sorted(findings)
    if "waive" not in text.lower():
        return found
    used: set[Waiver] = set()
    waivers = read(path, text, today)
    left = []
    for finding in found:
        fitting = [
            waiver
            for waiver in waivers
            if (waiver.covers, waiver.rule) == (finding.line, finding.rule)
        ]
        used |= set(fitting)
        if not any(_in_force(waiver, today) for waiver in fitting):
            left.append(finding)
    for waiver in waivers:
        left += _judge(path, waiver, today, is_used=waiver in used)
    return sorted(left)


def read(path: str, text: str, today: date) -> list[Waiver]:
    """Find the waivers of a file.

    Args:
        path: The file.
        text: Its content.
        today: The day from which the longest term counts.

    Returns:
        The waivers, malformed ones too.
    """
    lines = text.splitlines()
    if path.endswith(".py"):
        places = list(comments(text))
    else:
        places = [
            (number, line.index("#") + 1, line[line.index("#") :])
            for number, line in enumerate(lines, 1)
            if "#" in line
        ]
    return [
        _parse(number, column, lines[number - 1], found["rest"], today)
        for number, column, comment in places
        if (found := INTENT.search(comment))
    ]


def _parse(number: int, column: int, line: str, rest: str, today: date) -> Waiver:
    """Read one waiver.

    Args:
        number: Its line.
        column: Where its comment begins.
        line: The whole line.
        rest: What follows the word ``waive``.
        today: The day from which the longest term counts.

    Returns:
        The waiver.
    """
    covers = number + 1 if not line[: column - 1].strip() else number
    form = FORM.fullmatch(rest.rstrip())
    if not form:
        problem = "it lacks an id, a day or a reason"
        return Waiver(number, column, covers, "", None, problem)
    try:
        until = date.fromisoformat(form["day"])
    except ValueError:
        problem = f"{form['day']} is no day"
        return Waiver(number, column, covers, "", None, problem)
    problem = ""
    if form["rule"] not in catalogue():
        problem = f"there is no rule {form['rule']}"
    elif len(form["reason"].split()) < MIN_REASON_WORDS:
        problem = "its reason is a single word"
    elif until > today + LONGEST:
        problem = f"{form['day']} is more than a year ahead"
    return Waiver(number, column, covers, form["rule"], until, problem)


def _in_force(waiver: Waiver, today: date) -> bool:
    """Tell whether a waiver excepts its line.

    Args:
        waiver: The waiver.
        today: The day that decides.

    Returns:
        True for a well-formed waiver of a waivable rule that has not expired.
    """
    return (
        not waiver.problem
        and waiver.until is not None
        and waiver.until >= today
        and catalogue()[waiver.rule].waivable
    )


def _judge(path: str, waiver: Waiver, today: date, *, is_used: bool) -> list[Finding]:
    """Find what is wrong with a waiver.

    Args:
        path: Its file.
        waiver: The waiver.
        today: The day that decides about expiry.
        is_used: Whether there was a finding to except.

    Returns:
        At most one finding.
    """

    def finding(rule: str, message: str) -> list[Finding]:
        return [Finding(path, waiver.line, waiver.column, rule, message)]

    if waiver.problem:
        return finding("DS110", f"the waiver is malformed: {waiver.problem}")
    if not catalogue()[waiver.rule].waivable:
        return finding("DS112", f"{waiver.rule} cannot be waived")
    if not is_used:
        return finding("DS112", f"no finding of {waiver.rule} is left on this line")
    if waiver.until is not None and waiver.until < today:
        return finding("DS111", f"the waiver ended on {waiver.until.isoformat()}")
    return []
