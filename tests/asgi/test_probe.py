"""The container's health check, as the image runs it: by path, without any package."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from django_strict_asgi import probe


@contextmanager
def app(status: int, seen: list[str]) -> Iterator[tuple[str, int]]:
    """Answer as an app would.

    Args:
        status: Status code of the answer.
        seen: Takes the path and the host of each request.

    Yields:
        Its address.
    """

    class Handler(BaseHTTPRequestHandler):
        """Answers every request alike."""

        def do_GET(self) -> None:
            """Answer."""
            seen.extend((self.path, self.headers["Host"]))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield ("127.0.0.1", server.server_port)
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1), (301, 1)])
def test_only_200_is_healthy(
    status: int, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It asks for the health check, which is answered under any host name."""
    seen: list[str] = []
    with app(status, seen) as address:
        monkeypatch.setattr(probe, "ADDRESS", address)
        monkeypatch.setattr(sys, "argv", ["probe"])
        assert probe.main() == code
    assert seen == ["/api/health/", "localhost"]


def test_silence_is_not_healthy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The reason is what `docker inspect` shows."""
    monkeypatch.setattr(probe, "ADDRESS", ("127.0.0.1", 1))
    assert probe.main() == 1
    assert "no answer" in capsys.readouterr().out


def test_the_probe_needs_the_standard_library_alone() -> None:
    """It runs every few seconds, without site-packages and without Django."""
    load = f"import runpy, sys; runpy.run_path({probe.__file__!r})"
    command = (
        sys.executable,
        "-I",
        "-S",
        "-c",
        f"{load}; assert 'http' not in sys.modules",
    )
    subprocess.run(command, check=True)
