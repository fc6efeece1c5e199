"""Compare the installed packages of this template with the wheels that were locked.

A rule that was edited or deleted in ``site-packages`` would fall silent; this does not.
"""

from __future__ import annotations

import argparse
import base64
import csv
import hashlib
import json
import sys
import tomllib
import zipfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django_strict.project import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.metadata import Distribution

PACKAGES: Final = ("django-strict", "django-strict-asgi")
VENDOR: Final = "vendor"
LOCK: Final = "uv.lock"


def hashes(record: str) -> dict[str, str]:
    """Read a RECORD.

    Args:
        record: Its text.

    Returns:
        The hash of each file, without what an installer adds.
    """
    rows = csv.reader(record.splitlines())
    return {
        path: digest.removeprefix("sha256=")
        for path, digest, _ in rows
        if digest and ".dist-info/" not in path and not path.startswith("..")
    }


def digest(path: Path) -> str:
    """Hash a file as a RECORD does."""
    raw = hashlib.sha256(path.read_bytes()).digest()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def installed(found: Distribution, wanted: dict[str, str]) -> Iterator[str]:
    """Compare installed files with their hashes.

    Args:
        found: The installed distribution.
        wanted: The hashes.

    Yields:
        Sentences about files that were edited, deleted or added.
    """
    for path, expected in sorted(wanted.items()):
        file = Path(str(found.locate_file(path)))
        if not file.is_file():
            yield f"{path} is missing"
        elif digest(file) != expected:
            yield f"{path} was edited"
    for folder in sorted({path.partition("/")[0] for path in wanted}):
        base = Path(str(found.locate_file(folder)))
        for file in sorted(base.rglob("*")):
            path = file.relative_to(base.parent).as_posix()
            if file.is_file() and path not in wanted and "__pycache__" not in path:
                yield f"{path} was added"


def locked(wheel: Path, name: str, lock: Path) -> str:
    """Compare a wheel with the lock file.

    Args:
        wheel: The wheel.
        name: Its distribution.
        lock: The lock file.

    Returns:
        A sentence, empty when the hashes agree.
    """
    packages = tomllib.loads(lock.read_text("utf-8")).get("package", [])
    wanted = {
        one["hash"]
        for package in packages
        if package["name"] == name
        for one in package.get("wheels", [])
    }
    if f"sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}" in wanted:
        return ""
    return f"{VENDOR}/{wheel.name} is not the wheel that {LOCK} locks"


def problems(name: str, root: Path) -> tuple[list[str], str]:
    """Judge one package.

    Args:
        name: Its distribution.
        root: Folder of the project.

    Returns:
        What is wrong, and what was compared.
    """
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return [], "not installed"
    url = json.loads(found.read_text("direct_url.json") or "{}")
    if url.get("dir_info", {}).get("editable"):
        return [], "an editable installation: nothing to compare"
    record = hashes(found.read_text("RECORD") or "")
    wheels = sorted((root / VENDOR).glob(f"{name.replace('-', '_')}-[0-9]*.whl"))
    if not wheels:
        return list(installed(found, record)), "as its RECORD says"
    with zipfile.ZipFile(wheels[0]) as archive:
        (path,) = (n for n in archive.namelist() if n.endswith(".dist-info/RECORD"))
        wanted = hashes(archive.read(path).decode())
    wrong = list(installed(found, wanted))
    if record != wanted:
        wrong.append(f"its RECORD is not that of {VENDOR}/{wheels[0].name}")
    # A member of a workspace has none of its own.
    locks = (folder / LOCK for folder in (root, *root.parents))
    lock = next((lock for lock in locks if lock.is_file()), None)
    if lock and (problem := locked(wheels[0], name, lock)):
        wrong.append(problem)
    return wrong, f"as {VENDOR}/{wheels[0].name}"


def main() -> int:
    """Run the command.

    Returns:
        0 when every package is what was locked, else 1.
    """
    argparse.ArgumentParser(description=__doc__).parse_args()
    failed = 0
    for name in PACKAGES:
        wrong, note = problems(name, ROOT)
        failed += bool(wrong)
        for problem in wrong:
            print(f"{name}: {problem}; uv sync --reinstall-package {name}")
        if not wrong:
            print(f"{name}: {note}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
