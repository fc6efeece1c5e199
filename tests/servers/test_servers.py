"""Starting, stopping and coming back."""

import fcntl
import json
import shutil
import socket
import socketserver
import subprocess
import threading
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import pytest
import redis

from django_strict.servers import Addresses
from tests.servers.conftest import copy
from tests.servers.helpers import (
    answers,
    command,
    credentials,
    eventually,
    is_over,
    kill,
    pids,
    query,
    spelled,
    started,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEEP: Final = "CREATE TABLE kept AS SELECT 42 AS number"


def test_ten_first_starts_at_once_share_one_pair(new_folder: "Path") -> None:
    """All get the same addresses."""
    argv = spelled(new_folder, "start", "--show-passwords")
    starts = [subprocess.Popen(argv, stdout=subprocess.PIPE) for _ in range(10)]
    outputs = {start.communicate()[0] for start in starts}
    assert {start.returncode for start in starts} == {0}
    assert len(outputs) == 1
    assert answers(new_folder)


def test_a_start_that_takes_long_says_what_it_does(folder: "Path") -> None:
    """Whoever waits for another start reads a line while waiting."""
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        start = subprocess.Popen(
            spelled(folder, "start"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert start.stderr
        assert start.stderr.readline() == b"Setting up PostgreSQL and Valkey ...\n"
    start.communicate()
    assert start.returncode == 0


def test_a_start_that_is_quick_says_nothing(shared: "Path") -> None:
    """Standard error stays empty where nobody has to wait."""
    started(shared)
    assert command(shared, "start").stderr == ""


def test_data_and_addresses_survive_a_stop(folder: "Path") -> None:
    """Stopped, both processes are gone; started, the table is there."""
    before = started(folder)
    query(before, KEEP)
    processes = pids(folder)
    assert command(folder, "stop").returncode == 0
    assert eventually(lambda: all(map(is_over, processes)))
    assert command(folder, "status").returncode == 3
    assert started(folder) == before
    assert query(before, "TABLE kept") == [(42,)]


def test_killed_servers_come_back_with_their_data(folder: "Path") -> None:
    """A crash loses nothing that was committed, and the addresses stay."""
    before = started(folder)
    query(before, KEEP)
    kill(*pids(folder))
    assert started(folder) == before
    assert query(before, "TABLE kept") == [(42,)]
    assert answers(folder)


def test_another_process_with_the_number_of_a_killed_one_is_no_server(
    folder: "Path",
) -> None:
    """After a restart of the machine a foreign process may have it."""
    url = started(folder)
    query(url, KEEP)
    kill(*pids(folder))
    pid_file = folder / "postgres" / "postmaster.pid"
    lines = pid_file.read_text("utf-8").split("\n")
    owner = (folder / "postgres").stat()
    with subprocess.Popen(
        ["sleep", "100"], user=owner.st_uid, group=owner.st_gid, extra_groups=()
    ) as foreign:
        pid_file.write_text("\n".join([str(foreign.pid), *lines[1:]]), encoding="utf-8")
        assert started(folder) == url
        assert query(url, "TABLE kept") == [(42,)]
        assert foreign.poll() is None
        foreign.kill()


def test_an_interrupted_initdb_is_begun_again(new_folder: "Path") -> None:
    """The next start waits for what the killed one left running, then begins again."""
    with subprocess.Popen(
        spelled(new_folder, "start"), stdout=subprocess.DEVNULL
    ) as first:
        assert eventually((new_folder / "postgres.new" / "base").exists)
        first.kill()
    started(new_folder)
    assert answers(new_folder)
    assert not (new_folder / "postgres.new").exists()


@contextmanager
def listening(port: int, answer: bytes) -> "Iterator[None]":
    """Listen at a port, and answer always the same."""

    class Stranger(socketserver.BaseRequestHandler):
        """Another program."""

        def handle(self) -> None:
            """Answer."""
            self.request.recv(1000)
            self.request.sendall(answer)

    socketserver.TCPServer.allow_reuse_address = True
    with socketserver.TCPServer(("127.0.0.1", port), Stranger) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield
        server.shutdown()


def test_strangers_on_the_saved_ports_are_left_alone(folder: "Path") -> None:
    """Other ports are chosen; a program that agrees to everything is not ours."""
    before = credentials(folder)
    with (
        listening(before.postgres_port, b""),
        listening(before.valkey_port, b"+OK\r\n+PONG\r\n+OK\r\n"),
    ):
        started(folder)
        after = credentials(folder)
        assert after.postgres_port != before.postgres_port
        assert after.valkey_port != before.valkey_port
        assert answers(folder)


def test_a_redis_without_a_password_on_the_saved_port_is_not_ours(
    folder: "Path", shared: "Path"
) -> None:
    """It would take any password, and holds somebody's data."""
    started(shared)
    stranger = credentials(shared)
    with redis.Redis.from_url(stranger.addresses().redis_url) as client:
        client.config_set("requirepass", "")
        try:
            path = folder / "access.json"
            saved = json.loads(path.read_text("utf-8"))
            saved["valkey_port"] = stranger.valkey_port
            path.write_text(json.dumps(saved), encoding="utf-8")
            started(folder)
        finally:
            client.config_set("requirepass", stranger.valkey_password)
    assert credentials(folder).valkey_port != stranger.valkey_port
    assert answers(folder)


def test_a_copied_folder_has_servers_of_its_own(
    new_folder: "Path", seed: "Path", shared: "Path"
) -> None:
    """It begins with the ports and passwords of another one that runs."""
    started(shared)
    new_folder.parent.mkdir()
    copy(seed, new_folder)
    started(new_folder)
    assert not set(pids(new_folder)) & set(pids(shared))
    assert answers(new_folder)
    assert answers(shared)


def test_a_moved_folder_still_works(folder: "Path") -> None:
    """Nothing in it depends on where it lies, running or not."""
    url = started(folder)
    query(url, KEEP)
    moved = folder.rename(folder.with_name("moved"))
    try:
        assert started(moved) == url
        command(moved, "stop", check=True)
        assert started(moved) == url
        assert query(url, "TABLE kept") == [(42,)]
    finally:
        command(moved, "stop")


def test_variables_of_the_caller_do_not_matter(folder: "Path") -> None:
    """Somebody's PGDATA or PGPORT means another server."""
    url = started(folder, PGDATA="/nowhere", PGPORT="1", PGUSER="me", LC_ALL="xx_XX")
    assert query(url, "SELECT 1") == [(1,)]


def test_lost_passwords_are_replaced_without_losing_data(folder: "Path") -> None:
    """Even while the servers run, the file can be removed or damaged."""
    before = started(folder)
    query(before, KEEP)
    (folder / "access.json").write_text("{", encoding="utf-8")
    after = started(folder)
    assert urlsplit(after).password != urlsplit(before).password
    assert query(after, "TABLE kept") == [(42,)]


def test_data_of_another_release_are_refused_with_a_way_to_keep_them(
    folder: "Path",
) -> None:
    """Only here removing data is an advice, since they are the cause."""
    (folder / "postgres" / "PG_VERSION").write_text("15\n", encoding="utf-8")
    complaint = command(folder, "start").stderr
    assert "PostgreSQL 15 wrote the data" in complaint
    assert "pg_dump" in complaint
    (folder / "postgres" / "PG_VERSION").write_text("16\n", encoding="utf-8")


def test_a_server_that_does_not_start_shows_its_log(folder: "Path") -> None:
    """The reason is in the message, and no advice to remove anything."""
    (folder / "postgres" / "postgresql.conf").write_text("nonsense = 1\n", "utf-8")
    complaint = command(folder, "start").stderr
    assert "nonsense" in complaint
    assert "DATABASE_URL" in complaint
    assert "remove" not in complaint


def test_a_second_start_does_not_disturb_the_first(shared: "Path") -> None:
    """It finds the processes and starts none."""
    started(shared)
    before = pids(shared)
    started(shared)
    assert pids(shared) == before


def test_status_starts_nothing(new_folder: "Path") -> None:
    """Nor does it make the folder, nor do help and stop."""
    assert command(new_folder, "status").returncode == 3
    assert command(new_folder, "stop").returncode == 0
    assert "status" in command(new_folder, "--help").stdout
    assert not new_folder.exists()


def test_passwords_are_shown_on_demand_only(shared: "Path") -> None:
    """A terminal's history, a log and a traceback know none."""
    started(shared)
    known = credentials(shared)
    addresses = known.addresses()
    public = [repr(addresses), command(shared, "status").stdout]
    public += [log.read_text("utf-8") for log in shared.glob("*/*.log")]
    processes = subprocess.run(
        ["ps", "-ww", "-eo", "args"], capture_output=True, text=True, check=True
    )
    public.append(processes.stdout)
    for secret in (known.postgres_password, known.valkey_password):
        assert not any(secret in text for text in public)
    assert (shared / "access.json").stat().st_mode & 0o077 == 0
    assert repr(addresses) == f"{Addresses.__name__}()"


def test_the_role_makes_databases_and_is_no_superuser(shared: "Path") -> None:
    """Django's tests can work, and nobody reads files through SQL."""
    url = started(shared)
    rights = "SELECT rolcreatedb, rolsuper FROM pg_roles WHERE rolname = 'app'"
    owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'app'"
    assert query(url, rights) == [(True, False)]
    assert query(url, owner) == [("app",)]
    with pytest.raises(Exception, match=r"pg_hba\.conf"):
        query(url.replace("//app:", "//postgres:"), "SELECT 1")
    assert query(url, "SELECT lower('ÄÖÜ')") == [("äöü",)]


def test_nothing_listens_beyond_this_machine(shared: "Path") -> None:
    """Other addresses of this machine refuse the connection."""
    started(shared)
    known = credentials(shared)
    for port in (known.postgres_port, known.valkey_port):
        with closing(socket.socket()) as probe:
            assert probe.connect_ex(("127.0.0.2", port)) != 0


def test_removed_data_are_made_again(folder: "Path") -> None:
    """Whoever wants to begin again removes the folder while nothing runs."""
    shutil.rmtree(folder / "postgres")
    started(folder)
    assert answers(folder)
