"""The account that the servers run under: PostgreSQL refuses to run as root."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Self

from django_strict.embedded.environment import environment
from django_strict.embedded.errors import OWN_SERVERS, EmbeddedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path
    from typing import IO

if sys.platform != "win32":
    import pwd

UNPRIVILEGED: Final = "nobody"
# What lets an unprivileged account reach a project below a private folder such as
# root's home. Containers usually grant the second but not the first, which is the
# weaker and therefore tried first.
CAPABILITIES: Final = ("dac_read_search", "dac_override")


@dataclass(frozen=True, slots=True)
class Account:
    """Who runs the servers.

    Attributes:
        user: The user id to change to, or None to stay who we are.
        group: The group id to change to, or None to stay who we are.
        wrapper: A command that changes user by itself and then becomes the program.
    """

    user: int | None = None
    group: int | None = None
    wrapper: tuple[str, ...] = ()

    @classmethod
    def choose(cls, owned: "Iterable[Path]") -> Self:
        """Choose who runs the servers.

        Args:
            owned: Files in order of preference. As root, the servers run as the owner
                of the first one that exists and does not belong to root; if there is
                none, as `nobody`.

        Raises:
            EmbeddedError: If this process is root and there is no other account.

        Returns:
            This process's own account unless it is root.
        """
        if os.geteuid() != 0:
            return cls()
        for path in owned:
            if path.exists() and path.stat().st_uid != 0:
                try:
                    entry = pwd.getpwuid(path.stat().st_uid)
                except KeyError:
                    # initdb refuses a user without a name.
                    continue
                return cls(entry.pw_uid, entry.pw_gid)
        try:
            entry = pwd.getpwnam(UNPRIVILEGED)
        except KeyError:
            message = (
                "PostgreSQL refuses to run as root, and this system has no account "
                f"{UNPRIVILEGED!r} to run it as. {OWN_SERVERS}"
            )
            raise EmbeddedError(message) from None
        return cls(entry.pw_uid, entry.pw_gid)

    def reaching(self, programs: "Sequence[Path]", folder: "Path") -> "Account":
        """Make sure that the account may start the programs in the folder.

        Args:
            programs: The servers' programs; each must know `--version`.
            folder: The folder that holds the data.

        Raises:
            EmbeddedError: If the account cannot be made to reach them.

        Returns:
            This account, with more capabilities if it needs them.
        """
        for candidate in (self, *self._wrapped()):
            if all(candidate.can_run(program, folder) for program in programs):
                return candidate
        message = (
            f"PostgreSQL refuses to run as root, and the account with the user id "
            f"{self.user or os.geteuid()} may not start {programs[0]} in {folder}. "
            "Move the project out of private folders such as root's home, or work as "
            f"an ordinary user, or install setpriv (util-linux). {OWN_SERVERS}"
        )
        raise EmbeddedError(message)

    def can_run(self, program: "Path", folder: "Path") -> bool:
        """Tell whether this account may start a program in a folder.

        Args:
            program: The program; it must know `--version`.
            folder: The folder to start it in.

        Returns:
            Whether it ran.
        """
        try:
            probe = self.popen(
                [str(program), "--version"],
                folder=folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        except OSError:
            return False
        return probe.wait() == 0

    def own(self, path: "Path") -> None:
        """Give a file or folder to this account.

        Args:
            path: What to give away; the contents of a folder stay as they are.

        Raises:
            OSError: If its owner cannot be changed.
        """
        if self.user is not None and self.group is not None:
            os.chown(path, self.user, self.group)

    def popen(
        self,
        command: "Sequence[str]",
        *,
        folder: "Path",
        stdin: "int | IO[bytes]",
        stdout: "int | IO[bytes]",
        keep: "Sequence[int]" = (),
    ) -> subprocess.Popen[bytes]:
        """Start a program under this account, in a session of its own.

        Args:
            command: The program and its arguments.
            folder: The folder to start it in.
            stdin: What it reads.
            stdout: Where its output and its errors go.
            keep: Descriptors that it inherits.

        Raises:
            OSError: If it cannot be started.

        Returns:
            The started program.
        """
        direct = self.user is None or bool(self.wrapper)
        return subprocess.Popen(
            [*self.wrapper, *command],
            cwd=folder,
            env=environment(),
            stdin=stdin,
            stdout=stdout,
            stderr=subprocess.STDOUT,
            pass_fds=keep,
            start_new_session=True,
            user=None if direct else self.user,
            group=None if direct else self.group,
            extra_groups=None if direct else (),
        )

    def _wrapped(self) -> "list[Account]":
        """List ways to keep access to private folders without being root.

        Returns:
            This account behind `setpriv` with one capability each; nothing where that
            does not exist or root is not to be left.
        """
        setpriv = shutil.which("setpriv")
        if self.user is None or setpriv is None:
            return []
        return [
            replace(
                self,
                wrapper=(
                    setpriv,
                    f"--reuid={self.user}",
                    f"--regid={self.group}",
                    "--clear-groups",
                    # Without it access(2), which initdb asks, ignores capabilities.
                    "--securebits=+no_setuid_fixup",
                    f"--inh-caps=-all,+{capability}",
                    f"--ambient-caps=-all,+{capability}",
                    f"--bounding-set=-all,+{capability}",
                ),
            )
            for capability in CAPABILITIES
        ]
