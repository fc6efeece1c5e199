"""This repository meets its own standard."""

import re
import subprocess

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


def test_every_test_that_the_readme_names_exists() -> None:
    """A row of the feature table is held by a test, not by a wish."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"\[`(test_\w+)`\]\((\S+?)\)", readme)
    assert named
    for test, path in named:
        assert f"def {test}(" in (ROOT / path).read_text(encoding="utf-8"), test
