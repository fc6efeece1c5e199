"""Valkey: how it is run. It keeps nothing across a stop: a cache may be empty."""

import signal
from typing import TYPE_CHECKING, Final

from django_strict.embedded import ports
from django_strict.embedded.server import Server

if TYPE_CHECKING:
    from pathlib import Path

    from django_strict.embedded.access import Access
    from django_strict.embedded.account import Account
    from django_strict.embedded.layout import Layout

CONFIGURATION: Final = """\
bind {host}
port {port}
requirepass {password}
protected-mode yes
daemonize no
set-proc-title no
pidfile valkey.pid
logfile ""
databases 64
save ""
appendonly no
maxmemory 256mb
maxmemory-policy allkeys-lru
"""


def server(
    layout: "Layout", access: "Access", account: "Account", program: "Path"
) -> Server:
    """Describe how Valkey is run.

    Args:
        layout: The folder of the servers.
        access: Its port and password.
        account: Who runs it.
        program: Its program.

    Returns:
        The server, not started yet.
    """
    data = str(layout.valkey_data)
    return Server(
        name="Valkey",
        # Read from standard input, the password is in no file and no process list.
        command=(str(program), "-", "--dir", data),
        account=account,
        folder=layout.valkey_data,
        log=layout.valkey_log,
        alive=layout.valkey_alive,
        pid_file=layout.valkey_pid,
        port=access.valkey_port,
        stop_signal=signal.SIGTERM,
        mark=f"--dir {data}",
        configuration=CONFIGURATION.format(
            host=ports.HOST, port=access.valkey_port, password=access.valkey_password
        ),
    )


def prepare(layout: "Layout", account: "Account") -> None:
    """Make Valkey's working folder.

    Args:
        layout: The folder of the servers.
        account: Who runs Valkey.

    Raises:
        OSError: If the folder cannot be made.
    """
    layout.valkey_data.mkdir(mode=0o700, exist_ok=True)
    account.own(layout.valkey_data)
