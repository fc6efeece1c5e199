"""Ports and passwords of the embedded servers, kept as long as their data."""

import json
import secrets
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Final, Self

from django_strict.embedded import ports
from django_strict.embedded.addresses import Addresses
from django_strict.embedded.layout import write_private

if TYPE_CHECKING:
    from pathlib import Path

DATABASE: Final = "app"
ROLE: Final = "app"


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach both servers.

    Attributes:
        postgres_port: PostgreSQL's TCP port on the loopback interface.
        postgres_password: The password of the role.
        valkey_port: Valkey's TCP port on the loopback interface.
        valkey_password: The password of Valkey's default user.
    """

    postgres_port: int
    postgres_password: str
    valkey_port: int
    valkey_password: str

    @classmethod
    def create(cls) -> Self:
        """Choose free ports and fresh passwords.

        Returns:
            An access that nobody uses yet.
        """
        postgres_port = ports.choose()
        return cls(
            postgres_port=postgres_port,
            postgres_password=secrets.token_urlsafe(24),
            valkey_port=ports.choose(but=postgres_port),
            valkey_password=secrets.token_urlsafe(24),
        )

    @classmethod
    def load(cls, path: "Path") -> Self | None:
        """Read what `save` wrote.

        Args:
            path: The file that it was written to.

        Raises:
            OSError: If the file exists but cannot be read.

        Returns:
            The saved access, or None if the file is missing or damaged.
        """
        try:
            saved = json.loads(path.read_text(encoding="utf-8"))
            return cls(
                postgres_port=int(saved["postgres_port"]),
                postgres_password=str(saved["postgres_password"]),
                valkey_port=int(saved["valkey_port"]),
                valkey_password=str(saved["valkey_password"]),
            )
        except (FileNotFoundError, ValueError, LookupError, TypeError):
            return None

    def save(self, path: "Path") -> None:
        """Write the access where only the owner of the folder can read it.

        Args:
            path: The file to write.

        Raises:
            OSError: If the file cannot be written.
        """
        write_private(path, json.dumps(asdict(self), indent=2) + "\n")

    def with_free_ports(self, *, postgres: bool, valkey: bool) -> Self:
        """Replace ports that a stranger has taken.

        Args:
            postgres: Whether to look at PostgreSQL's port (it does not run).
            valkey: Whether to look at Valkey's port (it does not run).

        Returns:
            The same access, or one with other ports.
        """
        access = self
        if postgres and not ports.is_free(access.postgres_port):
            port = ports.choose(but=access.valkey_port)
            access = replace(access, postgres_port=port)
        if valkey and not ports.is_free(access.valkey_port):
            port = ports.choose(but=access.postgres_port)
            access = replace(access, valkey_port=port)
        return access

    def addresses(self) -> Addresses:
        """Spell the access as URLs.

        Returns:
            The URLs for Django's settings. The passwords need no escaping.
        """
        return Addresses(
            database_url=(
                f"postgresql://{ROLE}:{self.postgres_password}"
                f"@{ports.HOST}:{self.postgres_port}/{DATABASE}"
            ),
            redis_url=(
                f"redis://:{self.valkey_password}@{ports.HOST}:{self.valkey_port}/0"
            ),
        )
