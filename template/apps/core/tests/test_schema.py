"""The OpenAPI document tells the truth about errors, and its page is self-contained."""

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

ERROR = {"$ref": "#/components/schemas/ErrorResponse"}
COMMON = {"400", "405", "406", "408", "413", "414", "429", "431", "500", "503"}


@pytest.fixture(scope="module")
def document(session_settings: None) -> dict[str, Any]:
    """Return the document as clients get it."""
    del session_settings
    parsed: dict[str, Any] = (
        APIClient().get(reverse("schema"), {"format": "json"}).json()
    )
    return parsed


@pytest.fixture
def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return all operations by method and path."""
    return {
        f"{method} {path}": operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }


def test_every_operation_documents_its_errors(
    document: dict[str, Any], operations: dict[str, dict[str, Any]]
) -> None:
    """Those that any may answer, and those of credentials, where they are needed."""
    for name, operation in operations.items():
        assert set(operation["responses"]) >= COMMON, name
        if any(operation.get("security", [])):
            assert {"401", "403"} <= set(operation["responses"]), name
        for status, response in operation["responses"].items():
            if not HTTPStatus(int(status)).is_success:
                shared = document["components"]["responses"].get(f"Error{status}")
                described = (shared if "$ref" in response else response)["content"]
                assert described["application/json"]["schema"] == ERROR, (name, status)
                assert "example" in str(described), (name, status)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "method", "name", "kind"),
    [
        ("401", "GET", "users:me", "application/json"),
        ("404", "GET", "schema", "application/json"),
        ("405", "TRACE", "users:csrf", "application/json"),
        ("415", "POST", "users:token", "text/plain"),
    ],
)
def test_an_example_is_what_a_client_reads(
    document: dict[str, Any], status: str, method: str, name: str, kind: str
) -> None:
    """An error's example is the answer itself."""
    path = reverse(name) + ("gone/" if status == "404" else "")
    content = document["components"]["responses"][f"Error{status}"]["content"]
    answer = APIClient().generic(method, path, "{}", kind)
    assert str(answer.status_code) == status
    assert answer.json() == content["application/json"]["example"]


def test_every_operation_says_in_a_line_what_it_does(
    operations: dict[str, dict[str, Any]],
) -> None:
    """Readers find it in a list of closed ones; sections for developers are left out."""
    for name, operation in operations.items():
        assert re.fullmatch(r"[A-Z].{5,90}[^.]", operation["summary"]), name
        description = operation.get("description", "")
        assert not re.search("Args:|Returns:|Raises:", description), name


def test_passwords_are_never_answered(document: dict[str, Any]) -> None:
    """No answer has a field for a password."""
    for name, schema in document["components"]["schemas"].items():
        if not name.endswith("Request"):
            assert "password" not in schema.get("properties", {}), name


@pytest.mark.django_db
def test_page_is_served_from_here_alone(
    api: "APIClient", django_assert_num_queries: "DjangoAssertNumQueries"
) -> None:
    """Whoever reads it is not reported to a third party; it needs no database."""
    with django_assert_num_queries(0):
        answer = api.get(reverse("docs"))
    assert answer.status_code == HTTPStatus.OK
    assert re.search(r'src="/static/', answer.text)
    assert not re.search(r"""https?://|["'(]//""", answer.text)
    assert "script-src" not in answer["Content-Security-Policy"]
