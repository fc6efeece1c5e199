"""Measure a rendered project against other ways to serve Django."""

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import report
from benchmarks.run import run

if TYPE_CHECKING:
    from types import FrameType


def main() -> int:
    """Run the command."""
    options = _options()
    if missing := _missing(options.output, growth=options.growth):
        print(missing, file=sys.stderr)
        return 1
    # Production keeps compiled code; whoever runs this may have switched it off.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    stop_in_order()
    started = time.monotonic()

    def progress(step: str) -> None:
        """Print a step with the seconds since the start."""
        print(f"[{time.monotonic() - started:5.0f} s] {step}", flush=True)

    with tempfile.TemporaryDirectory(
        prefix="benchmark-", ignore_cleanup_errors=True
    ) as folder:
        record = run(
            Path(folder),
            progress,
            seconds=options.seconds,
            rounds=options.rounds,
            growth=options.growth,
        )
    # First of all, where it cannot be lost.
    print(report.page(record), flush=True)
    progress("done")
    if options.output:
        for path, text in report.files(record, options.output).items():
            path.write_text(text, "utf-8")
            print(f"wrote {path}")
        print('Next: write "What limits it" in docs/performance.md.jinja for this run,')
        print("then: uv run poe fix")
    else:
        print("Next: to keep it, uv run poe benchmark --growth --output docs")
    return 0


def stop_in_order() -> None:
    """Turn signals into an exception, so that servers stop and folders are deleted."""

    def leave(number: int, frame: "FrameType | None") -> None:
        """Leave through all blocks; a second signal must not cut that short."""
        del frame
        # uv passes on the Ctrl-C that the terminal has already sent.
        for signals in (signal.SIGINT, signal.SIGTERM):
            signal.signal(signals, signal.SIG_IGN)
        name = signal.Signals(number).name
        print(f"{name}: stopping the servers ...", file=sys.stderr, flush=True)
        sys.exit(1)

    signal.signal(signal.SIGINT, leave)
    signal.signal(signal.SIGTERM, leave)


def _missing(output: Path | None, *, growth: bool) -> str:
    """Look for what a run needs, before it takes its time."""
    if sys.platform != "linux":
        return "The memory of processes is read from /proc: run this on Linux."
    if shutil.which("wrk") is None:
        return "wrk is missing; install it, for instance: apt install wrk"
    if output is None:
        return ""
    if not output.is_dir() or not os.access(output, os.W_OK):
        return f"{output} is no folder that can be written to; name another one."
    record = output / "performance.json"
    if not growth and record.is_file() and json.loads(record.read_text()).get("lists"):
        return (
            f"{record} holds a record with growth, which this run would delete: add "
            "--growth, or name another folder."
        )
    return ""


def _options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="poe benchmark",
        description=f"{__doc__} Renders a project, serves it as production does beside "
        "four others on this machine, sends requests to all of them in turn, and prints "
        "tables. Needs Linux and wrk; takes about 7 minutes on two processors, with "
        "--growth about 18. Ctrl-C stops it in order. To try it: --seconds 1 --rounds 1",
    )
    for option, default, text in (
        ("--seconds", 2, "for each measurement (2)"),
        ("--rounds", 5, "in which every contestant is measured once (5)"),
    ):
        parser.add_argument(option, type=int, default=default, metavar="N", help=text)
    parser.add_argument(
        "--growth",
        action="store_true",
        help="also lists, routes, apps, the project's commands and its image",
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FOLDER",
        help="write the record, page and plot there; the repository's are in docs",
    )
    options = parser.parse_args()
    if min(options.seconds, options.rounds) < 1:
        parser.error("--seconds and --rounds must be 1 or more")
    return options


if __name__ == "__main__":
    sys.exit(main())
