"""What a rule and a finding are."""

from dataclasses import dataclass

# Tools that are part of this package; all others are named in the registry with the
# code under which they report.
OWN_TOOLS = ("source", "repository", "check")


@dataclass(frozen=True, slots=True)
class Enforcer:
    """A tool that notices when a rule is broken.

    Attributes:
        tool: ``source``, ``repository`` and ``check`` are ours; else a program's name.
        code: What the program's output holds then: a code, its prefix, or a phrase.
    """

    tool: str
    code: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One requirement of the specification.

    Attributes:
        id: ``DS`` and three digits; never reused.
        section: Where the specification demands it.
        title: The rule in one sentence.
        why: What goes wrong without it.
        fix: What to do when it is broken.
        enforcers: Who notices, at least one.
        waivable: Whether a line may be excepted with a reason and a date.
        where: File that the examples are meant for.
        bad: What breaks the rule.
        good: What does not.
    """

    id: str
    section: str
    title: str
    why: str
    fix: str
    enforcers: tuple[Enforcer, ...]
    waivable: bool
    where: str
    bad: str
    good: str


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A place where a rule is broken.

    Attributes:
        path: File, relative to the project, with forward slashes.
        line: Line, from 1 on.
        column: Column, from 1 on.
        rule: Id of the rule.
        message: What is wrong there, without the fix.
    """

    path: str
    line: int
    column: int
    rule: str
    message: str
