"""Turn a repository made with GitHub's "Use this template" into a project.

Renders the newest release of the template with answers from the repository's own name,
description and owner, and puts the project in place of the template's files. Commits
nothing.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import copier
from copier import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT: Final = Path(__file__).resolve().parents[1]
FORBIDDEN: Final = re.compile(r"[\"\\`$<>{}\[\]|*]")
NAME_LENGTH: Final = 80
DESCRIPTION_LENGTH: Final = 200
# The environment that ran this command has locked the template, not the project.
LEFT_BEHIND: Final = ("uv.lock",)


class BootstrapError(Exception):
    """A reason not to touch the repository."""


def git(root: Path, *arguments: str) -> str:
    """Run git.

    Args:
        root: Folder of the repository.
        *arguments: What to run.

    Raises:
        BootstrapError: If git refuses.

    Returns:
        What git printed.
    """
    command = ["git", *arguments]
    done = subprocess.run(
        command, cwd=root, check=False, capture_output=True, text=True
    )
    if done.returncode:
        message = f"git {arguments[0]} failed in {root}: {done.stderr.strip()}"
        raise BootstrapError(message)
    return done.stdout


def text(value: str, length: int) -> str:
    """Make an answer of a text that somebody typed at GitHub.

    Args:
        value: The text.
        length: What the question allows at most.

    Returns:
        The text without what the question refuses; it may be empty.
    """
    visible = "".join(sign if sign.isprintable() else " " for sign in value)
    words = FORBIDDEN.sub("", visible).split()
    return " ".join(words)[:length].strip()


def answers(repository: str, description: str) -> dict[str, str]:
    """Answer the template's questions for a repository.

    Args:
        repository: Owner and name, as in ``octocat/my-shop``.
        description: What its page says about it.

    Raises:
        BootstrapError: If the repository's name has another form.

    Returns:
        Answers that differ from the defaults.
    """
    owner, separator, name = repository.partition("/")
    if not (owner and separator and name) or "/" in name:
        message = f"--repository must be OWNER/NAME, not '{repository}'."
        raise BootstrapError(message)
    words = re.sub(r"[-_.]+", " ", name).split()
    chosen = {
        "project_name": text(
            " ".join(word[:1].upper() + word[1:] for word in words), NAME_LENGTH
        ),
        "project_description": text(description, DESCRIPTION_LENGTH),
        "user_name": owner,
        "user_email": f"{owner}@users.noreply.github.com",
    }
    return {question: answer for question, answer in chosen.items() if answer}


def identity(address: str) -> str:
    """Reduce the address of a repository to what all its forms share.

    Args:
        address: A URL, a short form such as ``gh:owner/name``, or a path.

    Returns:
        Its last two parts in lower case, ``owner/name``.
    """
    parts = re.split(r"[/:]", address.strip().removesuffix("/").removesuffix(".git"))
    return "/".join(parts[-2:]).lower()


def require_copy(root: Path, template: str, repository: str) -> None:
    """Refuse to work on anything but a fresh copy of the template.

    Args:
        root: Folder of the repository.
        template: Address of the template.
        repository: Owner and name of the repository.

    Raises:
        BootstrapError: If the folder is the template itself, a project already, or has
            uncommitted changes.
    """
    if not (root / "copier.yml").is_file():
        message = "There is no copier.yml here: this is a project already."
        raise BootstrapError(message)
    own = {repository.lower()} | {
        identity(git(root, "remote", "get-url", name))
        for name in git(root, "remote").split()
    }
    if identity(template) in own or git(root, "tag", "--list", "v[0-9]*"):
        message = (
            "This is the template itself, not a copy of it: bootstrap runs in a "
            'repository made with "Use this template".'
        )
        raise BootstrapError(message)
    if git(root, "status", "--porcelain"):
        message = "There are uncommitted changes; commit or discard them first."
        raise BootstrapError(message)


def listing(folder: Path) -> set[str]:
    """List the files of a folder.

    Args:
        folder: Where to look.

    Returns:
        Their paths inside it.
    """
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix() for path in found}


def replace(root: Path, project: Path) -> None:
    """Put a project in place of the template's files.

    Args:
        root: Folder of the repository.
        project: The rendered project.
    """
    tracked = [name for name in git(root, "ls-files", "-z").split("\0") if name]
    for name in (*tracked, *LEFT_BEHIND):
        path = root / name
        path.unlink(missing_ok=True)
        while path.parent != root:
            path = path.parent
            if not path.is_dir() or any(path.iterdir()):
                break
            path.rmdir()
    shutil.copytree(project, root, dirs_exist_ok=True)


def bootstrap(
    root: Path, template: str, chosen: dict[str, str], *, dry_run: bool
) -> list[str]:
    """Render the project and put it in place.

    Args:
        root: Folder of the repository.
        template: Address of the template.
        chosen: Answers that differ from the defaults.
        dry_run: Whether to leave the folder as it is.

    Raises:
        BootstrapError: If a file would be overwritten that no commit holds.

    Returns:
        What happened, or would, in lines.
    """
    with TemporaryDirectory() as scratch:
        project = Path(scratch, "project")
        copier.run_copy(
            template,
            project,
            data=chosen,
            # Not those of whoever runs this: they may hold other defaults.
            settings=Settings(),
            defaults=True,
            quiet=True,
            unsafe=False,
        )
        new = listing(project)
        old = set(git(root, "ls-files").splitlines())
        # Git, asked for changes, names no files that it is told to ignore.
        added = sorted(new - old - {*LEFT_BEHIND})
        if lost := [name for name in added if (root / name).exists()]:
            message = (
                f"It would overwrite your {', '.join(lost)}, and git, which ignores that, "
                "could not bring it back: move it away first."
            )
            raise BootstrapError(message)
        if not dry_run:
            replace(root, project)
    lines = [f"{question}: {answer}" for question, answer in chosen.items()]
    return [*lines, f"{len(old)} files of the template give way to {len(new)} files."]


def parser() -> argparse.ArgumentParser:
    """Describe the command line.

    Returns:
        Its parser.
    """
    command = argparse.ArgumentParser(
        prog="python -m maintenance.bootstrap",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument(
        "--template",
        required=True,
        metavar="ADDRESS",
        help="where updates will come from, such as gh:owner/name",
    )
    command.add_argument(
        "--repository",
        default=os.environ.get("GITHUB_REPOSITORY", ""),
        metavar="OWNER/NAME",
        help="this repository (default: $GITHUB_REPOSITORY)",
    )
    command.add_argument("--description", default="", help="what its page says")
    command.add_argument("--dry-run", action="store_true", help="change nothing")
    return command


def main(arguments: "Sequence[str] | None" = None, root: Path = ROOT) -> int:
    """Run the command.

    Args:
        arguments: Command line, without the program's name.
        root: Folder of the repository.

    Returns:
        Exit status: 1 if the repository is not one to work on.
    """
    options = parser().parse_args(arguments)
    try:
        chosen = answers(options.repository, options.description)
        require_copy(root, options.template, options.repository)
        lines = bootstrap(root, options.template, chosen, dry_run=options.dry_run)
    except (BootstrapError, copier.errors.CopierError) as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(lines))
    print("Nothing was changed." if options.dry_run else "Look at it, then commit.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
