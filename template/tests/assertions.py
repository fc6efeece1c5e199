"""What several tests expect in the same words."""

import json
from http import HTTPStatus
from typing import Protocol


class Answer(Protocol):
    """What the answers of Django's, DRF's and the async client have in common."""

    status_code: int
    content: bytes

    def __getitem__(self, header: str, /) -> str:
        """Return a header."""


def assert_error(
    response: "Answer", status: int, code: str, attr: str | None = None
) -> None:
    """Expect an error in the API's one format.

    Args:
        response: What the API answered.
        status: Expected status code.
        code: Code that one of the errors must have.
        attr: Field of the request that this error must name.

    Raises:
        AssertionError: If anything differs.
    """
    assert response.status_code == status, response.content
    assert response["Content-Type"].startswith("application/json")
    body = json.loads(response.content)
    assert set(body) == {"type", "errors"}
    assert all(set(error) == {"code", "detail", "attr"} for error in body["errors"])
    found = {(error["code"], error["attr"]) for error in body["errors"]}
    assert (code, attr) in found, body
    server_error = HTTPStatus(status).is_server_error
    kind = "server_error" if server_error else "client_error"
    assert body["type"] == ("validation_error" if attr else kind)
