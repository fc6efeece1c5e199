"""A project that gets more and more apps."""

from typing import TYPE_CHECKING, Final

from benchmarks import contestants, starting, throttles
from benchmarks.commands import cold_gate, poe
from benchmarks.groups import output
from benchmarks.load import repeat
from benchmarks.record import Apps
from benchmarks.shipping import ship

if TYPE_CHECKING:
    from benchmarks.place import Place
    from benchmarks.progress import Progress
    from tests.helpers.project import Project

COUNTS: Final = (0, 1, 10, 30)
STARTS: Final = 3


def grow(
    project: "Project", place: "Place", token: str, progress: "Progress"
) -> dict[str, Apps]:
    """Measure gate, tests, start and memory while apps are added with `startapp`.

    Args:
        project: A project whose rates are as they were rendered.
        place: Another one, whose servers it is served with.
        token: A token of staff there.
        progress: Tells how far it is.

    Returns:
        What was found, by number of apps.
    """
    found = {}
    for count in COUNTS:
        progress(f"growth: {count} more apps")
        for number in range(len(_added(project)), count):
            startapp = ["uv", "run", "poe", "manage", "startapp", f"growth{number}"]
            output(startapp, project.folder, project.variables({}))
        folder = ship(project.folder, project.folder.parent / "grown")
        contestant = contestants.project(place, token, folder)
        starts = starting.starts([contestant], STARTS)[contestant.name]
        with throttles.lifted(folder), contestant.serve() as running:
            repeat(contestant.requests["me"], running.port, 1)
            memory = running.worker_memory()
        progress(f"growth: {count} more apps, gate")
        gate = cold_gate(project)
        progress(f"growth: {count} more apps, tests")
        found[str(count)] = Apps(gate, poe(project, "test"), starts, memory)
    return found


def _added(project: "Project") -> list[str]:
    """List the apps that were added.

    Args:
        project: The project.

    Returns:
        Their names.
    """
    return [path.name for path in (project.folder / "apps").glob("growth*")]
