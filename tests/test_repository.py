"""This repository meets its own standard."""

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
