"""What a rule is, and the register that holds all of them.

A rule is one place: its texts and its checks stand together in one file and are found by
importing every module of this package, every file of a project's own folder ``rules/`` and
every entry point of the group ``django_strict.rules``.
"""

import functools
import inspect
import pkgutil
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import KW_ONLY, dataclass, field
from importlib import import_module, util
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django_strict.project import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDER: Final = Path(__file__).parent
OWN_FOLDER: Final = "rules"
ENTRY_POINTS: Final = "django_strict.rules"
# What a check looks at, by the annotation of its argument, and who runs it.
KINDS: Final = {
    "Module": "django-strict (source)",
    "Project": "django-strict (files)",
    "Waivers": "django-strict (waivers)",
    "Running": "manage.py check",
    "Production": "manage.py check",
}
# The codes under which other tools report, in words that people know.
TOOLS: Final = {"uv": "uv lock --check", "ruff-format": "ruff format --check"}
ID: Final = re.compile(r"[A-Z]{2,8}\d{3}")
PREFIX: Final = "DS"


class RuleError(ValueError):
    """A rule is written wrong, so that it would never be run."""


class Problem(NamedTuple):
    """A place where a check finds its rule broken.

    Attributes:
        path: File, relative to the project, with forward slashes.
        line: Line, from 1 on.
        column: Column, from 1 on.
        message: What is wrong there, without the fix.
    """

    path: str
    line: int
    column: int
    message: str


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A problem and the rule that is broken.

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


type Check = Callable[[Any], Iterable[Problem]]

RULES: Final[dict[str, "Rule"]] = {}


@dataclass(eq=False)
class Rule:
    """One requirement; used as a decorator it takes a function as its check.

    Attributes:
        id: Letters and three digits; never reused.
        title: The rule in one sentence.
        why: What goes wrong without it.
        fix: What to do when it is broken.
        where: File that the examples are meant for.
        bad: What breaks the rule.
        good: What does not.
        enforced_by: Other tools that notice, each with what their output holds then: a
            code, its prefix, or a phrase.
        waivable: Whether a line may be excepted with a reason and a date.
        section: Where the specification demands it: the first line of its module.
        file: The module's path.
        line: Where the rule begins there.
        checks: Functions that look for breaches, by the kind of thing they look at.
    """

    id: str
    _: KW_ONLY
    title: str
    why: str
    fix: str
    where: str
    bad: str
    good: str
    enforced_by: tuple[str, ...] = ()
    waivable: bool = False
    section: str = field(init=False)
    file: Path = field(init=False)
    line: int = field(init=False)
    checks: dict[str, list[Check]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        """Remember where the rule is written, and register it.

        Raises:
            RuleError: If the id is taken, malformed or not the writer's to give.
        """
        frame = inspect.currentframe()
        caller = frame.f_back.f_back if frame and frame.f_back else None
        if caller is None:
            message = f"{self.id}: this Python does not tell where a rule is written"
            raise RuleError(message)
        self.file = Path(caller.f_code.co_filename)
        self.line = caller.f_lineno
        self.section = (caller.f_globals["__doc__"] or self.file.stem).split("\n")[0]
        self.section = self.section.rstrip(".")
        is_own = self.file.parent != FOLDER
        if not ID.fullmatch(self.id) or is_own == self.id.startswith(PREFIX):
            wanted = f"letters other than {PREFIX}" if is_own else PREFIX
            message = f"{self.id} must consist of {wanted} and three digits"
        elif self.id in RULES:
            message = f"{self.id} is also a rule of {RULES[self.id].file}"
        else:
            RULES[self.id] = self
            return
        message = f"{self.file}:{self.line}: the id {message}"
        raise RuleError(message)

    def __call__[F: Check](self, check: F) -> F:
        """Take a function as a check of this rule.

        Args:
            check: The function; the annotation of its argument says what it looks at.

        Raises:
            RuleError: If it looks at nothing that can be judged.

        Returns:
            The function, unchanged.
        """
        annotations = [
            p.annotation for p in inspect.signature(check).parameters.values()
        ]
        first = annotations[0] if annotations else ""
        kind = (first if isinstance(first, str) else first.__name__).strip("'\"")
        if kind not in KINDS:
            message = (
                f"{self.file}:{self.line}: a check of {self.id} takes one argument, "
                f"annotated with one of {', '.join(KINDS)}"
            )
            raise RuleError(message)
        self.checks.setdefault(kind, []).append(check)
        return check

    def findings(self, kind: str, subject: object) -> Iterable[Finding]:
        """Run the checks of one kind.

        Args:
            kind: A key of ``KINDS``.
            subject: What they look at.

        Yields:
            The findings.
        """
        for check in self.checks.get(kind, ()):
            for path, line, column, message in check(subject):
                yield Finding(path, line, column, self.id, message)

    @property
    def enforcers(self) -> list[str]:
        """Who notices when the rule is broken, in words for people."""
        foreign = [name.partition(" ") for name in self.enforced_by]
        names = [KINDS[kind] for kind in self.checks]
        names += [
            TOOLS.get(tool, f"{tool} {code}".rstrip()) for tool, _, code in foreign
        ]
        return list(dict.fromkeys(names))


# The name that reads well in front of a function.
rule = Rule


@functools.cache
def catalogue() -> dict[str, Rule]:
    """Find all rules: this package's, those of other packages, the project's own.

    Returns:
        The rules by their ids, in order.
    """
    for module in pkgutil.iter_modules([str(FOLDER)]):
        # These need Django's settings, a command line, or pytest.
        if module.name not in {"__main__", "running", "summary"}:
            import_module(f"django_strict.rules.{module.name}")
    for entry_point in entry_points(group=ENTRY_POINTS):
        entry_point.load()
    for path in sorted((ROOT / OWN_FOLDER).glob("*.py")):
        name = f"{OWN_FOLDER}.{path.stem}"
        spec = util.spec_from_file_location(name, path)
        if spec and spec.loader and path.stem != "__init__":
            own = sys.modules[name] = util.module_from_spec(spec)
            spec.loader.exec_module(own)
    return dict(sorted(RULES.items()))


def sections() -> dict[str, list[Rule]]:
    """Group the rules.

    Returns:
        The rules of each section, in the order of their ids.
    """
    found: dict[str, list[Rule]] = {}
    for one in catalogue().values():
        found.setdefault(one.section, []).append(one)
    return found


def related(output: str, command: "Sequence[str]" = ()) -> list[Rule]:
    """Find the rules that another tool's output speaks of.

    Args:
        output: What ruff, mypy, pydoclint or another tool printed.
        command: How it was called; a rule that names a tool without a code is meant by
            all that this tool finds.

    Returns:
        The rules whose codes stand in it, the most specific one for each code.
    """
    best: dict[str, tuple[int, Rule]] = {}
    for one in catalogue().values():
        for name in one.enforced_by:
            tool, _, code = name.partition(" ")
            if not code and tool in command:
                best[tool] = (0, one)
            for found in _mentions(tool, code, output):
                if len(code) > best.get(found, (0, one))[0]:
                    best[found] = (len(code), one)
    unique = {one.id: one for _, one in best.values()}
    return [unique[rule_id] for rule_id in sorted(unique)]


def _mentions(tool: str, code: str, output: str) -> set[str]:
    """Find a tool's code in an output, in full: D1 stands for D100 to D107."""
    if not code:
        return set()
    pattern = re.escape(code)
    if tool in {"ruff", "pydoclint"}:
        # Not a check of Django's, such as models.E006.
        pattern = rf"(?<![\w.])(?=\w*\d){pattern}\d*\b"
    return set(re.findall(pattern, output))
