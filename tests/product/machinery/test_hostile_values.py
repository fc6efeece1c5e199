"""Every field of every endpoint is sent what no client should send."""

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import pytest
from drf_spectacular.generators import SchemaGenerator

from apps.users.tests.factories import PASSWORD

if TYPE_CHECKING:
    from rest_framework.test import APIClient

    from tests.assertions import Answer

pytestmark = pytest.mark.django_db
JSON: Final = "application/json"
LARGEST_ID: Final = 2**63 - 1
# What a field gets while another one is tested.
HARMLESS: Final = {"email": "ada@example.com", "full_name": "Ada"}
# As they stand in a body.
VALUES: Final = {
    "huge integer": "9" * 4000,
    "more digits than Python reads": "9" * 5000,
    "infinity": "1e999",
    "boolean": "true",
    "list": "[[]]",
    "object": '{"a": [{}]}',
    "markup": '"<script>%s{}\'--"',
    "right to left": '"\\u202e\\ufeff\\u0301"',
    "long": json.dumps("x" * 100_000),
}
# Endpoints that staff may use as this test does. Another one may be for others, or want
# the id of something that is there, and then does not look at the body.
OWN: Final = ("/api/v1/auth/", "/api/v1/users/")
REFUSED_BEFORE: Final = {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}
UNSTORABLE: Final = {"nul": '"a\\u0000b"', "surrogate": '"\\ud800"'}


DOCUMENT: Final = SchemaGenerator().get_schema(request=None, public=True)


def fields() -> list[tuple[str, str, str]]:
    """List path, method and field of everything that a body may hold."""
    found = []
    for path, item in DOCUMENT["paths"].items():
        for method, operation in item.items():
            content = operation.get("requestBody", {}).get("content", {})
            schema = content.get(JSON, {}).get("schema", {})
            name = schema.get("$ref", "").rpartition("/")[2]
            component = DOCUMENT["components"]["schemas"].get(name, schema)
            names = component.get("properties", {})
            found += [(path, method, field) for field in names]
    return found


def parameters(where: str) -> list[tuple[str, str]]:
    """List path and name of everything that a query or a path may hold."""
    return [
        (path, parameter["name"])
        for path, item in DOCUMENT["paths"].items()
        for parameter in item.get("get", {}).get("parameters", [])
        if parameter["in"] == where
    ]


def body(path: str, method: str, field: str, value: str) -> str:
    """Write a body with one hostile field among harmless ones."""
    others = {name for *where, name in fields() if where == [path, method]} - {field}
    pairs = [
        f"{json.dumps(name)}: {json.dumps(HARMLESS.get(name, PASSWORD))}"
        for name in sorted(others)
    ]
    # The hostile value as it is: json.dumps would not write all of them.
    return "{" + ", ".join([*pairs, f"{json.dumps(field)}: {value}"]) + "}"


def assert_client_error(answer: "Answer") -> list[dict[str, Any]]:
    """Expect the client to be blamed in the API's format."""
    assert HTTPStatus(answer.status_code).is_client_error, answer.content
    errors: list[dict[str, Any]] = json.loads(answer.content)["errors"]
    return errors


@pytest.mark.parametrize(("path", "method", "field"), fields())
@pytest.mark.parametrize("kind", UNSTORABLE)
def test_text_that_no_column_can_hold_is_blamed_on_its_field(
    as_staff: "APIClient", path: str, method: str, field: str, kind: str
) -> None:
    """PostgreSQL never sees a NUL or half a character."""
    text = body(path, method, field, UNSTORABLE[kind])
    answer = as_staff.generic(method.upper(), path, text, content_type=JSON)
    errors = assert_client_error(answer)
    if answer.status_code not in REFUSED_BEFORE or path.startswith(OWN):
        assert answer.status_code == HTTPStatus.BAD_REQUEST
        assert field in {error["attr"] for error in errors}


@pytest.mark.parametrize(("path", "method", "field"), fields())
def test_odd_value_is_no_error_of_the_server(
    as_staff: "APIClient", path: str, method: str, field: str
) -> None:
    """Each is refused in the API's format, or understood as text."""
    for kind, value in VALUES.items():
        text = body(path, method, field, value)
        answer = as_staff.generic(method.upper(), path, text, content_type=JSON)
        if not HTTPStatus(answer.status_code).is_success:
            assert assert_client_error(answer), kind
        # A throttle would refuse it unseen.
        assert answer.status_code != HTTPStatus.TOO_MANY_REQUESTS


@pytest.mark.parametrize(("path", "name"), parameters("query"))
def test_odd_parameter_is_no_error_of_the_server(
    as_staff: "APIClient", path: str, name: str
) -> None:
    """Neither numbers nor cursors nor searches can be made to fail."""
    for value in ("a\x00b", "9" * 5000, "-1", "1e9", "\u202e", "[]", "%s"):
        answer = as_staff.get(path, {name: value})
        if not HTTPStatus(answer.status_code).is_success:
            assert assert_client_error(answer), value


@pytest.mark.parametrize(("path", "name"), parameters("path"))
@pytest.mark.parametrize("number", [LARGEST_ID, LARGEST_ID + 1, 10**400])
def test_id_that_no_column_can_hold_is_not_found(
    as_staff: "APIClient", path: str, name: str, number: int
) -> None:
    """An id beyond the database's numbers is one that does not exist."""
    answer = as_staff.get(path.replace("{" + name + "}", str(number)))
    assert_client_error(answer)
    assert answer.status_code == HTTPStatus.NOT_FOUND
