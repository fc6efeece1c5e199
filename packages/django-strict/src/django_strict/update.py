"""Bring the template's improvements into this project and say what is left to do."""

import argparse
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from django_strict.project import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence


ANSWERS: Final = ROOT / ".copier-answers.yml"
NOTES: Final = "CHANGELOG.md"
# Short forms of Copier, as git knows them.
HOSTS: Final = {"gh:": "https://github.com/", "gl:": "https://gitlab.com/"}
WORKFLOWS: Final = ".github/workflows"
GIT: Final = ("git",)
# Lies in git's own folder while Copier works, and stays where that fails in the middle.
MARK: Final = "django-strict-update"
GATE: Final = ("uv", "run", "poe", "check")
OPENAPI: Final = ("uv", "run", "poe", "openapi")
# The wheels of two templates may have one version, and uv believes the lock and its cache.
WHEELS: Final = ("django-strict", "django-strict-asgi")
LOCK: Final = (
    *("uv", "lock", "--quiet"),
    *(f"--upgrade-package={name}" for name in WHEELS),
    *(f"--refresh-package={name}" for name in WHEELS),
)
# One version, and none of its dependencies younger than a week: what is wrong with a
# release is mostly found by then.
COPIER: Final = (
    *("uvx", "--exclude-newer", "7 days"),
    *("--from", "copier==9.19.1", "copier"),
)
LAST_CHARACTERS: Final = 4000
UPDATE_AVAILABLE: Final = 2


@dataclass(frozen=True, slots=True)
class Update:
    """What an update did.

    Attributes:
        before: Version of the template that the project had.
        after: Version that it has now.
        conflicts: Files in which both sides changed the same lines, now marked there.
        workflows: Files of GitHub's workflows that changed.
        notes: What the changelog says about the versions in between.
    """

    before: str
    after: str
    conflicts: tuple[str, ...]
    workflows: tuple[str, ...]
    notes: str


def recorded(name: str) -> str:
    """Read what Copier noted about the template.

    Args:
        name: ``_commit`` or ``_src_path``.

    Returns:
        The tag, or the address; "unknown" if it is not there.
    """
    found = re.search(rf"^{name}: (.+)$", ANSWERS.read_text("utf-8"), re.MULTILINE)
    return found[1].strip("'\"") if found else "unknown"


def notes(before: str, after: str) -> str:
    """Read what the template's changelog says about the versions in between.

    Args:
        before: Version of the template that the project had.
        after: Version that it has now.

    Returns:
        The lines that came in; where to read them if git cannot tell.
    """
    source = recorded("_src_path").removeprefix("git+")
    for short, host in HOSTS.items():
        if source.startswith(short):
            source = host + source.removeprefix(short)
    plain = ("--no-ext-diff", "--no-textconv", "--no-color")
    with TemporaryDirectory() as clone:
        try:
            git("clone", "--quiet", "--bare", "--filter=blob:none", "--", source, clone)
            between = ("--unified=0", before, after, "--", NOTES)
            lines = git("-C", clone, "diff", *plain, *between)
        except subprocess.CalledProcessError as error:
            print(error.stderr, file=sys.stderr)
            return f"They stand in {NOTES} of {source}."
    return "\n".join(line[1:] for line in lines if re.match(r"\+(?!\+\+ )", line))


def git(*arguments: str) -> list[str]:
    """Ask git about the project.

    Args:
        *arguments: A command of git that changes nothing in it.

    Raises:
        subprocess.CalledProcessError: If git refuses.

    Returns:
        The lines of its answer.
    """
    done = subprocess.run(
        (*GIT, *arguments), cwd=ROOT, check=True, capture_output=True, text=True
    )
    return done.stdout.splitlines()


def check(options: "Sequence[str]") -> int:
    """Look for a newer version of the template.

    Args:
        options: Further options for ``copier check-update``.

    Returns:
        Exit status: 0 if the project is up to date, 2 if not, 1 if nobody knows.
    """
    command = (*COPIER, "check-update", "--output-format", "json", *options)
    done = subprocess.run(
        command, cwd=ROOT, check=False, stdout=subprocess.PIPE, text=True
    )
    if done.returncode:
        return 1
    found = json.loads(done.stdout)
    if not found["update_available"]:
        print(f"{found['current_version']} is the newest version.")
        return 0
    print(f"{found['latest_version']} is out; `uv run poe update` brings it in.")
    return UPDATE_AVAILABLE


def listed(*options: str) -> list[str]:
    """Ask git for files below the project.

    Args:
        *options: Which ones.

    Returns:
        What it lists, with its marks; nothing where there is no git, as Copier will say.
    """
    command = (*GIT, "ls-files", "-z", *options)
    done = subprocess.run(
        command, cwd=ROOT, check=False, capture_output=True, text=True
    )
    return done.stdout.split("\0")[:-1]


def unseen() -> list[str]:
    """Find what Copier would overwrite although it asks git for changes first.

    Returns:
        Files that git does not know, whether or not its status is told to show them, and
        those whose changes it was told to overlook (assume-unchanged, skip-worktree).
    """
    new = listed(
        "--others", "--exclude-standard", "--directory", "--no-empty-directory"
    )
    flagged = (it[2:] for it in listed("-v") if it[0] == "S" or it[0].islower())
    return new + [name for name in flagged if (ROOT / name).exists()]


def ignored() -> list[str]:
    """Name what git ignores, and no commit could bring back.

    Returns:
        Patterns of Copier's, which are templates first: hence no odd characters.
    """
    found = listed("--others", "--ignored", "--exclude-standard", "--directory")
    return [re.sub(r"[^\w./-]", "?", f"/{name}", flags=re.ASCII) for name in found]


def broke_off(marked: str) -> str:
    """Look for what an update has left that was killed: the template's files as they are.

    Args:
        marked: The commit that it began from.

    Returns:
        A sentence that says what to do; empty where nothing is left.
    """
    if git("status", "--porcelain"):
        return (
            "The last update broke off, and files of the template lie here without what you "
            "had changed in them. `git add -A && git stash` puts them away and brings your "
            "last commit back; then again: uv run poe update"
        )
    if git("diff", "--name-only", marked, "HEAD", "--", str(ANSWERS)):
        return (
            f"The last update broke off, and what it left was committed since. `git diff "
            f"{marked} HEAD` shows what of yours is gone, `git checkout {marked} -- FILE` "
            'brings a file back. When all is there: rm "$(git rev-parse --git-path '
            f'{MARK})"'
        )
    return ""


def update(options: "Sequence[str]") -> Update | None:
    """Let Copier merge the newest version into the project.

    Args:
        options: Further options for ``copier update``.

    Returns:
        What happened; None if Copier refused, having said why.
    """
    try:
        path, head = git("rev-parse", "--git-path", MARK, "HEAD")
    except (
        subprocess.CalledProcessError
    ):  # no commit to come back to, as Copier will say
        path, head = MARK, ""
    mark = ROOT / path
    if mark.is_file() and (problem := broke_off(mark.read_text("utf-8"))):
        print(problem, file=sys.stderr)
        return None
    if hidden := unseen():
        print(
            f"No commit holds your {', '.join(hidden)}, and an update might overwrite that. "
            "Commit it, or move it away; where git was told to overlook a file: git "
            "update-index --no-skip-worktree --no-assume-unchanged FILE",
            file=sys.stderr,
        )
        return None
    # Over changes Copier does not begin.
    begins = bool(head) and not git("status", "--porcelain")
    if begins:
        mark.write_text(head, "utf-8")
    before = recorded("_commit")
    kept = (f"--skip={pattern}" for pattern in ignored())
    command = (*COPIER, "update", "--defaults", *kept, *options)
    # Copier talks to the person at the terminal by itself.
    done = subprocess.run(command, cwd=ROOT, check=False)
    if done.returncode:
        if begins and (problem := broke_off(head)):
            print(problem, file=sys.stderr)
        elif begins:
            mark.unlink()
        return None
    mark.unlink(missing_ok=True)
    changed = git("status", "--porcelain", "--untracked-files=all", "--", WORKFLOWS)
    after = recorded("_commit")
    return Update(
        before=before,
        after=after,
        conflicts=tuple(git("diff", "--name-only", "--diff-filter=U")),
        workflows=tuple(line[3:] for line in changed),
        notes=notes(before, after).strip() or "None.",
    )


def relock() -> None:
    """Lock the template's wheels as they are now; other packages keep their versions."""
    if (ROOT / "uv.lock").is_file():
        subprocess.run(LOCK, cwd=ROOT, check=False)


def describe() -> None:
    """Write ``openapi.yaml`` again: it describes the project's own API and the template's.

    A project that cannot be loaded keeps the file it has; the gate says what is wrong.
    """
    subprocess.run(OPENAPI, cwd=ROOT, check=False, stdout=subprocess.DEVNULL)


def judge() -> tuple[bool, str]:
    """Run the project's gate.

    Returns:
        Whether it passed, and the end of what it printed.
    """
    done = subprocess.run(
        GATE,
        cwd=ROOT,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.returncode == 0, done.stdout[-LAST_CHARACTERS:]


def summary(done: Update) -> str:
    """Say at the terminal what happened.

    Args:
        done: The update.

    Returns:
        Lines to print.
    """
    what = f"What the template's {NOTES} says about it:\n\n{done.notes}\n\n"
    if not done.conflicts:
        return f"{what}Updated from {done.before} to {done.after} without a conflict."
    files = "\n".join(f"    {name}" for name in done.conflicts)
    return (
        f"{what}Updated from {done.before} to {done.after}. Both sides changed the same lines "
        f"in:\n\n{files}\n\nEdit what is marked with <<<<<<< there, then `git add` it."
        + (f" Then: {' '.join(LOCK)}" if "pyproject.toml" in done.conflicts else "")
    )


def report(done: Update, gate: tuple[bool, str]) -> str:
    """Describe the update for a pull request.

    Args:
        done: The update.
        gate: What the gate said.

    Returns:
        Markdown.
    """
    passed, output = gate
    conflicts = "\n".join(f"- `{name}`" for name in done.conflicts) or "None."
    verdict = "Passed." if passed else f"Failed:\n\n````text\n{output}\n````"
    workflows = (
        "\nFiles of the workflows change; only a person, or a token that may write "
        "workflows, can push them.\n"
        if done.workflows
        else ""
    )
    return (
        f"The template went from {done.before} to {done.after}.\n{workflows}\n"
        f"## Release notes\n\n{done.notes}\n\n"
        f"## Conflicts\n\n{conflicts}\n\n## Gate\n\n{verdict}\n"
    )


def main(arguments: "Sequence[str] | None" = None) -> int:
    """Update the project, or look whether there is something to update to.

    Args:
        arguments: Command line, without the program's name.

    Returns:
        Exit status: 1 if Copier refused, or if conflicts are left that no report names;
        with ``--check`` 2 if there is a newer version.
    """
    parser = argparse.ArgumentParser(
        prog="poe update",
        description=__doc__,
        epilog="Everything else goes to `copier update`, for instance "
        "`--data license=ISC` to change an answer or `--vcs-ref v1.2.3`.",
    )
    parser.add_argument(
        "--check", action="store_true", help="only look for a newer version"
    )
    parser.add_argument(
        "--report",
        type=Path,
        metavar="FILE",
        help="run the gate too and describe the update in Markdown",
    )
    options, rest = parser.parse_known_args(arguments)
    if options.report and options.report.exists():
        parser.error(f"{options.report} exists already; name another file")
    if options.check:
        return check(rest)
    done = update(rest)
    if done is None:
        return 1
    if "pyproject.toml" not in done.conflicts:
        relock()
    if not done.conflicts:
        describe()
    if options.report:
        options.report.write_text(report(done, judge()), "utf-8")
    print(summary(done))
    return 1 if done.conflicts and not options.report else 0


if __name__ == "__main__":
    sys.exit(main())
