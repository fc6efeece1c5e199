"""Measure a rendered project against other ways to serve Django."""

import argparse
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Final

from benchmarks import estimate
from benchmarks.interrupts import end_in_order
from benchmarks.limits import heading
from benchmarks.progress import Progress
from benchmarks.run import run
from benchmarks.summary import summary
from benchmarks.writing import write

SECONDS: Final = 2
ROUNDS: Final = 5


def main() -> int:
    """Run the command.

    Returns:
        0 when everything was measured, 1 when something is missing for it.
    """
    arguments = _arguments()
    missing = _missing(arguments.output, growth=arguments.growth)
    if missing:
        print(missing, file=sys.stderr)
        return 1
    # Production keeps compiled code; whoever runs this may have switched it off.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    expected = estimate.seconds(
        arguments.rounds, arguments.seconds, growth=arguments.growth
    )
    end_in_order(estimate.limit(expected))
    progress = Progress()
    progress(f"this takes {estimate.minutes(expected)}")
    with tempfile.TemporaryDirectory(
        prefix="benchmark-", ignore_cleanup_errors=True
    ) as folder:
        record = run(Path(folder), arguments, progress)
    # First of all, where it cannot be lost.
    print(summary(record), flush=True)
    written = write(record, arguments.output) if arguments.output else []
    progress("done")
    if written:
        print("wrote", *written)
        print("Next: say in benchmarks/limits.md what limits it, beginning with")
        print(f'"{heading(record)}"', "then: uv run poe fix")
    else:
        print("Next: to keep it, uv run poe benchmark --growth --output docs")
    return 0


def _missing(output: Path | None, *, growth: bool) -> str:
    """Look for what a run needs, before it takes its time.

    Args:
        output: Folder for the results.
        growth: Whether growth is to be measured.

    Returns:
        What is missing and how to mend it; empty if everything is there.
    """
    if not Path("/proc/self/smaps_rollup").exists():
        return "The costs of processes are read from /proc: run this on Linux."
    if shutil.which("wrk") is None:
        return "wrk is missing; install it, for instance: apt install wrk"
    return "" if output is None else _obstacle(output, growth=growth)


def _obstacle(output: Path, *, growth: bool) -> str:
    """Look for what would keep results from being written.

    Args:
        output: Folder for the results.
        growth: Whether growth is to be measured.

    Returns:
        What it is and how to mend it; empty if there is nothing.
    """
    if not output.is_dir():
        return f"{output} is no folder; make it, or name another one."
    try:
        with tempfile.TemporaryFile(dir=output):
            pass
    except OSError as error:
        return f"{output} cannot be written to ({error}); name another folder."
    record = output / "performance.json"
    if growth or not record.is_file():
        return ""
    if json.loads(record.read_text("utf-8")).get("lists"):
        return (
            f"{record} holds a record with growth, which this run would delete: add "
            "--growth, or name another folder."
        )
    return ""


def _arguments() -> argparse.Namespace:
    """Read the command line.

    Returns:
        The arguments.
    """
    parser = argparse.ArgumentParser(
        prog="poe benchmark",
        description=f"{__doc__} Renders a project, serves it as production does beside "
        "four others on this machine, asks all of them in turn, and prints tables. "
        f"Needs Linux and wrk; takes {_usual(growth=False)}, with --growth "
        f"{_usual(growth=True)}. Ctrl-C ends it in order.",
    )
    parser.add_argument(
        "--seconds",
        type=_positive,
        default=SECONDS,
        metavar="N",
        help=f"for each measurement ({SECONDS})",
    )
    parser.add_argument(
        "--rounds",
        type=_positive,
        default=ROUNDS,
        metavar="N",
        help=f"in which everybody is measured once ({ROUNDS})",
    )
    parser.add_argument(
        "--growth",
        action="store_true",
        help="measure longer lists, more routes, more apps, the gate, the tests and "
        "the image as well",
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FOLDER",
        help="write performance.json, performance.md and performance.svg there; the "
        "repository's are in docs",
    )
    return parser.parse_args()


def _usual(*, growth: bool) -> str:
    """Tell how long a run takes when nobody says how many rounds and seconds.

    Args:
        growth: Whether growth is measured as well.

    Returns:
        Minutes, in words.
    """
    return estimate.minutes(estimate.seconds(ROUNDS, SECONDS, growth=growth))


def _positive(text: str) -> int:
    """Read a number from the command line.

    Args:
        text: The text.

    Raises:
        argparse.ArgumentTypeError: If it is no number, or less than one.

    Returns:
        The number.
    """
    if not text.isdecimal() or int(text) < 1:
        message = f"must be a whole number, 1 or more, not {text!r}"
        raise argparse.ArgumentTypeError(message)
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
