"""Measure a rendered project against other ways to serve Django."""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Final

from benchmarks import measure, report
from benchmarks.place import rendered, servers
from tests.helpers.repository import ROOT

USERS: Final = 10_000
ROUTES: Final = [0, 50, 200]
LISTS: Final = [100, 1_000, 10_000, 100_000]


def main() -> int:
    """Run the command.

    Returns:
        0 when everything was measured, 1 when the load generator is missing.
    """
    arguments = _arguments()
    if shutil.which("wrk") is None:
        print(
            "wrk is missing; install it, for instance: apt install wrk", file=sys.stderr
        )
        return 1
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        findings = _run(Path(folder), arguments)
    print(report.page(findings))
    if arguments.output:
        report.write(findings, arguments.output)
        print(f"wrote performance.md and performance.svg to {arguments.output}")
    return 0


def _run(folder: Path, arguments: argparse.Namespace) -> report.Findings:
    """Measure everything.

    Args:
        folder: An empty folder.
        arguments: The command line.

    Returns:
        What was found.
    """
    seconds, rounds = arguments.seconds, arguments.rounds
    print("rendering a project ...", flush=True)
    project, copying = rendered(folder)
    with servers(project) as place:
        print("filling the databases ...", flush=True)
        token = place.seed(USERS)
        own = place.project(token)
        contestants = [own, *place.rivals(USERS)]
        print("comparing ...", flush=True)
        cells, served = measure.compare(contestants, rounds, seconds)
        findings = report.Findings(cells, served, USERS, seconds, rounds)
        findings.times["copier copy"] = copying
        findings.statements = {
            kind: measure.statements(place, own, kind)
            for kind in ("health", "me", "list")
        }
        if arguments.growth:
            print("measuring growth ...", flush=True)
            findings.routes = measure.growth_of_routes(place, token, ROUTES, seconds)
            findings.times |= {
                f"uv run poe {task}": measure.timed(place, "poe", task)
                for task in ("check", "test")
            }
            findings.lists = measure.growth_of_list(place, LISTS, seconds)
    return findings


def _arguments() -> argparse.Namespace:
    """Read the command line.

    Returns:
        The arguments.
    """
    parser = argparse.ArgumentParser(
        prog="poe benchmark",
        description=f"{__doc__} Renders a project, serves it as production does beside "
        "three others on this machine, asks all of them in turn, and prints tables. "
        "Needs wrk; takes about four minutes, and ten with --growth.",
    )
    parser.add_argument("--seconds", type=int, default=3, help="for each run (3)")
    parser.add_argument("--rounds", type=int, default=5, help="interleaved runs (5)")
    parser.add_argument(
        "--growth",
        action="store_true",
        help="measure longer lists, more routes, the gate and the tests as well",
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FOLDER",
        help=f"write performance.md and performance.svg there ({ROOT.name}/docs)",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
