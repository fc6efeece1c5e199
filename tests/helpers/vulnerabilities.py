"""A stand-in for the service that knows vulnerabilities: OSV's interface, on loopback."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any, Final, override

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

ADVISORY: Final = "GHSA-made-upid-here"
FIXED_IN: Final = "99.0"
DATE: Final = "2026-01-01T00:00:00Z"


class Handler(BaseHTTPRequestHandler):
    """Answers as OSV does, about packages that a test names."""

    vulnerable: "AbstractSet[str]" = frozenset()

    def do_POST(self) -> None:
        """Say which of many packages have a vulnerability."""
        size = int(self.headers["Content-Length"])
        names = [
            query["package"]["name"]
            for query in json.loads(self.rfile.read(size))["queries"]
        ]
        found = {"vulns": [{"id": ADVISORY, "modified": DATE}]}
        self._send(
            {"results": [found if name in self.vulnerable else {} for name in names]}
        )

    def do_GET(self) -> None:
        """Describe the vulnerability."""
        events = [{"introduced": "0"}, {"fixed": FIXED_IN}]
        affected = [
            {
                "package": {"name": name, "ecosystem": "PyPI"},
                "ranges": [{"type": "ECOSYSTEM", "events": events}],
            }
            for name in sorted(self.vulnerable)
        ]
        self._send({"id": ADVISORY, "modified": DATE, "affected": affected})

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet.

        Args:
            format: Not used.
            *args: Not used.
        """

    def _send(self, content: dict[str, Any]) -> None:
        """Answer with JSON.

        Args:
            content: What to send.
        """
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def vulnerabilities(names: "AbstractSet[str]") -> Iterator[str]:
    """Serve the stand-in.

    Args:
        names: Packages that it calls vulnerable, in every version.

    Yields:
        Its address.
    """
    handler = type("Chosen", (Handler,), {"vulnerable": names})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
