"""What lies where in the folder of the embedded servers."""

import os
from dataclasses import dataclass
from pathlib import Path  # noqa: TC003
from typing import Final

from django_strict.project import ROOT

DEFAULT_FOLDER: Final = ROOT / ".embedded"


@dataclass(frozen=True, slots=True)
class Layout:
    """The files of one pair of servers.

    Attributes:
        folder: The absolute path of the folder that holds everything else.
    """

    folder: Path

    @property
    def start_lock(self) -> Path:
        """Locked by the one process that is starting a keeper."""
        return self.folder / "start.lock"

    @property
    def lease_lock(self) -> Path:
        """Share-locked by every user for its life; locked by a keeper that ends."""
        return self.folder / "lease.lock"

    @property
    def keeper_lock(self) -> Path:
        """Locked by the keeper for its life."""
        return self.folder / "keeper.lock"

    @property
    def keeper_pid(self) -> Path:
        """The keeper's process id; exists only while the servers are meant to run."""
        return self.folder / "keeper.pid"

    @property
    def keeper_log(self) -> Path:
        """What the keeper did and why."""
        return self.folder / "keeper.log"

    @property
    def failure(self) -> Path:
        """The message of a keeper that could not start the servers."""
        return self.folder / "failure.txt"

    @property
    def access(self) -> Path:
        """Ports and passwords, kept as long as the data."""
        return self.folder / "access.json"

    @property
    def programs(self) -> Path:
        """The unpacked PostgreSQL releases."""
        return self.folder / "programs"

    @property
    def postgres_data(self) -> Path:
        """PostgreSQL's data folder."""
        return self.folder / "postgres"

    @property
    def postgres_pid(self) -> Path:
        """PostgreSQL's process id and, on the last line, its state."""
        return self.postgres_data / "postmaster.pid"

    @property
    def postgres_staging(self) -> Path:
        """A data folder in the making; incomplete when a first start was killed."""
        return self.folder / "postgres.new"

    @property
    def postgres_alive(self) -> Path:
        """Locked as long as any process of PostgreSQL lives."""
        return self.folder / "postgres.lock"

    @property
    def postgres_log(self) -> Path:
        """PostgreSQL's own log."""
        return self.folder / "postgres.log"

    @property
    def valkey_data(self) -> Path:
        """Valkey's working folder; it keeps nothing but its process id there."""
        return self.folder / "valkey"

    @property
    def valkey_pid(self) -> Path:
        """Valkey's process id."""
        return self.valkey_data / "valkey.pid"

    @property
    def valkey_alive(self) -> Path:
        """Locked as long as Valkey lives."""
        return self.folder / "valkey.lock"

    @property
    def valkey_log(self) -> Path:
        """Valkey's own log."""
        return self.folder / "valkey.log"

    def create(self) -> None:
        """Make the folder, ignored by git even if the project forgot to.

        Raises:
            OSError: If the folder cannot be made or written to.
        """
        if not self.folder.is_dir():
            self.folder.mkdir(parents=True, exist_ok=True)
            hand_over(self.folder)
        ignore = self.folder / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
            hand_over(ignore)


def hand_over(path: Path) -> None:
    """Give what root made to the owner of the folder it lies in.

    Without this, one run as root (a container, `sudo`) would leave files in a person's
    project that the person can neither use nor remove.

    Args:
        path: A file or folder that this process has just made.

    Raises:
        OSError: If its owner cannot be changed.
    """
    if os.geteuid() == 0:
        parent = path.parent.stat()
        os.chown(path, parent.st_uid, parent.st_gid, follow_symlinks=False)


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step by one that only its owner can read.

    Args:
        path: The file to replace or make.
        text: Its new content.

    Raises:
        OSError: If the file cannot be written.
    """
    staging = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(staging, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    hand_over(staging)
    staging.replace(path)
