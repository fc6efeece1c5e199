"""The house rules on the command line."""

import argparse
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django_strict.project import ROOT
from django_strict.rules.agents import update
from django_strict.rules.catalogue import SECTIONS, catalogue, related
from django_strict.rules.engine import check
from django_strict.rules.reports import FORMATS

if TYPE_CHECKING:
    from django_strict.rules.model import Enforcer, Rule


# What people call the tools of this package.
OWN_NAMES: Final = {
    "source": "django_strict.rules (source)",
    "repository": "django_strict.rules (files)",
    "check": "manage.py check",
}


def enforcer_name(enforcer: "Enforcer") -> str:
    """Name who enforces a rule.

    Args:
        enforcer: The tool and its code.

    Returns:
        Words for people.
    """
    name = OWN_NAMES.get(enforcer.tool, enforcer.tool)
    return f"{name} {enforcer.code}".rstrip()


def listing() -> str:
    """List all rules.

    Returns:
        A line for each, below its section's name.
    """
    lines = []
    for section in SECTIONS.values():
        lines += ["", section]
        lines += [
            f"  {rule.id}  {rule.title}"
            for rule in catalogue().values()
            if rule.section == section
        ]
    return "\n".join(lines[1:])


def explanation(rule: "Rule") -> str:
    """Explain one rule.

    Args:
        rule: The rule.

    Returns:
        Why it is there, how to mend, and two examples.
    """
    waiver = "No, never."
    if rule.waivable:
        waiver = f"Yes: # waive {rule.id} until YYYY-MM-DD: the reason in some words"
    names = ", ".join(enforcer_name(enforcer) for enforcer in rule.enforcers)
    return "\n".join(
        [
            f"{rule.id}  {rule.title}",
            "",
            f"Section      {rule.section}",
            f"Why          {rule.why}",
            f"Fix          {rule.fix}",
            f"Enforced by  {names}",
            f"Waivable     {waiver}",
            "",
            f"Bad ({rule.where}):",
            "",
            *(f"    {line}".rstrip() for line in rule.bad.strip("\n").splitlines()),
            "",
            "Good:",
            "",
            *(f"    {line}".rstrip() for line in rule.good.strip("\n").splitlines()),
        ]
    )


def parser() -> argparse.ArgumentParser:
    """Describe the command line.

    Returns:
        The parser.
    """
    described = argparse.ArgumentParser(prog="django_strict.rules", description=__doc__)
    commands = described.add_subparsers(dest="command", required=True)
    judge = commands.add_parser("check", help="judge the project; changes nothing")
    judge.add_argument(
        "--format",
        choices=FORMATS,
        default="github" if os.environ.get("GITHUB_ACTIONS") == "true" else "text",
        help="text for people, github for annotations, sarif for code scanning",
    )
    commands.add_parser("list", help="list all rules")
    shown = commands.add_parser("explain", help="explain one rule with examples")
    shown.add_argument("rule", help="id of the rule, such as DS012")
    listed = commands.add_parser("agents", help="check the rules listed in AGENTS.md")
    listed.add_argument("--write", action="store_true", help="write them anew")
    listed.add_argument("--file", type=Path, default=ROOT / "AGENTS.md")
    commands.add_parser(
        "related", help="name the rules that a tool's output, piped in, speaks of"
    )
    return described


def main(arguments: list[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: Command line, without the program's name.

    Returns:
        0 when all is well, 1 for findings, 2 for an unknown rule.
    """
    options = parser().parse_args(arguments)
    match options.command:
        case "check":
            findings = check(ROOT)
            print(FORMATS[options.format](findings))
            return 1 if findings else 0
        case "agents":
            complaint = update(options.file, write=options.write)
            print(complaint or f"{options.file.name} lists the current rules.")
            return 1 if complaint else 0
        case "explain":
            return explain(options.rule.upper())
        case "related":
            print("\n".join(f"{r.id} {r.title}" for r in related(sys.stdin.read())))
        case _:
            print(listing())
    return 0


def explain(rule_id: str) -> int:
    """Print the explanation of a rule.

    Args:
        rule_id: Its id.

    Returns:
        0, or 2 when there is no such rule.
    """
    rule = catalogue().get(rule_id)
    if rule is None:
        print(f"There is no rule {rule_id}; `uv run poe rules` lists them.")
        return 2
    print(explanation(rule))
    return 0


if __name__ == "__main__":
    # `poe rules | head` ends this program quietly, as it ends others.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.exit(main())
