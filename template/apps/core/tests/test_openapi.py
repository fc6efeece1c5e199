"""The OpenAPI document tells the truth about errors, too."""

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse
from drf_spectacular.validation import validate_schema
from rest_framework.test import APIClient

if TYPE_CHECKING:
    from collections.abc import Iterator

ERROR = {"$ref": "#/components/schemas/ErrorResponse"}
COMMON = {
    *("400", "405", "406", "408", "413", "414", "429", "431", "500", "503"),
}


@pytest.fixture(scope="module")
def document(session_settings: None) -> dict[str, Any]:
    """Return the document as clients get it."""
    del session_settings
    answer = APIClient().get(reverse("schema"), {"format": "json"})
    parsed: dict[str, Any] = answer.json()
    return parsed


def operations(document: dict[str, Any]) -> "Iterator[tuple[str, dict[str, Any]]]":
    """Walk over all operations."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield f"{method} {path}", operation


def test_document_is_valid(document: dict[str, Any]) -> None:
    """Tools that read OpenAPI 3 can read it."""
    validate_schema(document)
    assert document["openapi"].startswith("3.")


def test_every_endpoint_is_documented(document: dict[str, Any]) -> None:
    """What the API offers can be found; other apps may offer more."""
    assert {name for name, _ in operations(document)} >= {
        "post /api/v1/auth/register/",
        "post /api/v1/auth/token/",
        "post /api/v1/auth/token/revoke/",
        "get /api/v1/auth/csrf/",
        "post /api/v1/auth/login/",
        "post /api/v1/auth/logout/",
        "post /api/v1/auth/password/change/",
        "post /api/v1/auth/password/reset/",
        "post /api/v1/auth/password/reset/confirm/",
        "get /api/v1/users/me/",
        "patch /api/v1/users/me/",
        "delete /api/v1/users/me/",
        "get /api/v1/users/",
        "get /api/v1/users/{user_id}/",
    }


def test_every_operation_documents_its_errors(document: dict[str, Any]) -> None:
    """Errors that any operation may answer have the one format."""
    for name, operation in operations(document):
        assert set(operation["responses"]) >= COMMON, name
        for status, response in operation["responses"].items():
            if not HTTPStatus(int(status)).is_success:
                schema = response["content"]["application/json"]["schema"]
                assert schema == ERROR, (name, status)


def test_operations_with_credentials_document_their_refusal(
    document: dict[str, Any],
) -> None:
    """401 and 403 stand where they can happen, and nowhere else."""
    for name, operation in operations(document):
        protected = any(operation.get("security", []))
        assert ({"401", "403"} <= set(operation["responses"])) is protected, name


def test_login_documents_its_csrf_token_and_the_refusal(
    document: dict[str, Any],
) -> None:
    """It needs no credentials, and still may answer 403."""
    operation = document["paths"]["/api/v1/auth/login/"]["post"]
    assert "403" in operation["responses"]
    headers = [
        parameter["name"]
        for parameter in operation["parameters"]
        if parameter["in"] == "header" and parameter["required"]
    ]
    assert headers == ["X-CSRFToken"]


def test_operations_with_a_body_document_what_can_be_wrong_with_it(
    document: dict[str, Any],
) -> None:
    """409 and 415 belong to a body."""
    for name, operation in operations(document):
        with_body = "requestBody" in operation
        documented = {"409", "415"} <= set(operation["responses"])
        assert documented is with_body, name


def test_missing_things_are_documented(document: dict[str, Any]) -> None:
    """404 stands where an id or a page can be wrong."""
    missing = {
        name
        for name, operation in operations(document)
        if "404" in operation["responses"] and "/users/" in name
    }
    assert missing == {"get /api/v1/users/", "get /api/v1/users/{user_id}/"}


def test_descriptions_are_for_clients(document: dict[str, Any]) -> None:
    """Docstring sections for developers are left out."""
    for name, operation in operations(document):
        description = operation["description"]
        assert description, name
        for section in ("Args:", "Returns:", "Raises:"):
            assert section not in description, name


def test_text_from_clients_documents_that_it_holds_no_nul(
    document: dict[str, Any],
) -> None:
    """In bodies and queries; a format or a choice excludes it anyway."""
    schemas = document["components"]["schemas"]
    sent = dict(schemas["RegisterRequest"]["properties"])
    parameters = document["paths"]["/api/v1/users/"]["get"]["parameters"]
    sent |= {parameter["name"]: parameter["schema"] for parameter in parameters}
    excluding = {name for name, schema in sent.items() if "pattern" in schema}
    assert excluding == {"password", "full_name", "search", "cursor"}
    assert re.fullmatch(sent["search"]["pattern"], "a\nb")
    assert not re.fullmatch(sent["search"]["pattern"], "a\0b")
    assert "pattern" not in schemas["User"]["properties"]["full_name"]


def test_only_json_is_spoken(document: dict[str, Any]) -> None:
    """Bodies have one content type in both directions."""
    for name, operation in operations(document):
        body = operation.get("requestBody", {"content": {"application/json": {}}})
        assert set(body["content"]) == {"application/json"}, name


def test_list_documents_its_parameters_and_page(document: dict[str, Any]) -> None:
    """Clients can be generated for search, order and pages."""
    operation = document["paths"]["/api/v1/users/"]["get"]
    names = {parameter["name"] for parameter in operation["parameters"]}
    assert names == {"page", "page_size", "cursor", "search", "ordering"}
    content = operation["responses"]["200"]["content"]["application/json"]
    reference = content["schema"]["$ref"].rsplit("/", 1)[-1]
    page = document["components"]["schemas"][reference]
    assert set(page["properties"]) == {"count", "next", "previous", "results"}
    # Pages that follow a cursor have neither count nor previous.
    assert set(page["required"]) == {"next", "results"}


def test_passwords_are_never_answered(document: dict[str, Any]) -> None:
    """No answer has a field for a password."""
    schemas = document["components"]["schemas"]
    for name, schema in schemas.items():
        if not name.endswith("Request"):
            assert "password" not in schema.get("properties", {}), name
