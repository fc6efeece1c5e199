"""Follow `docs/websockets.md` to the letter."""

import asyncio
import json
import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, suppress
from secrets import token_hex
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Final

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.asgi.serving import Backends, serving
from tests.helpers.project import Project
from tests.helpers.rendering import render
from tests.helpers.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.asgi.serving import Served

PAGE: Final = ROOT / "docs" / "websockets.md"
# What the page says of a block, and the block.
STEP: Final = re.compile(
    r"^(?P<said>[^\n]*):?\n\n```(?P<kind>\w+)\n(?P<code>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
# What stands around the location in the stack, without what needs the stack.
NGINX: Final = """
user nginx;
pid /tmp/nginx.pid;
events {{}}
http {{
    map "" $app {{ default 127.0.0.1:{app}; }}
    map "" $accepted_request_id {{ default $request_id; }}
    server {{
        listen 127.0.0.1:{port};
        {location}
    }}
}}
"""
NAME: Final = re.compile(r"`([\w./]+)`")


def follow(project: Project) -> None:
    """Do what the page says, in its order; the first block is an example.

    Args:
        project: A project as it was rendered.

    Raises:
        ValueError: If a sentence before a block says nothing that can be followed.
    """
    text = PAGE.read_text("utf-8").partition("## Consumers")[2]
    path, replaced = project.folder, ""
    for step in STEP.finditer(text):
        said, code = step["said"], step["code"]
        if step["kind"] == "sh":
            project.run("bash", "-euo", "pipefail", "-c", code)
            continue
        if name := NAME.search(said):
            path = project.folder / name[1]
        before = path.read_text("utf-8") if path.is_file() else ""
        if said.startswith("In "):
            replaced = code
        elif said.startswith("At the end of "):
            path.write_text(before + code, "utf-8")
        elif said == "by":
            assert before.count(replaced) == 1, replaced
            path.write_text(before.replace(replaced, code), "utf-8")
        elif name:
            path.write_text(code, "utf-8")
        else:
            message = f"Nobody can follow this: {said}"
            raise ValueError(message)


@pytest.fixture(scope="module")
def opened(
    clone: "Path", environment_folder: "Path", tmp_path_factory: pytest.TempPathFactory
) -> Project:
    """Render a project and follow the page; its last commands are the gate and tests.

    Args:
        clone: The template.
        environment_folder: A virtual environment, left as it is.
        tmp_path_factory: Where to put it.

    Returns:
        The project.
    """
    del environment_folder
    folder = tmp_path_factory.mktemp("websockets")
    project = Project(render(clone, {}, folder / "project"), folder / "environment")
    project.commit()
    follow(project)
    return project


@pytest.fixture(scope="module")
def backends(tmp_path_factory: pytest.TempPathFactory) -> Backends:
    """Start servers that nobody else uses."""
    return Backends(tmp_path_factory.mktemp("backends"))


@pytest.fixture(scope="module")
def served(
    opened: Project, backends: Backends, tmp_path_factory: pytest.TempPathFactory
) -> Iterator["Served"]:
    """Serve it as production does.

    Args:
        opened: The project.
        backends: Its servers.
        tmp_path_factory: Where to put its log.

    Yields:
        The running project.
    """
    folder = tmp_path_factory.mktemp("served")
    with serving(opened, backends, folder, WEB_CONCURRENCY="2") as running:
        yield running


def session(served: "Served") -> tuple[dict[str, str], int]:
    """Register somebody and log a browser in.

    Args:
        served: The running project.

    Returns:
        The browser's cookies as a header, and the id of the account.
    """
    account = {
        "email": f"{token_hex(4)}@example.com",
        "password": f"{token_hex(8)}-Aa1",
    }
    assert served.ask("/api/v1/auth/register/", account).status == 202
    csrf = served.ask("/api/v1/auth/csrf/")
    headers = {
        "Cookie": csrf.headers["Set-Cookie"].partition(";")[0],
        "X-CSRFToken": csrf.body["csrf_token"],
    }
    answer = served.ask("/api/v1/auth/login/", account, headers)
    assert answer.status == 200
    cookies = [
        value.partition(";")[0] for value in answer.headers.get_all("Set-Cookie") or []
    ]
    header = {"Cookie": "; ".join(cookies)}
    return header, served.ask("/api/v1/users/me/", headers=header).body["id"]


def listen(port: int, path: str = "notices", **headers: str) -> connect:
    """Connect as a browser does."""
    url = f"ws://127.0.0.1:{port}/ws/{path}/"
    return connect(url, additional_headers=headers, open_timeout=20, proxy=None)


def test_the_page_leads_to_a_green_project(opened: Project) -> None:
    """The gate and the tests of the new app are its last commands."""
    assert (opened.folder / "apps" / "notices" / "consumers.py").is_file()
    assert "WebSocketWorker" in (opened.folder / "config/gunicorn.conf.py").read_text()


def test_a_notice_reaches_every_window_of_its_account(
    opened: Project, backends: Backends, served: "Served"
) -> None:
    """Whichever worker it is connected to, and nobody else."""
    cookies, account = session(served)
    others, _ = session(served)
    send = (
        "from apps.notices.services import notice_send;"
        f"notice_send(user_id={account}, text='Shipped.')"
    )

    async def receive() -> list[Any]:
        """Open windows, have a notice sent and wait."""
        origin = {"Origin": f"http://127.0.0.1:{served.port}"}
        windows = [await listen(served.port, **cookies, **origin) for _ in range(6)]
        stranger = await listen(served.port, **others, **origin)
        await asyncio.to_thread(
            opened.run,
            "uv",
            "run",
            "python",
            "manage.py",
            "shell",
            "-v0",
            "-c",
            send,
            extra={
                "DJANGO_ENVIRONMENT": "local",
                "DJANGO_SECRET_KEY": token_hex(40),
                "DATABASE_URL": backends.addresses.database_url,
                "REDIS_URL": backends.addresses.redis_url,
            },
        )
        async with asyncio.timeout(20):
            found = [json.loads(await window.recv()) for window in windows]
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await stranger.recv()
        for window in (*windows, stranger):
            await window.close()
        return found

    assert asyncio.run(receive()) == [{"text": "Shipped."}] * 6


@pytest.mark.parametrize("who", ["nobody", "a foreign page", "who misspells"])
def test_others_are_refused(served: "Served", who: str) -> None:
    """Without a session, with one that a foreign page sends along, at no address."""
    path = "nothing" if who == "who misspells" else "notices"
    headers = {"Origin": f"http://127.0.0.1:{served.port}"}
    if who == "a foreign page":
        headers = session(served)[0] | {"Origin": "https://evil.example.com"}

    async def ask() -> int:
        """Try to connect."""
        with pytest.raises(InvalidStatus) as refused:
            await listen(served.port, path, **headers)
        return refused.value.response.status_code

    assert asyncio.run(ask()) == 403


def test_no_header_of_a_handshake_is_an_error(served: "Served") -> None:
    """Nothing of a WebSocket reads a Content-Type, which may be unreadable."""
    headers = {**session(served)[0], "Origin": f"http://127.0.0.1:{served.port}"}
    headers["Content-Type"] = "text/plain; charset*=nonsense'en'x"

    async def ask() -> int:
        """Connect."""
        async with listen(served.port, **headers) as window:
            assert window.response is not None
            return window.response.status_code

    assert asyncio.run(ask()) == 101


def test_little_becomes_no_large_message(served: "Served") -> None:
    """Nothing is compressed, and what is larger than 64 KiB closes the connection."""
    cookies, _ = session(served)

    async def ask() -> tuple[str, int]:
        """Send a megabyte that would be a kilobyte."""
        headers = {**cookies, "Origin": f"http://127.0.0.1:{served.port}"}
        async with listen(served.port, **headers) as window:
            assert window.response is not None
            agreed = window.response.headers.get("Sec-WebSocket-Extensions", "")
            await window.send(json.dumps(["x" * 2**20]))
            with pytest.raises(ConnectionClosed) as closed:
                await window.recv()
            assert closed.value.rcvd is not None
            return agreed, closed.value.rcvd.code

    assert asyncio.run(ask()) == ("", 1009)


@pytest.mark.parametrize(
    ("frame", "most"),
    [
        (b"\x81\x82\0\0\0\0[]", 2**20),
        (b"\x81\xfe\x80\0\0\0\0\0[" + b"1," * 16_382 + b"1] ", 12 * 2**20),
    ],
    ids=["short", "long"],
)
def test_no_address_keeps_the_event_loop_busy(
    served: "Served", frame: bytes, most: int
) -> None:
    """Most of what a client sends as fast as it can is not even read."""
    cookies, _ = session(served)
    lines = [
        "GET /ws/notices/ HTTP/1.1",
        "Host: 127.0.0.1",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Cookie: {cookies['Cookie']}",
        f"Origin: http://127.0.0.1:{served.port}",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]
    flood = frame * (2**16 // len(frame))
    sent = 0
    with closing(socket.create_connection(("127.0.0.1", served.port))) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2**16)
        client.sendall("\r\n".join([*lines, "", ""]).encode())
        assert b" 101 " in client.recv(2**16)
        until = monotonic() + 3
        client.settimeout(0)
        while monotonic() < until:
            with suppress(BlockingIOError):
                # The frames go on where the last ones ended.
                sent += client.send(flood[sent % len(flood) :])
            with suppress(BlockingIOError):
                assert client.recv(2**16)
            sleep(0.001)
    # Buffers of both kernels, and what is read in three seconds.
    assert sent < most
    assert served.ask("/api/health/").status == 200


@pytest.mark.docker
def test_nginx_lets_upgrades_through(
    opened: Project, served: "Served", tmp_path: "Path"
) -> None:
    """The location of the page, before the app, in the image of the stack."""
    nginx = (opened.folder / "nginx" / "nginx.conf").read_text("utf-8")
    location = re.search(r"^ +location /ws/ \{.*?^        \}", nginx, re.DOTALL | re.M)
    assert location is not None
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port: int = free.getsockname()[1]
    configuration = NGINX.format(port=port, app=served.port, location=location[0])
    (tmp_path / "nginx.conf").write_text(configuration)
    name = f"websockets-{token_hex(4)}"
    mount = f"{tmp_path}/nginx.conf:/etc/nginx/nginx.conf:ro"
    run = (
        "docker",
        "run",
        "--detach",
        "--name",
        name,
        "--network",
        "host",
        "-v",
        mount,
    )
    subprocess.run((*run, "nginx:stable-alpine"), check=True, capture_output=True)
    cookies, _ = session(served)

    async def ask() -> int:
        """Connect once nginx listens, and close in good order."""
        async with asyncio.timeout(20):
            while True:
                with suppress(ConnectionRefusedError):
                    window = await listen(port, **cookies, Origin="http://127.0.0.1")
                    await window.close()
                    return int(window.close_code or 0)
                await asyncio.sleep(0.1)

    try:
        assert asyncio.run(ask()) == 1000
    finally:
        remove = ("docker", "rm", "--force", name)
        subprocess.run(remove, check=True, capture_output=True)


def test_http_is_served_as_before(served: "Served") -> None:
    """By the same handler."""
    assert served.ask("/api/health/").body["status"] == "healthy"


def test_a_project_that_did_not_follow_opens_no_door(
    project: Project, backends: Backends, tmp_path: "Path"
) -> None:
    """An upgrade is an ordinary request there, for an address that nobody has."""
    project.run("uv", "sync", "--quiet")
    with serving(project, backends, tmp_path, WEB_CONCURRENCY="1") as running:
        upgrade = {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        }
        assert running.ask("/ws/notices/", headers=upgrade).status == 404
