"""The house rules on the command line."""

import argparse
import os
import signal
import sys
from textwrap import indent
from typing import TYPE_CHECKING, Final

from django_strict.project import ROOT
from django_strict.rules.engine import check
from django_strict.rules.files import CHOICES
from django_strict.rules.model import RuleError, catalogue, related, sections
from django_strict.rules.reports import FORMATS

if TYPE_CHECKING:
    from django_strict.rules.model import Rule

OWN: Final = f"""\
A rule of your own is a function in rules/*.py beside apps/:

    from django_strict.rules import Module, Problem, rule

    @rule("SHOP001", title="...", why="...", fix="...", where="...", bad="...", good="...")
    def orders_are_plural(module: Module) -> Iterator[Problem]: ...

Its argument says what it looks at: a Module (a Python file), the Project (all files), or
the Running or Production settings. Packages offer rules by the entry point group
django_strict.rules.

A project's own choices stand in pyproject.toml, where one that weakens needs a day:

    [tool.strict.page-size]
    value = 50
    reason = "The dashboard shows fifty rows."
    until = 2027-06-30

Choices: {", ".join(CHOICES)}.
"""


def listing() -> str:
    """List all rules.

    Returns:
        A line for each, below its section's name.
    """
    return "\n\n".join(
        "\n".join([section, *(f"  {rule.id}  {rule.title}" for rule in rules)])
        for section, rules in sections().items()
    )


def explanation(rule: "Rule") -> str:
    """Explain one rule.

    Args:
        rule: The rule.

    Returns:
        Why it is there, how to fix a breach, two examples, and where it is written.
    """
    waiver = "No, never."
    if rule.waivable:
        waiver = f"Yes: # waive {rule.id} until YYYY-MM-DD: the reason in some words"
    return f"""\
{rule.id}  {rule.title}

Section      {rule.section}
Why          {rule.why}
Fix          {rule.fix}
Enforced by  {", ".join(rule.enforcers)}
Waivable     {waiver}
Source       {rule.file}:{rule.line}

Bad ({rule.where}):

{indent(rule.bad.strip("\n"), "    ")}

Good:

{indent(rule.good.strip("\n"), "    ")}"""


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
    commands.add_parser(
        "list",
        help="list all rules",
        epilog=OWN,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    shown = commands.add_parser("explain", help="explain one rule with examples")
    shown.add_argument("rule", help="id of the rule, such as DS012")
    commands.add_parser(
        "related", help="name the rules that a tool's output, piped in, speaks of"
    )
    return described


def main(arguments: list[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: Command line, without the program's name.

    Returns:
        0 when all is well, 1 for findings, 2 for a rule that is unknown or written wrong.
    """
    options = parser().parse_args(arguments)
    try:
        return run(options)
    except RuleError as error:
        print(error, file=sys.stderr)
        return 2


def run(options: argparse.Namespace) -> int:
    """Run the command that was parsed."""
    match options.command:
        case "check":
            findings = check(ROOT)
            print(FORMATS[options.format](findings))
            return 1 if findings else 0
        case "explain":
            rule = catalogue().get(options.rule.upper())
            if rule is None:
                print(
                    f"There is no rule {options.rule}; `uv run poe rules` lists them."
                )
                return 2
            print(explanation(rule))
        case "related":
            print("\n".join(f"{r.id} {r.title}" for r in related(sys.stdin.read())))
        case _:
            print(listing())
    return 0


if __name__ == "__main__":
    # `poe rules | head` ends this program quietly, as it ends others.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.exit(main())
