"""Fixtures of the update tests."""

from itertools import pairwise

import pytest

from tests.update.updating import Outcome, Workshop, commit, edit
from tests.update.versions import PRESENT, Versions, build


@pytest.fixture(scope="session")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Versions:
    """Build the repository of all versions.

    Args:
        tmp_path_factory: Where to put it.

    Returns:
        The versions.
    """
    return build(tmp_path_factory.mktemp("versions"))


@pytest.fixture(scope="session")
def workshop(versions: Versions, tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """Prepare the place where projects are made.

    Args:
        versions: The template.
        tmp_path_factory: Where to put it.

    Returns:
        The workshop.
    """
    return Workshop(versions, tmp_path_factory.mktemp("projects"))


@pytest.fixture(scope="session")
def jumps(workshop: Workshop) -> dict[str, Outcome]:
    """Update living projects to the newest version at once.

    Args:
        workshop: Where to make the projects.

    Returns:
        The outcomes of the oldest version, of every release and of the working tree.
    """
    tags = workshop.versions.tags
    sources = dict.fromkeys([tags[0], *workshop.versions.released, PRESENT])
    return {
        tag: workshop.update(workshop.living(tag, f"jump-{tag}"), tags[-1])
        for tag in sources
    }


@pytest.fixture(scope="session")
def hops(workshop: Workshop) -> dict[str, Outcome]:
    """Let one project of the oldest version go through every version.

    Args:
        workshop: Where to make the project.

    Returns:
        The outcomes by the version that the project came from.
    """
    tags = workshop.versions.tags
    folder = workshop.living(tags[0], "hops")
    outcomes = {}
    for source, target in pairwise(tags):
        outcomes[source] = workshop.update(folder, target)
        resolve(workshop, outcomes[source], target)
    return outcomes


@pytest.fixture(scope="session")
def longest(workshop: Workshop, jumps: dict[str, Outcome]) -> Outcome:
    """Take the jump from the oldest version, with its conflicts resolved.

    Args:
        workshop: Where the project was made.
        jumps: All jumps.

    Returns:
        The outcome; its folder is committed.
    """
    tags = workshop.versions.tags
    resolve(workshop, jumps[tags[0]], tags[-1])
    return jumps[tags[0]]


def resolve(workshop: Workshop, outcome: Outcome, tag: str) -> None:
    """Resolve conflicts as a user would: take the new text, make the own change again.

    Args:
        workshop: Where the project was made.
        outcome: The update.
        tag: The version it went to.
    """
    if outcome.marked:
        redone = workshop.folder / f"redone-{outcome.folder.parent.name}-{tag}"
        edit(workshop.render(tag, redone))
        for name in outcome.marked:
            (outcome.folder / name).write_bytes((redone / name).read_bytes())
    commit(outcome.folder)
