"""Asking a server once."""

import json
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from email.message import Message

    from benchmarks.load import Request


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server sent back.

    Attributes:
        headers: Its headers.
        content: Its body, parsed as JSON.
    """

    headers: "Message"
    content: dict[str, Any]


def ask(request: "Request", port: int) -> Answer:
    """Send a request without a body.

    Args:
        request: What to ask for.
        port: Port of the server.

    Returns:
        The answer.
    """
    url = f"http://127.0.0.1:{port}{request.path}"
    prepared = urllib.request.Request(url, headers=request.headers)
    with urllib.request.urlopen(prepared, timeout=30) as answer:  # noqa: S310 - loopback
        return Answer(answer.headers, json.load(answer))
