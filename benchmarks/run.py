"""One run: everything in its order."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from benchmarks import commands, counting, image, starting, throttles
from benchmarks.comparing import compare
from benchmarks.contestants import project, rivals
from benchmarks.growth import apps, lists, routes
from benchmarks.machine import machine, revision
from benchmarks.names import USERS
from benchmarks.record import Record
from benchmarks.servers import installed, servers
from tests.helpers.repository import tagged_clone

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from benchmarks.place import Place
    from benchmarks.progress import Progress
    from benchmarks.record import Apps
    from tests.helpers.project import Project

STARTS: Final = 5


@dataclass(frozen=True, slots=True)
class _Untouched:
    """What was found in a project whose rates are as they were rendered.

    Attributes:
        commands: Seconds by command.
        image: Megabytes of its image, if there is a Docker engine.
        apps: Costs by number of further apps.
    """

    commands: dict[str, list[float]] = field(default_factory=dict)
    image: float | None = None
    apps: "dict[str, Apps]" = field(default_factory=dict)


def run(
    folder: "Path", arguments: "argparse.Namespace", progress: "Progress"
) -> Record:
    """Measure everything.

    Args:
        folder: An empty folder.
        arguments: The command line.
        progress: Tells how far it is.

    Returns:
        What was found.
    """
    # Whatever is edited meanwhile, this is what is measured.
    measured = revision()
    progress("copying the template and installing packages")
    clone = folder / "template"
    clone.mkdir()
    copies = commands.copies(tagged_clone(clone), folder)
    with (
        # One is served, with raised rates; another stays as it was rendered.
        installed(folder / "project-0") as served,
        installed(folder / "project-1") as untouched,
        throttles.lifted(served.folder),
        servers(served) as place,
    ):
        # First what can fail: a project whose gate is red.
        found = _Untouched()
        if arguments.growth:
            found = _untouched(untouched, place, progress)
        record = _compare(place, arguments, progress)
        record.revision = measured
        record.commands = {commands.COPY: copies, **found.commands}
        record.image, record.apps = found.image, found.apps
        if arguments.growth:
            record.lists = lists.grow(place, arguments.seconds, progress)
            progress("growth: routes")
            record.routes = routes.grow(place, place.seed(USERS), arguments.seconds)
    record.date = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    record.took = progress.seconds
    return record


def _compare(
    place: "Place", arguments: "argparse.Namespace", progress: "Progress"
) -> Record:
    """Measure the contestants.

    Args:
        place: The project with its servers.
        arguments: The command line.
        progress: Tells how far it is.

    Returns:
        A record without growth.
    """
    progress(f"filling the databases with {USERS:,} users")
    own = project(place, place.seed(USERS))
    contestants = [own, *rivals(place, USERS)]
    progress("starting everybody again and again")
    starts = starting.starts(contestants, STARTS)
    progress("counting statements and round trips")
    counts = counting.counts(own, place.behind)
    cells, services, sampled = compare(
        contestants,
        place.behind,
        starts=starts,
        rounds=arguments.rounds,
        seconds=arguments.seconds,
        progress=progress,
    )
    return Record(
        date="",
        revision="",
        seconds=arguments.seconds,
        rounds=arguments.rounds,
        users=USERS,
        took=0.0,
        machine=machine(place),
        cells=cells,
        services=services,
        counts=counts,
        profiles=sampled,
    )


def _untouched(project: "Project", place: "Place", progress: "Progress") -> _Untouched:
    """Measure what people wait for, and how it grows with apps.

    Args:
        project: The project.
        place: Another one, whose servers it is served with.
        progress: Tells how far it is.

    Returns:
        What was found.
    """
    progress("the project's own commands")
    own = commands.own_commands(project)
    progress("the production image, if there is a Docker engine")
    size = image.megabytes(project)
    grown = apps.grow(project, place, place.seed(USERS), progress)
    return _Untouched(own, size, grown)
