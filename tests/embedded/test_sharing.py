"""One pair of servers for all processes, from the first to the last."""

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from tests.embedded import servers
from tests.embedded.user import User

if TYPE_CHECKING:
    from pathlib import Path

LONGER_THAN_GRACE_SECONDS = 3.0


def test_the_first_user_gets_servers_that_answer(new_folder: "Path") -> None:
    """Both servers answer as soon as the addresses are known."""
    with User(new_folder) as user:
        got = user.answer()
        assert servers.answers(got.database_url, got.redis_url)


def test_ten_that_start_at_once_share_one_pair(new_folder: "Path") -> None:
    """Of ten concurrent first users each gets the same addresses."""
    with ExitStack() as stack:
        users = [stack.enter_context(User(new_folder)) for _ in range(10)]
        answers = {(one.database_url, one.redis_url) for one in map(User.answer, users)}
        assert len(answers) == 1
        assert servers.answers(*answers.pop())
        assert len(servers.find(new_folder, "bin/postgres")) == 1
        assert len(servers.find(new_folder, "valkey-server")) == 1


def test_the_servers_stop_with_the_last_user(folder: "Path") -> None:
    """One of two users may end; after the other no process is left."""
    with User(folder) as last:
        got = last.answer()
        with User(folder) as first:
            first.answer()
        time.sleep(LONGER_THAN_GRACE_SECONDS)
        assert servers.answers(got.database_url, got.redis_url)
    assert servers.eventually(lambda: not servers.processes(folder))


def test_a_killed_user_counts_no_more(folder: "Path") -> None:
    """After `kill -9` of the only user no process is left."""
    with User(folder) as user:
        user.answer()
        user.kill()
    assert servers.eventually(lambda: not servers.processes(folder))


def test_a_forked_child_keeps_the_servers(folder: "Path") -> None:
    """The servers outlive the process that acquired them as long as its child."""
    with User(folder, fork=True) as user:
        got = user.answer()
        time.sleep(LONGER_THAN_GRACE_SECONDS)
        assert servers.answers(got.database_url, got.redis_url)
    assert servers.eventually(lambda: not servers.processes(folder))


def test_a_user_that_comes_while_the_servers_stop_gets_new_ones(
    folder: "Path",
) -> None:
    """Users that come and go around the end of the grace period are all served."""
    for pause in (2.0, 2.2):
        with User(folder) as user:
            got = user.answer()
            assert servers.answers(got.database_url, got.redis_url)
        time.sleep(pause)


def test_data_addresses_and_passwords_survive_a_stop(folder: "Path") -> None:
    """What was committed is there at the next start, under the same URL."""
    with User(folder) as user:
        before = user.answer()
        servers.query(before.database_url, "CREATE TABLE kept AS SELECT 42 AS number")
    assert servers.command(folder, "stop").returncode == 0
    with User(folder) as user:
        after = user.answer()
        assert after.database_url == before.database_url
        assert after.redis_url == before.redis_url
        assert servers.query(after.database_url, "TABLE kept") == [(42,)]
