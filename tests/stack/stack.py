"""A rendered project with its stack running."""

import json
import secrets
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.helpers.project import Project
    from tests.stack.client import Answer, Client

FILE: Final = ".env.stack"
PATIENCE: Final = 60.0  # seconds
STEP: Final = 0.1


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the API.

    Attributes:
        email: Its address.
        password: Its password.
        token: Its API token.
    """

    email: str
    password: str
    token: str


@dataclass(frozen=True, slots=True)
class Stack:
    """A rendered project, and how to talk to its stack.

    Attributes:
        project: The project.
        name: Name of the Compose project and of the images.
        client: Sends requests through its nginx.
        nginx: The image of nginx.
    """

    project: "Project"
    name: str
    client: "Client"
    nginx: str

    @property
    def folder(self) -> "Path":
        """Name the project's folder.

        Returns:
            The folder.
        """
        return self.project.folder

    @property
    def role(self) -> str:
        """Name the app's role in PostgreSQL, and its database.

        Returns:
            The name of both.
        """
        return self.name.replace("-", "_")

    def image(self, kind: str) -> str:
        """Name an image of the stack.

        Args:
            kind: ``app``, ``manage`` or ``nginx``.

        Returns:
            Its name and tag.
        """
        return f"{self.name}-{kind}:latest"

    def variables(self) -> dict[str, str]:
        """Build the environment of all commands.

        Returns:
            The variables.
        """
        return self.project.variables(self.ports())

    def ports(self) -> dict[str, str]:
        """Name the ports of this stack, which are not a user's, and its nginx.

        Returns:
            The variables of docker-compose.yml.
        """
        return {
            "HTTP_PORT": str(self.client.http_port),
            "HTTPS_PORT": str(self.client.https_port),
            "NGINX_IMAGE": self.nginx,
        }

    def poe(self, *arguments: str, check: bool = True) -> str:
        """Run a task of the project, as its user would.

        Args:
            *arguments: The task and its arguments.
            check: Whether a failing task fails the test.

        Returns:
            What it printed, errors included.
        """
        return self.project.run(
            "uv",
            "run",
            "--quiet",
            "poe",
            *arguments,
            check=check,
            extra=self.ports(),
        )

    def compose(self, *arguments: str, check: bool = True) -> str:
        """Call Docker Compose in the project.

        Args:
            *arguments: What follows ``docker compose``.
            check: Whether a failing command fails the test.

        Returns:
            What it printed to standard output.
        """
        return docker(
            "compose",
            "--env-file",
            FILE,
            *arguments,
            check=check,
            cwd=self.folder,
            env=self.variables(),
        )

    def python(self, service: str, code: str) -> str:
        """Run Python inside a running container, which has no shell.

        Args:
            service: The container's service.
            code: The program.

        Returns:
            What it printed.
        """
        return self.compose("exec", "-T", service, "/app/.venv/bin/python", "-c", code)

    def container(self, service: str) -> str:
        """Look up a container.

        Args:
            service: Its service.

        Returns:
            Its id.
        """
        return self.compose("ps", "--all", "--quiet", service).split()[0]

    def inspect(self, service: str) -> dict[str, Any]:
        """Ask the engine about a container.

        Args:
            service: Its service.

        Returns:
            All that it says.
        """
        answer: list[dict[str, Any]] = json.loads(
            docker("inspect", self.container(service))
        )
        return answer[0]

    def pids(self, service: str) -> list[str]:
        """List the processes of a container.

        Args:
            service: Its service.

        Returns:
            Their ids, as the host sees them; a health check that runs just now is none.
        """
        lines = docker("top", self.container(service)).splitlines()[1:]
        probes = ("probe.py", "wget")
        kept = [line for line in lines if not any(probe in line for probe in probes)]
        return [line.split()[1] for line in kept]

    def secrets(self) -> dict[str, str]:
        """Read the secrets of the stack.

        Returns:
            Their values by name.
        """
        lines = (self.folder / FILE).read_text().splitlines()
        pairs = dict(line.split("=", 1) for line in lines if "=" in line)
        return {
            name: value
            for name, value in pairs.items()
            if name.endswith(("_KEY", "_PASSWORD"))
        }

    def query(self, statement: str) -> str:
        """Ask the database.

        Args:
            statement: SQL.

        Returns:
            What psql printed.
        """
        return self.compose("exec", "-T", "db", *psql(self.name), statement)

    def account(self) -> Account:
        """Register an account and obtain a token, past all throttles.

        Returns:
            The account.
        """
        self.forget_throttles()
        email = f"{secrets.token_hex(6)}@example.com"
        password = secrets.token_urlsafe(16)
        credentials = {"email": email, "password": password}
        created = self.client.post("/api/v1/auth/register/", credentials)
        assert created.status == 202, created
        refused = self.client.post("/api/v1/auth/token/", credentials)
        assert refused.json()["errors"][0]["code"] == "invalid_credentials", refused
        self.query("UPDATE users_user SET is_confirmed = true")
        obtained = self.client.post("/api/v1/auth/token/", credentials)
        assert obtained.status == 200, obtained
        return Account(email, password, obtained.json()["token"])

    def me(self, account: Account) -> "Answer":
        """Ask who an account's token belongs to.

        Args:
            account: The account.

        Returns:
            The answer.
        """
        return self.client.get(
            "/api/v1/users/me/", Authorization=f"Token {account.token}"
        )

    def forget_throttles(self) -> None:
        """Empty the cache, where requests are counted."""
        self.compose("exec", "-T", "redis", "redis-cli", "flushall")

    def wait_for(self, wanted: "Callable[[Answer], bool]", seconds: float) -> "Answer":
        """Ask for the health until it is as wanted.

        Args:
            wanted: Tells whether an answer is.
            seconds: How long to wait.

        Returns:
            The answer that was.
        """
        deadline = time.monotonic() + seconds
        while True:
            answer = self.client.get("/api/health/")
            if wanted(answer):
                return answer
            assert time.monotonic() < deadline, f"still {answer} after {seconds} s"
            time.sleep(STEP)

    def wait_until_healthy(self) -> None:
        """Wait until the stack does its work again."""
        self.wait_for(lambda answer: answer.status == 200, PATIENCE)

    def logs(self, services: tuple[str, ...], lines: int = 40) -> str:
        """Read what services wrote.

        Args:
            services: The services.
            lines: The most lines of each.

        Returns:
            The lines.
        """
        return self.compose(
            "logs", "--no-color", f"--tail={lines}", *services, check=False
        )


def assert_json(text: str) -> None:
    """Make sure that each line is a JSON object with a time and a logger.

    Args:
        text: What a container wrote.
    """
    for line in text.splitlines():
        assert {"timestamp", "logger"} <= json.loads(line).keys(), line


def psql(name: str) -> tuple[str, ...]:
    """Write the start of a call of psql inside the database's container.

    Args:
        name: Name of the stack.

    Returns:
        The command; a statement belongs behind it.
    """
    role = name.replace("-", "_")
    options = ("--no-psqlrc", "--quiet", "--tuples-only", "--no-align")
    return ("psql", *options, f"--username={role}", f"--dbname={role}", "--command")


def docker(
    *arguments: str,
    check: bool = True,
    cwd: "Path | None" = None,
    env: dict[str, str] | None = None,
) -> str:
    """Call Docker.

    Args:
        *arguments: What follows ``docker``.
        check: Whether a failing command fails the test.
        cwd: Where to run it.
        env: Its environment.

    Returns:
        What it printed to standard output; when it may fail, errors too.
    """
    done = subprocess.run(
        ["docker", *arguments],
        check=False,
        capture_output=True,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    assert not check or done.returncode == 0, (
        f"docker {' '.join(arguments)} ended with {done.returncode}:\n"
        f"{done.stdout}{done.stderr}"
    )
    return done.stdout if check else done.stdout + done.stderr
