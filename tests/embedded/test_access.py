"""Who may reach the servers, and where."""

import json
import socket
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.embedded import servers
from tests.embedded.user import User

if TYPE_CHECKING:
    from pathlib import Path

    from tests.embedded.user import Shared

LOOPBACK = {"0100007F"}  # 127.0.0.1 in /proc/net/tcp


def test_wrong_passwords_are_refused(shared: "Shared") -> None:
    """Neither server lets anyone in without its own password."""
    got = shared.answer
    secret = urlsplit(got.database_url).password or ""
    with pytest.raises(psycopg.OperationalError, match="authentication failed"):
        servers.query(got.database_url.replace(secret, "wrong"), "SELECT 1")
    refused = servers.valkey(got.redis_url, "PING", known="wrong")
    assert refused.startswith("-NOAUTH")


def test_the_role_makes_databases_but_is_no_superuser(shared: "Shared") -> None:
    """Django's test runner can work, and nobody can read files through SQL."""
    url = shared.answer.database_url
    rights = "SELECT rolcreatedb, rolsuper FROM pg_roles WHERE rolname = 'app'"
    assert servers.query(url, rights) == [(True, False)]
    with pytest.raises(psycopg.OperationalError, match=r"pg_hba\.conf"):
        servers.query(url.replace("//app:", "//postgres:"), "SELECT 1")


def test_the_database_speaks_unicode(shared: "Shared") -> None:
    """Letters beyond ASCII have lower case, which unique e-mail addresses need."""
    url = shared.answer.database_url
    assert servers.query(url, "SELECT lower('ÄÖÜ')") == [("äöü",)]


@pytest.mark.skipif(sys.platform != "linux", reason="Reads Linux's list of sockets.")
def test_nothing_listens_beyond_loopback(shared: "Shared") -> None:
    """Both servers listen on 127.0.0.1 and nowhere else."""
    got = shared.answer
    for url in (got.database_url, got.redis_url):
        port = urlsplit(url).port or 0
        assert servers.listening_addresses(port) == LOOPBACK


def test_a_stranger_on_a_saved_port_is_left_alone(folder: "Path") -> None:
    """A start chooses other ports for those that somebody else has taken."""
    with User(folder) as user:
        before = user.answer()
    assert servers.command(folder, "stop").returncode == 0
    ports = [urlsplit(url).port for url in (before.database_url, before.redis_url)]
    with (
        socket.create_server(("127.0.0.1", ports[0] or 0)),
        socket.create_server(("127.0.0.1", ports[1] or 0)),
        User(folder) as user,
    ):
        after = user.answer()
        assert urlsplit(after.database_url).port != ports[0]
        assert urlsplit(after.redis_url).port != ports[1]
        assert servers.answers(after.database_url, after.redis_url)


def test_passwords_are_in_no_public_place(shared: "Shared") -> None:
    """Only the owner can read them, and no process list or log shows them."""
    got = shared.answer
    access = shared.folder / "access.json"
    assert access.stat().st_mode & 0o077 == 0
    saved = json.loads(access.read_text(encoding="utf-8"))
    secrets = [saved["postgres_password"], saved["valkey_password"]]
    public = [*servers.processes(shared.folder).values()]
    public += [log.read_text(encoding="utf-8") for log in shared.folder.glob("*.log")]
    assert urlsplit(got.database_url).password == secrets[0]
    assert not any(secret in text for secret in secrets for text in public)
