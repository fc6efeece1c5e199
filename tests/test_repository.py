"""This repository meets its own standard."""

import re
import subprocess

import pytest

from tests.helpers.repository import ROOT


def test_the_repository_passes_its_own_gate() -> None:
    """Its extensions and tests are linted, formatted, typed and documented."""
    done = subprocess.run(
        ["uv", "run", "poe", "check"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", ["README.md", "docs/security.md"])
def test_every_test_that_a_page_names_exists(page: str) -> None:
    """A row of a table is held by a test, not by a wish."""
    path = ROOT / page
    named = re.findall(r"\[`(test_\w+)`\]\((\S+?)\)", path.read_text("utf-8"))
    assert named
    for test, target in named:
        file = path.parent / target
        assert f"def {test}(" in file.read_text("utf-8"), test
