"""The template as it lies in the working tree."""

import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).resolve().parents[2]
TEMPLATE: Final = ROOT / "template"
PACKAGES: Final = ROOT / "packages"


def git(folder: Path, *arguments: str) -> str:
    """Run git, independent of the configuration of whoever runs the tests.

    Args:
        folder: Where to run it.
        *arguments: What to run.

    Returns:
        What git printed.
    """
    identity = ["-c", "user.name=Tests", "-c", "user.email=tests@example.com"]
    signing = ["-c", "commit.gpgsign=false", "-c", "tag.gpgsign=false"]
    done = subprocess.run(
        ["git", *identity, *signing, *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


def working_files() -> list[Path]:
    """List the files a commit of everything would hold.

    Returns:
        Paths relative to the root: tracked and new ones, without ignored or deleted.
    """
    listed = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    paths = [Path(name) for name in listed.split("\0") if name]
    return sorted(path for path in set(paths) if (ROOT / path).is_file())


def tagged_clone(folder: Path) -> Path:
    """Commit the working tree to a repository of its own, with a release tag.

    Copier renders the newest tag of a repository, so uncommitted work would otherwise
    go untested.

    Args:
        folder: Where to create the repository.

    Returns:
        The same folder.
    """
    for path in working_files():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, target)
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=Working tree")
    git(folder, "tag", "v0.0.1")
    return folder


def configuration() -> dict[str, Any]:
    """Read ``copier.yml``.

    Returns:
        Its content, settings and questions alike.
    """
    content: dict[str, Any] = yaml.safe_load((ROOT / "copier.yml").read_text())
    return content


def questions() -> dict[str, dict[str, Any]]:
    """Read the questions of ``copier.yml``.

    Returns:
        Their definitions by name, in the order of asking.
    """
    return {
        name: definition
        for name, definition in configuration().items()
        if not name.startswith("_")
    }
