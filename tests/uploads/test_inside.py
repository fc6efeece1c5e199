"""Uploads of a rendered project lie in a bucket of a real S3 server."""

import re
import shutil
from typing import TYPE_CHECKING, Final

from tests.helpers.project import Project
from tests.helpers.rendering import render
from tests.helpers.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

# The server is a small one, and no stand-in: it judges signatures and when they end.
WITH: Final = ("--with", "django-storages[s3]", "--with", "nanio>=0.1.7")


def test_uploads_lie_in_a_bucket(
    clone: "Path", environment_folder: "Path", tmp_path: "Path"
) -> None:
    """The app that `startapp --upload` writes needs nothing but the variable."""
    project = Project(render(clone, {}, tmp_path / "project"), environment_folder)
    project.commit()
    project.run("uv", "run", "poe", "startapp", "attachments", "--upload")
    target = project.folder / "tests" / "uploads"
    shutil.copytree(ROOT / "tests" / "uploads" / "inside", target)
    output = project.run(
        "uv", "run", *WITH, "pytest", "-q", "--no-cov", "tests/uploads"
    )
    assert " passed" in output
    assert not re.search(r"\d skipped", output)
