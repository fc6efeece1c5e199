"""The gate: everything that must hold before code is merged. Changes nothing."""

import argparse
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django_strict.gate_steps import steps
from django_strict.project import ROOT
from django_strict.rules.model import related

if TYPE_CHECKING:
    from django_strict.gate_steps import Step


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


def report(outcome: Outcome) -> None:
    """Print one line, and for a finding all that helps to fix it.

    Args:
        outcome: The outcome of a step.
    """
    mark = "ok  " if outcome.passed else "FAIL"
    print(f"{mark}  {outcome.step.name:<18} {outcome.seconds:5.1f} s", flush=True)
    if not outcome.passed:
        print(outcome.output.rstrip())
        # Where a file of the rules is missing, the step "packages" names it.
        with suppress(ImportError):
            for rule in related(outcome.output, outcome.step.command):
                print(f"      rule:    {rule.id} {rule.title}")
        print(f"      command: {' '.join(outcome.step.command)}")
        print(f"      to fix: {outcome.step.fix}", flush=True)


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
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as executor:
        for future in as_completed([executor.submit(run, step) for step in chosen]):
            outcome = future.result()
            failed += not outcome.passed
            report(outcome)
    seconds = time.perf_counter() - started
    if failed:
        print(f"\n{failed} of {len(chosen)} steps failed in {seconds:.1f} s.")
        return 1
    print(f"\nAll {len(chosen)} steps passed in {seconds:.1f} s. Next: uv run poe test")
    return 0


if __name__ == "__main__":
    sys.exit(main())
