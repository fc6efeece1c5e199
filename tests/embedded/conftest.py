"""Fixtures of the tests of the embedded servers."""

import subprocess
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.embedded import servers
from tests.embedded.user import Shared, User

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def new_folder(tmp_path: "Path") -> Iterator["Path"]:
    """Provide a folder for servers, below a private one and awkwardly named.

    Args:
        tmp_path: Pytest's folder, which only its owner may enter.

    Yields:
        A folder that does not exist yet; what runs there is stopped afterwards.
    """
    chosen = tmp_path / "a path, with späces" / ".embedded"
    yield chosen
    servers.command(chosen, "stop", "--force")
    servers.kill(*servers.processes(chosen))


@pytest.fixture(scope="session")
def seed(tmp_path_factory: pytest.TempPathFactory) -> "Path":
    """Start and stop servers once, since first starts take long.

    Args:
        tmp_path_factory: Where to put them.

    Returns:
        A folder with data that nobody uses.
    """
    chosen = tmp_path_factory.mktemp("seed") / ".embedded"
    with User(chosen) as user:
        user.answer()
    servers.command(chosen, "stop")
    return chosen


@pytest.fixture(scope="session")
def shared(seed: "Path", tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    """Keep servers up for the tests that only look at them.

    Args:
        seed: What is copied.
        tmp_path_factory: Where to put it.

    Yields:
        The folder and its addresses.
    """
    chosen = tmp_path_factory.mktemp("shared") / ".embedded"
    copy(seed, chosen)
    with User(chosen) as user:
        yield Shared(chosen, user.answer())


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
    return new_folder


def copy(source: "Path", target: "Path") -> None:
    """Copy a folder with its owners, which shutil does not keep.

    Args:
        source: The folder.
        target: Its new path.
    """
    target.mkdir()
    for entry in source.iterdir():
        # Nobody writes to the programs, so links to them will do.
        how = "-al" if entry.name == "programs" else "-a"
        subprocess.run(["cp", how, entry, target], check=True)
