"""Fixtures of the tests of the development servers."""

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from django_strict.servers import free_port
from tests.servers.helpers import command, credentials

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def new_folder(tmp_path: "Path") -> Iterator["Path"]:
    """Provide a folder that does not exist, below a private one and awkwardly named.

    Args:
        tmp_path: pytest's folder, which only its owner may enter.

    Yields:
        The folder; what runs there is stopped afterwards.
    """
    folder = tmp_path / "a path, with späces" / ".embedded"
    yield folder
    if folder.exists():
        folder.chmod(0o755)
        command(folder, "stop")


@pytest.fixture(scope="session")
def seed(tmp_path_factory: pytest.TempPathFactory) -> "Path":
    """Start and stop servers once, since first starts take long.

    Args:
        tmp_path_factory: Where to put them.

    Returns:
        A folder with data that nobody uses.
    """
    folder = tmp_path_factory.mktemp("seed") / ".embedded"
    command(folder, "start", check=True)
    command(folder, "stop", check=True)
    return folder


@pytest.fixture
def folder(new_folder: "Path", seed: "Path") -> "Path":
    """Provide a folder whose servers were used before and have stopped.

    Args:
        new_folder: Where it is to be.
        seed: What is copied there.

    Returns:
        The folder.
    """
    new_folder.parent.mkdir()
    copy(seed, new_folder)
    # Those of the seed may be in use by another copy.
    own = replace(
        credentials(new_folder), postgres_port=free_port(), valkey_port=free_port()
    )
    own.save(new_folder)
    return new_folder


@pytest.fixture(scope="session")
def shared(seed: "Path", tmp_path_factory: pytest.TempPathFactory) -> Iterator["Path"]:
    """Keep servers up for the tests that only look at them.

    Args:
        seed: What is copied.
        tmp_path_factory: Where to put it.

    Yields:
        The folder.
    """
    folder = tmp_path_factory.mktemp("shared") / ".embedded"
    copy(seed, folder)
    yield folder
    command(folder, "stop")


def copy(source: "Path", target: "Path") -> None:
    """Copy a folder with its owners, which shutil does not keep."""
    target.mkdir()
    for entry in source.iterdir():
        # Nobody writes to the programs, so links to them will do.
        how = "-al" if entry.name == "programs" else "-a"
        subprocess.run(["cp", how, entry, target], check=True)
