"""Exceptions from the rules, and a project's own choices.

``# waive DS060 until 2027-06-30: counting in SQL is what makes the report usable`` at the
end of the line, or on a line of its own above it. Choices stand in ``[tool.strict]``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from django_strict.rules.files import (
    CHOICES,
    LONGEST_DAYS,
    PYPROJECT,
    fixed,
)
from django_strict.rules.model import Problem, catalogue, rule
from django_strict.rules.module import comments

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_strict.rules.files import (
        Choice,
        Project,
    )
    from django_strict.rules.model import Finding
    from django_strict.rules.running import Running

INTENT: Final = re.compile(r"#\s*waive\b(?P<rest>.*)", re.IGNORECASE)
FORM: Final = re.compile(
    r"\s+(?P<rule>[A-Z]{2,8}\d{3})\s+until\s+(?P<day>\d{4}-\d{2}-\d{2}):\s*"
    r"(?P<reason>\S.*)"
)
# Only new files can break them: their waivers stay where they are, as history.
OF_NEW_FILES: Final = frozenset({"DS018"})
LONGEST: Final = timedelta(days=LONGEST_DAYS)
MIN_REASON_WORDS: Final = 2
SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True, slots=True)
class Waiver:
    """One exception that was asked for.

    Attributes:
        line: Where it stands.
        column: Where its comment begins.
        covers: Line that it excepts.
        rule: Id of the rule, empty when the waiver is malformed.
        until: Its last day.
        problem: What is wrong with its form, empty when nothing is.
    """

    line: int
    column: int
    covers: int
    rule: str
    until: date
    problem: str


class Waivers:
    """The waivers of one file.

    Attributes:
        path: The file.
        today: The day that decides about expiry.
        all: The waivers, malformed ones too.
        used: Those for which there was a finding.
    """

    def __init__(self, path: str, text: str, today: date) -> None:
        """Find the waivers of a file.

        Args:
            path: The file.
            text: Its content.
            today: The day that decides about expiry.
        """
        self.path = path
        self.today = today
        self.used: set[Waiver] = set()
        lines = text.splitlines()
        places = [
            (number, line.index("#") + 1, line[line.index("#") :])
            for number, line in enumerate(lines, 1)
            if "#" in line
        ]
        self.all = [
            self._read(number, column, lines[number - 1], found["rest"])
            for number, column, comment in (
                comments(text) if path.endswith(".py") else places
            )
            if (found := INTENT.search(comment))
        ]

    def _read(self, number: int, column: int, line: str, rest: str) -> Waiver:
        """Read one waiver: its line, its column, and what follows the word."""
        covers = number + 1 if not line[: column - 1].strip() else number
        form = FORM.fullmatch(rest.rstrip())
        if not form:
            problem = "it lacks an id, a day or a reason"
            return Waiver(number, column, covers, "", self.today, problem)
        try:
            until = date.fromisoformat(form["day"])
        except ValueError:
            problem = f"{form['day']} is no day"
            return Waiver(number, column, covers, "", self.today, problem)
        problem = ""
        if form["rule"] not in catalogue():
            problem = f"there is no rule {form['rule']}"
        elif len(form["reason"].split()) < MIN_REASON_WORDS:
            problem = "its reason is a single word"
        elif until > self.today + LONGEST:
            problem = f"{form['day']} is more than a year ahead"
        return Waiver(number, column, covers, form["rule"], until, problem)

    def excepts(self, finding: Finding) -> bool:
        """Tell whether a finding is waived, and remember that its waiver is needed.

        Args:
            finding: A finding in this file.

        Returns:
            True for a well-formed waiver of a waivable rule that has not expired.
        """
        fitting = [
            waiver
            for waiver in self.all
            if (waiver.covers, waiver.rule) == (finding.line, finding.rule)
        ]
        self.used |= set(fitting)
        return any(
            not waiver.problem
            and waiver.until >= self.today
            and catalogue()[waiver.rule].waivable
            for waiver in fitting
        )

    def at(self, waiver: Waiver, message: str) -> Problem:
        """Report a waiver."""
        return Problem(self.path, waiver.line, waiver.column, message)


@rule(
    "DS110",
    title="A waiver names a rule, a day on which it ends and a reason.",
    why="An exception nobody can explain or end is a new rule.",
    fix="Write `# waive DS060 until 2027-06-30: the reason in some words`, at most a year ahead.",
    where="apps/orders/selectors.py",
    bad="TOTAL = 1  # waive DS060",
    good="TOTAL = 1",
)
def waivers_are_complete(waivers: Waivers) -> Iterator[Problem]:
    """Find waivers without an id, a day or a reason."""
    for waiver in waivers.all:
        if waiver.problem:
            yield waivers.at(waiver, f"the waiver is malformed: {waiver.problem}")


@rule(
    "DS111",
    title="A waiver ends on its day.",
    why="The reason may have gone; somebody must look again.",
    fix="Fix the line and delete the waiver, or agree on a new day.",
    where="apps/orders/selectors.py",
    bad="""
from apps.orders.models import Order

ORDERS = Order.objects.raw("SELECT 1")  # waive DS060 until 2020-01-01: fast report
""",
    good="""
from apps.orders.models import Order

ORDERS = Order.objects.only("id")
""",
)
def waivers_end(waivers: Waivers) -> Iterator[Problem]:
    """Find waivers whose day is over."""
    for waiver in waivers.used:
        is_waivable = not waiver.problem and catalogue()[waiver.rule].waivable
        if is_waivable and waiver.until < waivers.today:
            yield waivers.at(waiver, f"the waiver ended on {waiver.until.isoformat()}")


@rule(
    "DS112",
    title="A waiver stands only where it is allowed and needed.",
    why="Most rules cannot be waived, and a waiver without a finding hides the next one.",
    fix="Delete the waiver; `uv run poe rule ID` says whether a rule can be waived.",
    where="apps/orders/selectors.py",
    bad="TOTAL = 1  # waive DS042 until 2020-01-01: no rule is broken here",
    good="TOTAL = 1",
)
def waivers_are_allowed_and_needed(waivers: Waivers) -> Iterator[Problem]:
    """Find waivers of rules that have none, and those without a finding."""
    for waiver in waivers.all:
        if waiver.problem:
            continue
        if not catalogue()[waiver.rule].waivable:
            yield waivers.at(waiver, f"{waiver.rule} cannot be waived")
        elif waiver not in waivers.used and waiver.rule not in OF_NEW_FILES:
            message = f"no finding of {waiver.rule} is left on this line"
            yield waivers.at(waiver, message)


@rule(
    "DS113",
    title="A choice in [tool.strict] has a known name, a value and a reason.",
    why="A difference from the specification that nobody can explain is a mistake.",
    fix="Write `value` and `reason` below `[tool.strict.NAME]` in pyproject.toml; `uv run poe rules --help` lists the names.",
    where="pyproject.toml",
    bad="""
[tool.strict.page-size]
value = 10
""",
    good="""
[tool.strict.page-size]
value = 10
reason = "The mobile client shows ten rows."
""",
)
def choices_are_complete(project: Project) -> Iterator[Problem]:
    """Find entries of ``[tool.strict]`` that say too little or something unknown."""
    for choice in project.choices:
        if choice.problem:
            yield at(project, choice, choice.problem)


@rule(
    "DS114",
    title="A choice that weakens ends on its day, at most a year ahead.",
    why="The reason may have gone; somebody must look again.",
    fix="Write `until = YYYY-MM-DD` below the choice in pyproject.toml, or agree on a new day, or delete the choice.",
    where="pyproject.toml",
    bad="""
[tool.strict.page-size]
value = 50
reason = "The dashboard shows fifty rows."
""",
    good="""
[tool.strict.page-size]
value = 50
reason = "The dashboard shows fifty rows."
until = 2027-06-30
""",
)
def weakening_choices_end(project: Project) -> Iterator[Problem]:
    """Find choices that weaken and have no day, a past one or one too far ahead."""
    for choice in project.choices:
        if choice.problem:
            continue
        if choice.until is None:
            if weakens(choice):
                yield at(project, choice, f"`{choice.name}` weakens and has no `until`")
        elif choice.until < project.today:
            message = f"`{choice.name}` ended on {choice.until.isoformat()}"
            yield at(project, choice, message)
        elif choice.until > project.today + LONGEST:
            message = f"`{choice.name}` ends more than a year ahead"
            yield at(project, choice, message)


needed = rule(
    "DS115",
    title="A choice stands only where it is needed.",
    why="A choice that nothing needs allows the next difference unseen.",
    fix="Delete the choice from [tool.strict] in pyproject.toml, or set the value that it allows.",
    where="pyproject.toml",
    bad="""
[tool.strict.page-size]
value = 20
reason = "This is the specification's value already."
""",
    good="# no choice: the settings hold the specification's values",
)


@needed
def file_choices_are_needed(project: Project) -> Iterator[Problem]:
    """Find choices about files that no rule asked for; the rules before this one did."""
    yield from _unneeded(project, about_settings=False)


@needed
def setting_choices_are_needed(running: Running) -> Iterator[Problem]:
    """Find choices about settings that differ from the settings, or from nothing."""
    yield from _unneeded(running.project, about_settings=True)


def _unneeded(project: Project, *, about_settings: bool) -> Iterator[Problem]:
    """Find items that no check accepted."""
    for choice in project.choices:
        if choice.problem or bool(CHOICES[choice.name]) != about_settings:
            continue
        used = project.used.get(choice, [])
        if unused := [item for item in choice.items() if item not in used]:
            message = f"nothing needs {unused} of `{choice.name}`"
            yield at(project, choice, message)


def at(project: Project, choice: Choice, message: str) -> Problem:
    """Report a choice."""
    return project.toml(PYPROJECT).at(("tool", "strict", choice.name), message)


def weakens(choice: Choice) -> bool:
    """Tell whether a choice allows more than the specification.

    Args:
        choice: The choice.

    Returns:
        False for a smaller page and for lower rates alone.
    """
    name = CHOICES[choice.name]
    if not name:
        return True
    baseline: Any = fixed("specification")["REST_FRAMEWORK"][name]
    if isinstance(baseline, int):
        return bool(choice.value > baseline)
    return any(
        per_second(choice.value.get(scope)) > per_second(rate)
        for scope, rate in baseline.items()
    )


def per_second(rate: object) -> float:
    """Read a rate such as ``100/hour``; what cannot be read limits nothing."""
    found = re.fullmatch(r"(\d+)/([smhd])\w*", str(rate))
    return int(found[1]) / SECONDS[found[2]] if found else float("inf")
