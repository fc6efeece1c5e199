"""Coming back after something was killed."""

import shutil
from typing import TYPE_CHECKING

from tests.embedded import servers
from tests.embedded.user import User

if TYPE_CHECKING:
    from pathlib import Path


KEEPERS = 2  # the keeper itself and its stand-by


def test_killed_servers_come_back_with_data_under_the_same_addresses(
    folder: "Path",
) -> None:
    """A living user finds both servers again where they were."""
    with User(folder) as user:
        got = user.answer()
        servers.query(got.database_url, "CREATE TABLE kept AS SELECT 42 AS number")
        postgres = servers.find(folder, "bin/postgres")
        valkey = servers.find(folder, "valkey-server")
        servers.kill(*postgres, *valkey)
        assert servers.eventually(
            lambda: servers.answers(got.database_url, got.redis_url)
        )
        assert servers.find(folder, "bin/postgres") != postgres
        assert servers.find(folder, "valkey-server") != valkey
        assert servers.query(got.database_url, "TABLE kept") == [(42,)]


def test_a_killed_keeper_interrupts_nothing_and_is_replaced(folder: "Path") -> None:
    """The stand-by takes over the running servers, and still brings them back."""
    with User(folder) as user:
        got = user.answer()
        postgres = servers.find(folder, "bin/postgres")
        assert servers.eventually(lambda: is_kept(folder))
        for _ in range(2):
            kill_keeper(folder)
            assert servers.answers(got.database_url, got.redis_url)
            assert servers.eventually(lambda: is_kept(folder))
        assert servers.find(folder, "bin/postgres") == postgres
        servers.kill(*postgres)
        assert servers.eventually(
            lambda: servers.answers(got.database_url, got.redis_url)
        )
    assert servers.command(folder, "stop").returncode == 0
    assert not servers.processes(folder)


def test_a_killed_stand_by_is_replaced(folder: "Path") -> None:
    """There is always a second process to take over."""
    with User(folder) as user:
        user.answer()
        assert servers.eventually(lambda: is_kept(folder))
        killed = servers.find(folder, "--stand-by")
        servers.kill(*killed)
        assert servers.eventually(
            lambda: is_kept(folder) and servers.find(folder, "--stand-by") != killed
        )


def test_servers_without_any_keeper_are_taken_over(folder: "Path") -> None:
    """The next user starts a keeper that adopts what still runs."""
    with User(folder) as user:
        before = user.answer()
        postgres = servers.find(folder, "bin/postgres")
        servers.kill(*servers.find(folder, "django_strict.embedded.keeper"))
        with User(folder) as second:
            after = second.answer()
            assert after.database_url == before.database_url
            assert after.redis_url == before.redis_url
            assert servers.find(folder, "bin/postgres") == postgres
    assert servers.command(folder, "stop").returncode == 0
    assert not servers.processes(folder)


def test_servers_without_any_keeper_can_be_stopped(folder: "Path") -> None:
    """The command line ends what nobody keeps any more."""
    with User(folder) as user:
        user.answer()
        servers.kill(*servers.find(folder, "django_strict.embedded.keeper"))
        assert servers.command(folder, "stop", "--force").returncode == 0
        assert servers.eventually(lambda: not servers.processes(folder))


def test_after_everything_was_killed_the_next_start_has_the_data(
    folder: "Path",
) -> None:
    """A crash of the machine loses nothing that was committed."""
    with User(folder) as user:
        before = user.answer()
        servers.query(before.database_url, "CREATE TABLE kept AS SELECT 42 AS number")
        servers.kill(*servers.processes(folder))
        user.kill()
    with User(folder) as user:
        after = user.answer()
        assert after.database_url == before.database_url
        assert servers.query(after.database_url, "TABLE kept") == [(42,)]


def test_an_interrupted_first_start_is_begun_anew(new_folder: "Path") -> None:
    """Killed while it makes its data, the next start makes them again."""
    with User(new_folder) as user:
        assert servers.eventually((new_folder / "postgres.new").exists)
        servers.kill(*servers.processes(new_folder))
        user.kill()
    with User(new_folder) as user:
        got = user.answer()
        assert servers.answers(got.database_url, got.redis_url)
    assert not (new_folder / "postgres.new").exists()


def test_a_removed_folder_takes_its_servers_along(folder: "Path") -> None:
    """Removing the folder ends what ran there, and the next user starts afresh."""
    with User(folder) as user:
        before = user.answer()
        running = set(servers.processes(folder))
        # PostgreSQL may write a file while its folder is being emptied.
        shutil.rmtree(folder, ignore_errors=True)
        with User(folder) as second:
            after = second.answer()
            assert after.database_url != before.database_url
            assert servers.eventually(
                lambda: not running & set(servers.processes(folder))
            )
            assert servers.answers(after.database_url, after.redis_url)


def test_a_replaced_folder_takes_its_servers_along(folder: "Path") -> None:
    """A keeper recognises that another folder has taken the place of its own."""
    with User(folder) as user:
        before = user.answer()
        running = set(servers.processes(folder))
        folder.rename(folder.with_name("aside"))
        folder.mkdir()
        (folder / "keeper.lock").touch()
        assert servers.eventually(lambda: not running & set(servers.processes(folder)))
        with User(folder) as second:
            assert second.answer().database_url != before.database_url


def test_lost_passwords_are_replaced_without_losing_data(folder: "Path") -> None:
    """Without the file of ports and passwords the data is still used."""
    with User(folder) as user:
        before = user.answer()
        servers.query(before.database_url, "CREATE TABLE kept AS SELECT 42 AS number")
    assert servers.command(folder, "stop").returncode == 0
    (folder / "access.json").unlink()
    with User(folder) as user:
        after = user.answer()
        assert after.database_url != before.database_url
        assert servers.query(after.database_url, "TABLE kept") == [(42,)]


def kill_keeper(folder: "Path") -> None:
    """Kill the keeper and wait until another process has taken its place.

    Args:
        folder: The folder of the servers.
    """
    killed = servers.keeper(folder)
    servers.kill(killed)
    assert servers.eventually(lambda: servers.keeper(folder) != killed)


def is_kept(folder: "Path") -> bool:
    """Tell whether a keeper and its stand-by are at work.

    Args:
        folder: The folder of the servers.

    Returns:
        Whether both processes exist.
    """
    return len(servers.find(folder, "django_strict.embedded.keeper")) == KEEPERS
