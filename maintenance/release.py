"""Tag a release, or say why it is not ready."""

import argparse
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from extensions.pages import render_pages, stale_pages
from extensions.records import ROOT
from maintenance import changelog

if TYPE_CHECKING:
    from collections.abc import Sequence

VERSION: Final = re.compile(r"\d+\.\d+\.\d+")
CONFORMANCE: Final = Path("docs", "conformance.md")
UPDATES: Final = Path("docs", "updates.md")


def git(root: Path, *arguments: str) -> str:
    """Run git.

    Args:
        root: Folder of the repository.
        *arguments: What to run.

    Returns:
        What git printed.
    """
    command = ["git", *arguments]
    done = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True)
    return done.stdout


def complaints(root: Path, version: str) -> list[str]:
    """Judge whether the files of the repository agree on a version.

    Args:
        root: Folder of the repository.
        version: The version to release.

    Returns:
        What is wrong, one sentence each.
    """
    if not VERSION.fullmatch(version):
        return [f"{version} is no version; write three numbers such as 1.4.0."]
    sentences = changelog.complaints((root / "CHANGELOG.md").read_text(), version)
    declared = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    if declared["version"] != version:
        sentences.append(f"pyproject.toml: the version is {declared['version']}.")
    for package in sorted(root.glob("packages/*/pyproject.toml")):
        # Locks of projects know a wheel by its version.
        built = tomllib.loads(package.read_text())["project"]["version"]
        if built != version:
            name = package.relative_to(root)
            sentences.append(
                f"{name}: the version is {built}; then: uv run poe packages"
            )
    sentences += [
        f"{path.relative_to(root)} is out of date; write it again with: uv run poe fix"
        for path in stale_pages(render_pages(root))
    ]
    conformance = root / CONFORMANCE
    if not conformance.is_file():
        sentences.append(f"{CONFORMANCE} is missing.")
    elif f"django-strict {version}" not in conformance.read_text("utf-8"):
        sentences.append(f"{CONFORMANCE} does not speak of django-strict {version}.")
    if f"\n| {version} |" not in (root / UPDATES).read_text("utf-8"):
        sentences.append(f"{UPDATES} has no row for {version}: uv run poe update-table")
    return sentences


def obstacles(root: Path, version: str) -> list[str]:
    """Judge whether the repository can be tagged now.

    Args:
        root: Folder of the repository.
        version: The version to release.

    Returns:
        What is in the way, one sentence each.
    """
    sentences = []
    if git(root, "status", "--porcelain"):
        sentences.append("There are uncommitted changes; commit them first.")
    if git(root, "tag", "--list", f"v{version}"):
        sentences.append(f"The tag v{version} is there already.")
    return sentences


def main(arguments: "Sequence[str] | None" = None, root: Path = ROOT) -> int:
    """Check a version, and tag it.

    Args:
        arguments: Command line, without the program's name.
        root: Folder of the repository.

    Returns:
        Exit status: 1 if the version is not ready.
    """
    parser = argparse.ArgumentParser(prog="poe release", description=__doc__)
    parser.add_argument("version", metavar="X.Y.Z", help="the version, without a v")
    parser.add_argument(
        "--check", action="store_true", help="only check; the tag may be there already"
    )
    parser.add_argument(
        "--notes", type=Path, metavar="FILE", help="write the release notes there"
    )
    options = parser.parse_args(arguments)
    found = complaints(root, options.version)
    if not options.check:
        found += obstacles(root, options.version)
    if found:
        print("\n".join(found))
        return 1
    if options.notes:
        (notes,) = (
            section.text
            for section in changelog.sections((root / "CHANGELOG.md").read_text())
            if section.version == options.version
        )
        options.notes.write_text(notes + "\n", "utf-8")
    if options.check:
        print(f"{options.version} is ready.")
        return 0
    tag = f"v{options.version}"
    git(root, "tag", "--annotate", tag, f"--message={tag}")
    print(f"Tagged {tag}. Publish it with: git push origin main {tag}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
