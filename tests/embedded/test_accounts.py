"""Running as root and as an ordinary user."""

import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.embedded import servers
from tests.embedded.user import User

ORDINARY = "nobody"

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="Only root can change accounts.")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Provide a project's folder that an ordinary user owns and can reach.

    Yields:
        The folder of the servers in it, which does not exist yet.
    """
    entry = pwd.getpwnam(ORDINARY)
    project = Path(tempfile.mkdtemp(prefix="an ordinary project "))
    os.chown(project, entry.pw_uid, entry.pw_gid)
    chosen = project / ".embedded"
    yield chosen
    servers.command(chosen, "stop", "--force")
    servers.kill(*servers.processes(chosen))
    shutil.rmtree(project)


def test_postgres_never_runs_as_root(folder: "Path") -> None:
    """Below a folder that only its owner may enter, data belong to the server."""
    with User(folder) as user:
        got = user.answer()
        assert servers.answers(got.database_url, got.redis_url)
        (postgres,) = servers.find(folder, "bin/postgres")
        account = Path(f"/proc/{postgres}").stat().st_uid
        assert account != 0
        assert (folder / "postgres").stat().st_uid == account
        assert folder.parents[1].stat().st_mode & 0o077 == 0


@as_root
def test_an_ordinary_user_runs_the_servers(open_folder: Path) -> None:
    """Without root, servers and files belong to the user."""
    with User(open_folder, wrapper=ordinary()) as user:
        got = user.answer()
        assert servers.answers(got.database_url, got.redis_url)
        for pid in servers.processes(open_folder):
            assert Path(f"/proc/{pid}").stat().st_uid == pwd.getpwnam(ORDINARY).pw_uid
    assert servers.command(open_folder, "stop").returncode == 0
    assert not servers.processes(open_folder)


@as_root
def test_root_leaves_an_ordinary_users_project_usable(open_folder: Path) -> None:
    """What root starts there runs as the project's owner and belongs to it."""
    with User(open_folder) as root:
        before = root.answer()
        with User(open_folder, wrapper=ordinary()) as user:
            assert user.answer().database_url == before.database_url
    assert servers.command(open_folder, "stop").returncode == 0
    owner = pwd.getpwnam(ORDINARY).pw_uid
    foreign = [path for path in open_folder.rglob("*") if path.lstat().st_uid != owner]
    assert foreign == []
    with User(open_folder, wrapper=ordinary()) as user:
        assert user.answer().database_url == before.database_url


def ordinary() -> list[str]:
    """Spell how to start a program as an ordinary user.

    The interpreter of the tests may lie in root's home, so the user keeps the
    capability to search folders.

    Returns:
        The beginning of the command.
    """
    capability = "+dac_read_search"
    return [
        "setpriv",
        f"--reuid={ORDINARY}",
        "--regid=nogroup",
        "--clear-groups",
        "--securebits=+no_setuid_fixup",
        f"--inh-caps={capability}",
        f"--ambient-caps={capability}",
    ]
