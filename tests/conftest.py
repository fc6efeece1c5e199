"""Fixtures of all tests."""

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, override

import pytest
from xdist.scheduler.loadscope import LoadScopeScheduling

from django_strict.servers import ServersError, stop
from tests.helpers.project import Project
from tests.helpers.rendering import render
from tests.helpers.repository import tagged_clone

if TYPE_CHECKING:
    from pathlib import Path

    from xdist.remote import Producer

    from tests.helpers.rendering import Answer


@pytest.fixture(scope="session", autouse=True)
def stopped_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Stop the development servers of all projects when the tests are over.

    Args:
        tmp_path_factory: Where the projects are.

    Yields:
        Nothing.
    """
    yield
    for depth in range(1, 5):
        for folder in tmp_path_factory.getbasetemp().glob("*/" * depth + ".embedded"):
            with suppress(ServersError):
                stop(folder)


@pytest.fixture(scope="session")
def clone(tmp_path_factory: pytest.TempPathFactory) -> "Path":
    """Commit the working tree to a tagged clone.

    Args:
        tmp_path_factory: Where to put it.

    Returns:
        The clone's folder.
    """
    return tagged_clone(tmp_path_factory.mktemp("clone"))


@pytest.fixture(scope="session")
def rendered(clone: "Path", tmp_path_factory: pytest.TempPathFactory) -> "Path":
    """Render the project of the default answers, to be read only.

    Args:
        clone: The template.
        tmp_path_factory: Where to put it.

    Returns:
        The project's folder.
    """
    return render(clone, {}, tmp_path_factory.mktemp("rendered") / "project")


@pytest.fixture(scope="session")
def environment_folder(tmp_path_factory: pytest.TempPathFactory) -> "Path":
    """Choose the virtual environment that all rendered projects share.

    Their dependencies are equal whatever the answers, and uv makes sure of it.

    Args:
        tmp_path_factory: Where to put it.

    Returns:
        A folder that uv fills.
    """
    return tmp_path_factory.mktemp("environment") / "venv"


@pytest.fixture(scope="session")
def project(
    clone: "Path", environment_folder: "Path", tmp_path_factory: pytest.TempPathFactory
) -> Project:
    """Render the default project into a path with a space, ready to run.

    Args:
        clone: The template.
        environment_folder: Its virtual environment.
        tmp_path_factory: Where to put it.

    Returns:
        The project.
    """
    folder = tmp_path_factory.mktemp("a path with spaces") / "my project"
    return Project(render(clone, {}, folder), environment_folder).commit()


@pytest.fixture(scope="module")
def answers() -> "dict[str, Answer]":
    """Return what the project of a module is rendered with, where that says otherwise."""
    return {}


@pytest.fixture(scope="module")
def own(
    clone: "Path",
    environment_folder: "Path",
    answers: "dict[str, Answer]",
    tmp_path_factory: pytest.TempPathFactory,
) -> Project:
    """Render a project that the tests of a module may change.

    Args:
        clone: The template.
        environment_folder: Its virtual environment.
        answers: To the template's questions.
        tmp_path_factory: Where to put it.

    Returns:
        The project.
    """
    folder = tmp_path_factory.mktemp("own") / "my project"
    return Project(render(clone, answers, folder), environment_folder).commit()


class FolderScheduling(LoadScopeScheduling):
    """Hands out whole folders: their tests share projects and stacks."""

    @override
    def _split_scope(self, nodeid: str) -> str:
        """Name what must run in one process.

        Args:
            nodeid: A test.

        Returns:
            Its folder.
        """
        return nodeid.partition("::")[0].rpartition("/")[0]


def pytest_xdist_make_scheduler(
    config: pytest.Config, log: "Producer"
) -> FolderScheduling:
    """Share the tests out by folder.

    Args:
        config: pytest's configuration.
        log: Where xdist writes what it does.

    Returns:
        The scheduler.
    """
    return FolderScheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the stack, which takes longest, so that nobody waits for it alone.

    Args:
        items: All tests.
    """
    items.sort(key=lambda item: item.get_closest_marker("docker") is None)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Keep tests marked ``docker`` for machines with an engine.

    Args:
        item: The test about to run.
    """
    if item.get_closest_marker("docker") is None:
        return
    from tests.helpers.docker import engine_answers  # noqa: PLC0415

    if engine_answers():
        return
    sentence = "No Docker engine answers; start one to run this test."
    if os.environ.get("CI") == "true":
        pytest.fail(sentence)
    pytest.skip(sentence)
