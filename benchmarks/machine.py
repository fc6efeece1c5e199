"""Describing the machine and the versions, without naming either's owner."""

import platform
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psycopg

from benchmarks.record import Machine
from tests.helpers.repository import ROOT, git

if TYPE_CHECKING:
    from benchmarks.place import Place

PACKAGES: Final = ("django", "djangorestframework", "gunicorn", "uvicorn", "uvloop")
SCRIPT: Final = (
    "import platform, sys; from importlib.metadata import version\n"
    "print(platform.python_version(), *map(version, sys.argv[1:]))"
)
# As the project counts them, quotas of containers included.
PROCESSORS: Final = "from config.capacity import processors; print(processors())"
MODEL: Final = re.compile(r"^model name\s*: (.+)$", re.MULTILINE)


def machine(place: "Place") -> Machine:
    """Describe where a run takes place.

    Args:
        place: The project with its servers.

    Returns:
        The description.
    """
    found = place.output(place.variables(), "-c", SCRIPT, *PACKAGES).split()
    names = ("Python", "Django", "DRF", "gunicorn", "uvicorn", "uvloop")
    with psycopg.connect(place.database_url) as connection:
        postgresql = connection.info.parameter_status("server_version") or "?"
    information = place.behind.information()
    return Machine(
        # Those that may be used: a container's share, not its host's number.
        processors=int(place.output(place.variables(), "-c", PROCESSORS)),
        model=_model(),
        kernel=f"{platform.system()} {platform.release()}",
        versions={
            **dict(zip(names, found, strict=True)),
            "PostgreSQL": postgresql.split()[0],
            "Valkey": information["valkey_version"],
        },
    )


def revision() -> str:
    """Name the commit that is measured.

    Returns:
        Its short hash, and whether files differ from it.
    """
    commit = git(ROOT, "rev-parse", "--short", "HEAD").strip()
    return f"{commit} + changes" if git(ROOT, "status", "--porcelain") else commit


def _model() -> str:
    """Name the kind of processor.

    Returns:
        The kernel's name for it, or else the architecture.
    """
    path = Path("/proc/cpuinfo")
    found = MODEL.search(path.read_text()) if path.is_file() else None
    return found[1] if found else platform.machine()
