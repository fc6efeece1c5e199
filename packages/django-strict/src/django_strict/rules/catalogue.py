"""Reading the registry."""

import functools
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django_strict.rules.model import OWN_TOOLS, Enforcer, Rule

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDER: Final = Path(__file__).with_name("registry")
# In the order of the specification, with the words under which a reader finds them.
SECTIONS: Final = {
    "directives": "Zero tolerance directives",
    "layout": "1-2 Structure and initialisation",
    "architecture": "3 Architecture",
    "coding": "4 Coding standards",
    "configuration": "5 uv, ruff and pytest",
    "security": "6 Security",
    "asynchronous": "7 Async",
    "errors": "8-9 Errors, logging and health",
    "containers": "10 Containers",
    "api": "11 DRF baseline",
    "waivers": "Waivers",
}


@functools.cache
def catalogue() -> dict[str, Rule]:
    """Read all rules.

    Returns:
        The rules by their ids, in order.
    """
    rules = [
        _rule(rule_id, section, entry)
        for name, section in SECTIONS.items()
        for rule_id, entry in tomllib.loads(
            (FOLDER / f"{name}.toml").read_text("utf-8")
        ).items()
    ]
    return {rule.id: rule for rule in sorted(rules, key=lambda rule: rule.id)}


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
    for rule in catalogue().values():
        for enforcer in rule.enforcers:
            is_own = enforcer.tool in OWN_TOOLS
            if not is_own and not enforcer.code and enforcer.tool in command:
                best[enforcer.tool] = (0, rule)
            for found in _mentions(enforcer, output):
                length = len(enforcer.code)
                if length > best.get(found, (0, rule))[0]:
                    best[found] = (length, rule)
    unique = {rule.id: rule for _, rule in best.values()}
    return [unique[rule_id] for rule_id in sorted(unique)]


def _mentions(enforcer: Enforcer, output: str) -> set[str]:
    """Look for one tool's code in an output.

    Args:
        enforcer: The tool and its code.
        output: What was printed.

    Returns:
        The codes or phrases found, in full.
    """
    if enforcer.tool in OWN_TOOLS or not enforcer.code:
        return set()
    code = re.escape(enforcer.code)
    if enforcer.tool in {"ruff", "pydoclint"}:
        # A family is named by its prefix: D1 stands for D100 to D107.
        return set(re.findall(rf"\b(?=\w*\d){code}\d*\b", output))
    return set(re.findall(code, output))


def _rule(rule_id: str, section: str, entry: dict[str, Any]) -> Rule:
    """Build a rule from its entry.

    Args:
        rule_id: Its id.
        section: Its section.
        entry: Its table.

    Returns:
        The rule.
    """
    enforcers = [name.partition(" ") for name in entry["enforced_by"]]
    return Rule(
        id=rule_id,
        section=section,
        title=entry["title"],
        why=entry["why"],
        fix=entry["fix"],
        enforcers=tuple(Enforcer(tool, code) for tool, _, code in enforcers),
        waivable=entry.get("waivable", False),
        where=entry["where"],
        bad=entry["bad"],
        good=entry["good"],
    )
