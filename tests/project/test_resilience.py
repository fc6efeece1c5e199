"""Kill the servers under load: answers stay JSON, and service comes back with them."""

import os
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from tests.helpers.serving import Answer, Server

PID_FILES: Final = {
    "postgres": "postgres/postmaster.pid",
    "valkey": "valkey/valkey.pid",
}
CLIENTS: Final = 4
# Below the 1,000 requests an hour that the API grants a user.
REQUESTS_PER_CLIENT: Final = 100
KILL_SECONDS: Final = 3.0
RECOVERY_SECONDS: Final = 15.0
PASSWORD: Final = "correct horse battery staple 7"  # noqa: S105


def kill(server: "Server", name: str) -> None:
    """Kill one development server without warning, if it runs at this moment.

    Args:
        server: The project being served.
        name: ``postgres`` or ``valkey``.
    """
    pid_file = server.project.folder / ".embedded" / PID_FILES[name]
    try:
        os.kill(int(pid_file.read_text().split()[0]), signal.SIGKILL)
    except (FileNotFoundError, ProcessLookupError, IndexError):
        return


def account(server: "Server", name: str) -> str:
    """Register somebody.

    Args:
        server: The project being served.
        name: Makes the address unique.

    Returns:
        The API token.
    """
    person: dict[str, object] = {
        "email": f"{name}@example.com",
        "password": PASSWORD,
        "full_name": "Ann Author",
    }
    registered = server.ask("/api/v1/auth/register/", body=person)
    assert registered.status == 202, registered.text
    person.pop("full_name")
    token = server.ask("/api/v1/auth/token/", body=person)
    assert token.status == 200, token.text
    return str(token.content["token"])


def load(server: "Server", token: str) -> list["Answer"]:
    """Ask for the own account and the health check, again and again.

    Args:
        server: The project being served.
        token: API token.

    Returns:
        All answers.
    """
    answers = []
    for _ in range(REQUESTS_PER_CLIENT):
        answers.append(server.ask("/api/v1/users/me/", token=token))
        answers.append(server.ask("/api/health/"))
        time.sleep(0.01)
    return answers


@pytest.mark.parametrize("name", PID_FILES)
def test_a_killed_server_costs_no_html_and_no_restart(
    server: "Server", name: str
) -> None:
    """Every answer is JSON, served or 503; no process of the project is started again."""
    token = account(server, name)
    with ThreadPoolExecutor(CLIENTS) as pool:
        running = [pool.submit(load, server, token) for _ in range(CLIENTS)]
        deadline = time.monotonic() + KILL_SECONDS
        while time.monotonic() < deadline:
            kill(server, name)
            time.sleep(0.3)
            server.project.run("uv", "run", "django-strict", "servers", "start")
        answers = [answer for future in running for answer in future.result()]
    counts = Counter((answer.status, answer.kind) for answer in answers)
    print(name, counts)  # noqa: T201
    assert counts.keys() <= {(200, "application/json"), (503, "application/json")}
    assert counts[503, "application/json"] > 0
    assert not [answer for answer in answers if "Traceback" in answer.text]
    recovered_by = time.monotonic() + RECOVERY_SECONDS
    while server.ask("/api/health/").status != 200:
        assert time.monotonic() < recovered_by, "The project did not recover."
        time.sleep(0.1)
    assert server.ask("/api/v1/users/me/", token=token).status == 200
