"""The gate: everything that must hold before code is merged. Changes nothing."""

import argparse
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django_strict.gate_steps import steps
from django_strict.project import ROOT
from django_strict.rules.engine import unreadable
from django_strict.rules.model import related

if TYPE_CHECKING:
    from django_strict.gate_steps import Step

# How much of one step somebody reads.
LINES: Final = 15
KEPT: Final = re.compile(r" KEPT( \(.*\))?$|^Contracts: \d+ kept")
# A place or an id of a check, and what is said about it.
FINDING: Final = re.compile(
    r"^\s*(HINT|fix): |^\S+:\d+:\d+|\(\w+\.[EWC]\d{3}\)|\(DS\d{3}\)"
)
TRACEBACK: Final = "Traceback (most recent call last):\n"
FRAME: Final = re.compile(r'^  File "([^"]+)", line \d+.*\n    .*$', re.MULTILINE)
EXCEPTION: Final = re.compile(r"^[A-Za-z_][\w.]*(: .*)?$", re.MULTILINE)


# In a checkout that cannot be written, nothing tries to keep what it found out.
NO_CACHES: Final = {
    "MYPY_CACHE_DIR": os.devnull,
    "RUFF_NO_CACHE": "true",
    "PYTHONDONTWRITEBYTECODE": "1",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step said.

    Attributes:
        step: The step.
        passed: Whether it found nothing.
        output: All it printed.
        seconds: How long it took.
    """

    step: "Step"
    passed: bool
    output: str
    seconds: float


def run(step: "Step") -> Outcome:
    """Run one step.

    Args:
        step: The step.

    Returns:
        Its outcome; a program that is missing counts as a finding.
    """
    started = time.perf_counter()
    caches = {} if os.access(ROOT, os.W_OK) else NO_CACHES
    try:
        finished = subprocess.run(
            step.command,
            cwd=ROOT,
            env={**os.environ, **caches, **step.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        return Outcome(step, passed=False, output=f"{error}\n", seconds=0.0)
    return Outcome(
        step,
        passed=finished.returncode == 0,
        output=finished.stdout,
        seconds=time.perf_counter() - started,
    )


class Report:
    """Prints what steps said: each cause once, and no more lines than somebody reads."""

    def __init__(self, *, full: bool) -> None:
        """Start with nothing printed.

        Args:
            full: Whether a step may print all that it has.
        """
        self._full = full
        self._step_of: dict[str, str] = {}
        self._seen: set[str] = set()

    def print(self, outcome: Outcome) -> None:
        """Print one line, and for a finding what helps to fix it.

        Args:
            outcome: The outcome of a step.
        """
        step = outcome.step
        mark = "ok  " if outcome.passed else "FAIL"
        print(f"{mark}  {step.name:<18} {outcome.seconds:5.1f} s", flush=True)
        if outcome.passed:
            return
        output = outcome.output.rstrip()
        # One module that cannot be imported ends many programs in the same words.
        cause = raised(output)
        first = self._step_of.setdefault(cause, step.name) if cause else step.name
        if first != step.name and not self._full:
            print(f"      the same as {first!r}: {cause}", flush=True)
            return
        if not self._full:
            output = self._unseen(shortened(output))
        if not output:
            print("      nothing but what stands above", flush=True)
            return
        lines = output.splitlines()
        if len(lines) > LINES and not self._full:
            command = f'uv run poe check --only "{step.name}"'
            more = f"... and {len(lines) - LINES} lines more: `{command}` prints all."
            lines = [*lines[:LINES], more]
        print("\n".join(lines))
        # Where a file of the rules is missing, the step "packages" names it.
        with suppress(ImportError):
            for rule in related(output, step.command):
                print(f"      rule:    {rule.id} {rule.title}")
        print(f"      command: {' '.join(step.command)}")
        print(f"      to fix: {step.fix}", flush=True)

    def _unseen(self, output: str) -> str:
        """Drop the findings and hints that have been printed before.

        Args:
            output: What a step says.

        Returns:
            The rest; nothing if it found nothing else.
        """
        lines, found = [], False
        for line in output.splitlines():
            is_finding = FINDING.search(line)
            if is_finding and line in self._seen:
                continue
            found = found or bool(is_finding)
            lines.append(line)
            self._seen.add(line)
        dropped = len(lines) < len(output.splitlines())
        return "" if dropped and not found else "\n".join(lines)


def raised(output: str) -> str:
    """Find the exception that ended a program.

    Args:
        output: What the program printed.

    Returns:
        Its last line, or nothing when there was none.
    """
    _, traceback, text = output.rpartition(TRACEBACK)
    found = EXCEPTION.search(text) if traceback else None
    return found[0] if found else ""


def shortened(output: str) -> str:
    """Leave out what helps nobody.

    Args:
        output: What a step printed.

    Returns:
        Of a traceback, the project's own lines and the exception; no contract that holds.
    """
    if cause := raised(output):
        _, _, text = output.rpartition(TRACEBACK)
        own = [found[0] for found in FRAME.finditer(text) if is_own(found[1])]
        return "\n".join([*own, cause])
    # Of import contracts, what stands behind the list of those that hold.
    lines = output.rpartition("Broken contracts\n")[2].splitlines()
    return "\n".join(line for line in lines if not KEPT.search(line))


def is_own(file: str) -> bool:
    """Tell the project's files from those of packages.

    Args:
        file: Path of a file.

    Returns:
        True if somebody wrote it here.
    """
    path = Path(file)
    return path.is_relative_to(ROOT) and ".venv" not in path.parts


def main() -> int:
    """Run the command.

    Returns:
        0 when every step passed, else 1.
    """
    known = steps()
    names = [step.name for step in known]
    parser = argparse.ArgumentParser(
        prog="poe check",
        description=f"{__doc__} Steps: {', '.join(names)}.",
    )
    parser.add_argument(
        "--only", action="append", choices=names, help="run this step (repeatable)"
    )
    only = parser.parse_args().only
    chosen = [step for step in known if not only or step.name in only]
    started = time.perf_counter()
    failed = 0
    # What is no Python, every step would say in its own words.
    if not only and (broken := unreadable(ROOT)):
        for one in broken:
            print(f"FAIL  {one.path}:{one.line}:{one.column} {one.message}")
        print(f"\nCorrect that first: {len(chosen)} steps wait for it.")
        return 1
    printed = Report(full=bool(only))
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as executor:
        for future in as_completed([executor.submit(run, step) for step in chosen]):
            outcome = future.result()
            failed += not outcome.passed
            printed.print(outcome)
    seconds = time.perf_counter() - started
    if failed:
        print(f"\n{failed} of {len(chosen)} steps failed in {seconds:.1f} s.")
        return 1
    print(f"\nAll {len(chosen)} steps passed in {seconds:.1f} s. Next: uv run poe test")
    return 0


if __name__ == "__main__":
    sys.exit(main())
