"""Calls of Docker Compose, and the environment file that belongs to them.

It is not ``.env``: that one belongs to development and says ``DJANGO_ENVIRONMENT=local``.
"""

import fcntl
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import IO, Any, Final

from config.env import PROJECT
from django_strict.environment import write_once

ENV_FILE: Final = ".env.stack"
COMPOSE: Final = ("compose", "--env-file", ENV_FILE)
SECRET_KEY_BYTES: Final = 64
PASSWORD_BYTES: Final = 32
REQUIRED_VARIABLES: Final = (
    "DJANGO_SECRET_KEY",
    "POSTGRES_PASSWORD",
    "REDIS_PASSWORD",
    "EMAIL_HOST",
)
# Docker minds no comment in Latin-1.
AS_IT_IS: Final = "surrogateescape"
NAME: Final = "COMPOSE_PROJECT_NAME"
LABEL: Final = "com.docker.compose.project"
ONE_OFF: Final = "com.docker.compose.oneoff=True"
# What containers of two stacks never have in common.
SECRETS: Final = frozenset({"DJANGO_SECRET_KEY", "POSTGRES_PASSWORD", "REDISCLI_AUTH"})
# What the file of the stack asks the environment for: in a value, or by a name alone.
ASKED: Final = re.compile(
    r"(?<!\$)\$\{?(\w+)|^ +(?:- ([A-Z]\w*)|([A-Z]\w*):) *(?:#.*)?$", re.MULTILINE
)
DOCKER_MISSING: Final = (
    "The stack needs Docker with Compose 2.24 or newer, and `docker compose version` "
    "does not work here. Install Docker (https://docs.docker.com/engine/install/) and "
    "make sure that its engine runs."
)
# What a client says when a password is not the server's, and what helps.
REFUSED_PASSWORDS: Final = {
    "password authentication failed": (
        f"PostgreSQL refuses the POSTGRES_PASSWORD of {ENV_FILE}: its data were made "
        "with another one. Put that one back, or give the database this one: `docker "
        f"compose --env-file {ENV_FILE} exec db psql -f "
        "/docker-entrypoint-initdb.d/role.sql`; then `uv run poe stack`."
    ),
    "invalid username-password pair": (
        "Redis refuses the password of the app: REDIS_PASSWORD and the one in a "
        "REDIS_URL of your own differ."
    ),
}

# Asked of PostgreSQL: the superuser, all roles, and databases with their owners, but those
# of PostgreSQL itself and of a restore.
HOLDS: Final = (
    "SELECT current_user",
    "SELECT string_agg(rolname, '|') FROM pg_roles",
    "SELECT datname, pg_get_userbyid(datdba) FROM pg_database "
    "WHERE NOT datistemplate AND datname !~ '^(postgres$|restored_|replaced_)'",
)
# Another image may have another C library, by which rows in an index are in no order.
REORDERED: Final = (
    "SELECT rolname FROM pg_roles, pg_database it WHERE pg_roles.oid = 10 AND datname = "
    "current_database() AND datcollversion IS DISTINCT FROM "
    "pg_database_collation_actual_version(it.oid)"
)
ASK: Final = 'PGCONNECT_TIMEOUT=5 psql -XAtv ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d template1 -c "$1" -c "$2" -c "$3"'


class StackError(Exception):
    """The stack cannot do what was asked; the message says why and what helps."""


@dataclass(frozen=True, slots=True)
class Service:
    """A container of the stack.

    Attributes:
        name: Its service in docker-compose.yml.
        container: The container's own name.
        state: What Docker says about it: running, exited, restarting, ...
        health: Verdict of its health check; empty without one.
        exit_code: How it ended, when it ended.
    """

    name: str
    container: str
    state: str
    health: str
    exit_code: int

    @property
    def is_failed(self) -> bool:
        """Whether this is a container to look at when a start failed.

        Returns:
            True for one that ended badly, restarts, or is not healthy.
        """
        if self.state == "exited":
            return self.exit_code != 0
        return self.state != "running" or self.health == "unhealthy"


@dataclass(frozen=True, slots=True)
class Compose:
    """Docker Compose in one project.

    Attributes:
        folder: The project's folder.
        begun: When this command began.
    """

    folder: Path
    begun: float = field(default_factory=time.monotonic)

    def run(self, *arguments: str) -> int:
        """Run a command whose output and input are the terminal's.

        Args:
            *arguments: What follows ``docker compose``.

        Returns:
            Its exit code.
        """
        return self._call((*COMPOSE, *arguments)).returncode

    def pipe(
        self,
        *arguments: str,
        source: IO[bytes] | None = None,
        target: IO[bytes] | None = None,
    ) -> bytes:
        """Run a command with files or memory for its input and output.

        Args:
            *arguments: What follows ``docker compose``.
            source: What it reads; nothing by default.
            target: Where its output goes; by default it is returned.

        Returns:
            Its output, empty when that went to a file.
        """
        return self._checked((*COMPOSE, *arguments), source, target)

    def docker(self, *arguments: str) -> str:
        """Run a command of Docker itself, for what Compose has no word for.

        Args:
            *arguments: What follows ``docker``.

        Returns:
            Its output.
        """
        return self._checked(arguments).decode().strip()

    def services(self) -> list[Service]:
        """List the stack's containers, ended ones included, but those of `compose run`.

        Returns:
            What Docker knows about them.
        """
        text = self.pipe("ps", "--all", "--format", "json").decode()
        found = [json.loads(line) for line in text.splitlines() if line.strip()]
        return [
            Service(
                name=entry["Service"],
                container=entry["Name"],
                state=entry["State"],
                health=entry["Health"],
                exit_code=entry["ExitCode"],
            )
            for entry in found
            if ONE_OFF not in entry["Labels"]
        ]

    def claim(self) -> str:
        """Make sure that the stack of this name is this folder's.

        What another shell variable than a secret changes is said on standard error, and so
        is what nothing reads: a name that is misspelt, say.

        Raises:
            StackError: If its containers or data are another folder's, or may be.

        Returns:
            The stack's name in Docker.
        """
        config = json.loads(self.pipe("config", "--format", "json"))
        name = str(config["name"])
        asked = asked_for(self.folder / "docker-compose.yml")
        if foreign := sorted(asked & self._environment().keys() - {"REVISION"}):
            said = f"From your shell, before {ENV_FILE}: {', '.join(foreign)}."
            print(said, file=sys.stderr)
        asked = asked.union(*map(asked_for, self.folder.glob("*compose*.y*ml")))
        unread = sorted(variables(self.folder / ENV_FILE) - asked)
        # Comments and lines of a key are no names, and Compose has variables of its own.
        name_form = r"(?!COMPOSE_)[A-Z][A-Z0-9_]*"
        if unread := [it for it in unread if re.fullmatch(name_form, it)]:
            said = f"Nobody reads {', '.join(unread)} of {ENV_FILE}: no compose file has it."
            print(said, file=sys.stderr)
        mine = f"label={LABEL}={name}"
        form = f'{{{{.Label "{LABEL}.working_dir"}}}}'
        listed = self.docker("ps", "--all", "--filter", mine, "--format", form)
        folders = {Path(line) for line in listed.splitlines()}
        if former := self._former_name(name):
            message = (
                f"The stack of this folder is called {former}, and not {name}, whose "
                f"database would be another one. Nothing was touched. {NAME}={former} in "
                f"{ENV_FILE} keeps its name and its data."
            )
            raise StackError(message)
        # A folder that is gone was moved, or is on the machine that talked to Docker.
        same = {it: is_same(it, self.folder) for it in folders}
        others = sorted(it for it in folders if same[it] is False)
        is_named = NAME in variables(self.folder / ENV_FILE)
        volumes = self.docker("volume", "ls", "--quiet", "--filter", mine).split()
        # A path says little: a clone may be where a folder was that was moved. And so does
        # a name, where Docker is another machine's.
        is_known = is_named and True in same.values()
        whose = ""
        if others:
            whose = f"in {', '.join(map(str, others))}"
        elif (
            folders
            and not is_known
            and not self._has_secrets_of(mine, config["services"])
        ):
            remote = (
                " (does DOCKER_HOST or `docker context` lead to another machine? Else "
                f"`docker compose --env-file {ENV_FILE} down` keeps its data)"
            )
            whose = f"with other secrets than those of {ENV_FILE}{remote * is_named}"
        elif volumes and not folders and not is_named:
            whose = f"in the volumes {', '.join(volumes)}"
        if whose:
            message = (
                f"There is a stack {name} already, {whose}, and nothing was touched. "
                f"Give this one a line of its own in {ENV_FILE}: {NAME}={name}-2 (or "
                f"{NAME}={name}, if that one is this folder's)."
            )
            raise StackError(message)
        return name

    def _former_name(self, name: str) -> str:
        """Look for containers that this folder started under another name.

        Args:
            name: Its stack's name of now.

        Returns:
            The other name; empty if there is none.
        """
        labels = ("working_dir", "config_files")
        form = "\t".join(f'{{{{.Label "{LABEL}.{it}"}}}}' for it in labels)
        form = f'{{{{.Label "{LABEL}"}}}}\t{form}'
        any_stack = f"label={LABEL}.working_dir"
        listed = self.docker("ps", "--all", "--filter", any_stack, "--format", form)
        for line in listed.splitlines():
            former, folder, files = line.split("\t")
            # Development in containers has a name and a file of its own.
            if former == name or "compose.development.yml" in files:
                continue
            # Compose notes the path by which somebody came, a link's too.
            if is_same(Path(folder), self.folder):
                return former
        return ""

    def _has_secrets_of(self, label: str, services: dict[str, dict[str, Any]]) -> bool:
        """Compare the secrets of containers with this folder's.

        Args:
            label: Which containers, as a filter of Docker's.
            services: The services as this folder describes them.

        Returns:
            False if the containers have some, and none of this folder's.
        """
        own = {
            f"{name}={service['environment'][name]}"
            for service in services.values()
            for name in SECRETS & (service.get("environment") or {}).keys()
        }
        listed = self.docker("ps", "--all", "--quiet", "--filter", label).split()
        lines = "{{range .Config.Env}}{{println .}}{{end}}"
        said = self.docker("inspect", f"--format={lines}", *listed).splitlines()
        used = {it for it in said if it.partition("=")[0] in SECRETS and it[-1] != "="}
        return not used or bool(used & own)

    def lock(self) -> None:
        """Keep others from changing the stack, until this process ends.

        Raises:
            StackError: If somebody changes it already.
        """
        # The folder, since no command replaces it.
        lock = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            message = (
                "Another command starts, restores or stops this stack; wait until it has "
                "ended. Nothing was changed."
            )
            raise StackError(message) from error

    def refused_password(self) -> str:
        """Look for a password that PostgreSQL or Redis refused since this command began.

        Returns:
            The sentence that names it; empty if there is none.
        """
        since = f"--since={ceil(time.monotonic() - self.begun)}s"
        said = self.pipe("logs", since, "migrate", "app").decode()
        found = (text for sign, text in REFUSED_PASSWORDS.items() if sign in said)
        return next(found, "")

    def renamed(self) -> str:
        """Look for data that PostgreSQL, if it runs, has under another name or role.

        Returns:
            A sentence that says what to do; empty if there are none.
        """
        name, user = PROJECT.database.name, PROJECT.database.user
        try:
            said = self.pipe("exec", "-T", "db", "sh", "-c", ASK, "sh", *HOLDS)
        except StackError:
            return ""
        superuser, roles, *databases = said.decode().splitlines()
        owners = dict(line.split("|", 1) for line in databases)
        of_user = [it for it, owner in owners.items() if owner == user]
        old = name if name in owners else next(iter([*of_user, *owners]), name)
        owner = user if user in roles.split("|") else owners.get(old, user)
        changes = [("DATABASE", "name", old, name), ("ROLE", "user", owner, user)]
        changes = [it for it in changes if it[2] != it[3]]
        if not changes or owner == superuser:
            return ""
        answers = "".join(f" --data database_{key}={it}" for _, key, it, _ in changes)
        renames = "".join(
            f' -c \'ALTER {kind} "{before}" RENAME TO "{now}"\''
            for kind, _, before, now in changes
        )
        compose = f"docker compose --env-file {ENV_FILE}"
        return (
            f"The data of this stack are in the database {old} of the role {owner}, and the "
            f"project names {name} of {user}. They were not touched. Take the answer back "
            f"(`uv run poe update{answers}`), or rename what is there: `{compose} stop app "
            f"worker && {compose} exec db psql -U {superuser} -d template1{renames}`; then "
            "`uv run poe stack`."
        )

    def reordered(self) -> str:
        """Look for indexes that were made by another order of text.

        Returns:
            A sentence that says what to do; empty where the order is the same.
        """
        try:
            found = self.pipe("exec", "-T", "db", "psql", "-XAt", "-c", REORDERED)
        except StackError:
            return ""
        if not (superuser := found.decode().strip()):
            return ""
        name = PROJECT.database.name
        # A restore makes its database from one of PostgreSQL's own.
        refresh = "".join(
            f" -c 'ALTER DATABASE \"{it}\" REFRESH COLLATION VERSION'"
            for it in (name, "postgres", "template1", "template0")
        )
        return (
            f"This PostgreSQL sorts text in another way than the one that made {name}: "
            "indexes do not find their rows, or let some in twice. Put the POSTGRES_IMAGE of "
            f"before back or, with `docker compose --env-file {ENV_FILE}` and nobody served "
            f"(`stop app worker`): `exec db psql -U {superuser} -c 'REINDEX DATABASE "
            f'"{name}"\'{refresh}`, then `uv run poe stack`.'
        )

    def show_failed(self, container: str = "") -> None:
        """Print the last lines of containers that are in trouble.

        Args:
            container: One that is shown whatever Docker says about it.
        """
        for service in self.services():
            if service.is_failed or service.container == container:
                print(f"\n--- {service.container}: {service.state} {service.health}")
                sys.stdout.flush()
                self._call(("logs", "--tail=40", service.container))

    def port(self, service: str, inside: int) -> int:
        """Look up where a container's port is published.

        Args:
            service: The service.
            inside: The port inside the container.

        Returns:
            The port on this machine.
        """
        address = self.pipe("port", service, str(inside)).decode().strip()
        return int(address.rpartition(":")[2])

    def _checked(
        self,
        arguments: tuple[str, ...],
        source: IO[bytes] | None = None,
        target: IO[bytes] | None = None,
    ) -> bytes:
        """Call Docker and insist on success.

        Args:
            arguments: What follows ``docker``.
            source: As for ``pipe``.
            target: As for ``pipe``.

        Raises:
            StackError: If it fails; with what it said.

        Returns:
            Its output, empty when that went to a file.
        """
        done = self._call(
            arguments,
            stdin=source or subprocess.DEVNULL,
            stdout=target or subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip()
            message = f"`docker {' '.join(arguments)}` failed: {said}"
            raise StackError(message)
        return done.stdout or b""

    def _call(
        self,
        arguments: tuple[str, ...],
        *,
        stdin: IO[bytes] | int | None = None,
        stdout: IO[bytes] | int | None = None,
        stderr: int | None = None,
    ) -> subprocess.CompletedProcess[bytes]:
        """Call Docker in the project's folder.

        Args:
            arguments: What follows ``docker``.
            stdin: As for ``subprocess.run``.
            stdout: As for ``subprocess.run``.
            stderr: As for ``subprocess.run``.

        Raises:
            StackError: If Docker is not installed.

        Returns:
            The ended process.
        """
        docker = shutil.which("docker")
        if docker is None:
            raise StackError(DOCKER_MISSING)
        return subprocess.run(
            [docker, *arguments],
            check=False,
            cwd=self.folder,
            env=self._environment() | {"REVISION": self._revision()},
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
        )

    def _environment(self) -> dict[str, str]:
        """Choose what Docker gets to see of the caller's environment.

        Returns:
            All of it but what steers Compose, and the secrets of another project.
        """
        own = set(REQUIRED_VARIABLES) & variables(self.folder / ENV_FILE)
        return {
            name: value
            for name, value in os.environ.items()
            if name not in own and not name.startswith("COMPOSE_")
        }

    def _revision(self) -> str:
        """Name the commit for the image's label.

        Returns:
            The variable's own value, else git's word for HEAD, else ``unknown``.
        """
        if given := os.environ.get("REVISION"):
            return given
        git = shutil.which("git")
        if git is None:
            return "unknown"
        asked = subprocess.run(
            [git, "describe", "--always", "--dirty", "--abbrev=12"],
            check=False,
            capture_output=True,
            cwd=self.folder,
            text=True,
        )
        return asked.stdout.strip() or "unknown"


def is_same(one: Path, other: Path) -> bool | None:
    """Compare two paths.

    Args:
        one: Where containers were started.
        other: A folder.

    Returns:
        Whether they are one folder; None if the first is gone. One that only another user
        may look at is another.
    """
    try:
        return one.samefile(other)
    except PermissionError:
        return False
    except OSError:
        return None


def write_env_file(path: Path) -> bool:
    """Write the environment file with fresh secrets, unless there is one.

    Args:
        path: Where it belongs.

    Returns:
        True when it was written, False when it was there already.
    """
    text = f"""\
# Values of docker-compose.yml, for this machine alone: never commit or copy them.
# docker compose reads this file only when told: --env-file {ENV_FILE}

# --- Secrets. Passwords consist of letters, digits, - and _: they become part of URLs.
DJANGO_SECRET_KEY={secrets.token_urlsafe(SECRET_KEY_BYTES)}
POSTGRES_PASSWORD={secrets.token_urlsafe(PASSWORD_BYTES)}
REDIS_PASSWORD={secrets.token_urlsafe(PASSWORD_BYTES)}

# --- Where the API answers. Production: its host name, ports 80 and 443, address 0.0.0.0.
DJANGO_ALLOWED_HOSTS={PROJECT.domain},localhost,127.0.0.1
PUBLISH_ADDRESS=127.0.0.1
HTTP_PORT=8080
HTTPS_PORT=8443

# --- Mail. Until this names a server that exists, no mail arrives.
EMAIL_HOST=smtp.{PROJECT.domain}
"""
    return write_once(path, text)


def asked_for(path: Path) -> set[str]:
    """List the variables that a file of Compose's asks for."""
    found = ASKED.findall(path.read_text(encoding="utf-8", errors="replace"))
    return {"".join(names) for names in found}


def variables(path: Path) -> set[str]:
    """List the variables that an environment file names.

    Args:
        path: The file, which may be missing.

    Returns:
        Their names.
    """
    lines = read_lines(path) if path.exists() else []
    return {line.partition("=")[0].strip() for line in lines if "=" in line}


def read_lines(path: Path) -> list[str]:
    """Read an environment file.

    Args:
        path: The file.

    Returns:
        Its lines.
    """
    return path.read_text(encoding="utf-8", errors=AS_IT_IS).splitlines()


def set_variable(path: Path, name: str, value: str) -> None:
    """Write a line of the environment file; a stop in the middle leaves it as it was.

    Args:
        path: The file, or a link to it, which both keep their owner and their mode.
        name: The variable.
        value: Its value.
    """
    path = path.resolve()
    lines = read_lines(path)
    kept = [line for line in lines if line.partition("=")[0].strip() != name]
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)
    text = "\n".join([*kept, f"{name}={value}", ""])
    part.write_text(text, encoding="utf-8", errors=AS_IT_IS)
    with part.open() as file:  # or a power cut empties it
        os.fsync(file.fileno())
    shutil.copymode(path, part)
    if os.geteuid() == 0:
        # Who is an operator else could not read it any more.
        os.chown(part, path.stat().st_uid, path.stat().st_gid)
    part.replace(path)


def require_variables(path: Path) -> None:
    """Make sure that a file written by hand or long ago names everything.

    Args:
        path: The file.

    Raises:
        StackError: If variables are missing; the sentence names them.
    """
    named = variables(path)
    missing = [
        name
        for name in REQUIRED_VARIABLES
        if name not in named and name not in os.environ
    ]
    if missing:
        message = (
            f"{path.name} does not name {', '.join(missing)}. Add a line for each, or "
            "move the file away and let `uv run poe stack-env` write a new one (the "
            "passwords of an existing database have to stay)."
        )
        raise StackError(message)
