"""Each operation in the OpenAPI document, and each asset of its page."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.staticfiles import finders
from django.urls import reverse
from django.utils.translation import trans_real
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import spectacular_settings
from rest_framework.test import APIClient

from django_strict_asgi.openapi import CompleteDocument

if TYPE_CHECKING:
    from collections.abc import Iterator

FOREIGN = re.compile(r"""https?://|["'(]//""")
SOURCE = re.compile(r'(?:src|href)="([^"]+)"')


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


def test_every_endpoint_is_documented(document: dict[str, Any]) -> None:
    """What the API offers can be found; other apps may offer more."""
    assert {name for name, _ in operations(document)} >= {
        "post /api/v1/auth/register/",
        "post /api/v1/auth/token/",
        "post /api/v1/auth/token/revoke/",
        "get /api/v1/auth/tokens/",
        "delete /api/v1/auth/tokens/",
        "delete /api/v1/auth/tokens/{token_id}/",
        "post /api/v1/auth/email/change/",
        "post /api/v1/auth/email/confirm/",
        "post /api/v1/auth/email/resend/",
        "post /api/v1/users/me/export/",
        "get /api/v1/users/export/",
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


def test_documents_asked_for_at_once_are_all_written(
    monkeypatch: pytest.MonkeyPatch, document: dict[str, Any]
) -> None:
    """The first ones of a process, too, which look the extensions of drf-spectacular up."""
    known: list[object] = []
    monkeypatch.setattr(OpenApiSerializerExtension, "_registry", known)

    class NotInstalled(OpenApiSerializerExtension):
        """One for a package that is not there."""

        target_class = "nowhere.Serializer"

        @classmethod
        def _load_class(cls) -> None:
            """Take the time that an import takes."""
            time.sleep(0.05)
            super()._load_class()

    assert known == [NotInstalled]

    def write(_: int) -> dict[str, Any]:
        """Write one."""
        generator = spectacular_settings.DEFAULT_GENERATOR_CLASS()
        written: dict[str, Any] = generator.get_schema(public=True)
        return written

    with ThreadPoolExecutor(4) as pool:
        paths = [written["paths"].keys() for written in pool.map(write, range(4))]
    assert paths == [document["paths"].keys()] * 4


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
    """404 stands where an id, a page or a mailed link can be wrong."""
    missing = {
        name
        for name, operation in operations(document)
        if "404" in operation["responses"] and "/users/" in name
    }
    assert missing == {
        "get /api/v1/users/",
        "get /api/v1/users/export/",
        "get /api/v1/users/{user_id}/",
    }


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


@pytest.mark.parametrize(
    ("limits", "example"),
    [
        ({}, "Full name"),
        ({"maxLength": 4}, "Full"),
        ({"minLength": 9}, "Full name"),
        ({"minLength": 10}, None),
        ({"format": "date"}, None),
    ],
)
def test_an_example_of_text_keeps_its_limits(
    limits: dict[str, Any], example: str | None
) -> None:
    """One that does not fit is not shown."""
    text = {"type": "string", **limits}
    schemas = {"Shop": {"type": "object", "properties": {"full_name": text}}}
    result = {"components": {"schemas": schemas}}
    CompleteDocument()(result, SchemaGenerator())
    assert text.get("example") == example


def test_a_decimal_from_a_client_has_a_digit() -> None:
    """A point alone is no number."""
    price = {
        "type": "string",
        "format": "decimal",
        "pattern": r"^-?\d{0,2}(?:\.\d{0,2})?$",
    }
    schemas = {"ShopRequest": {"type": "object", "properties": {"price": price}}}
    result = {"components": {"schemas": schemas}}
    CompleteDocument()(result, SchemaGenerator())
    assert re.fullmatch(price["pattern"], "1.5")
    assert not re.fullmatch(price["pattern"], ".")
    assert not re.fullmatch(price["pattern"], "")


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


def test_assets_are_there(api: "APIClient") -> None:
    """Scripts and styles that the page names are served from here."""
    answer = api.get(reverse("docs"))
    assets = [
        source.removeprefix("/static/")
        for source in SOURCE.findall(answer.text)
        if source.startswith("/static/")
    ]
    assert {asset.rpartition(".")[2] for asset in assets} >= {"css", "js"}
    for asset in assets:
        assert finders.find(asset), asset


def test_policy_allows_the_page_and_nothing_else(api: "APIClient") -> None:
    """No inline script is on the page, and none would run."""
    answer = api.get(reverse("docs"))
    policy = dict(
        directive.strip().split(" ", 1)
        for directive in answer["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == "'self'"
    assert "script-src" not in policy
    assert policy["img-src"] == "'self' data:"
    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>\s*\S", answer.text)
    assert " onload=" not in answer.text


def test_script_of_the_page_is_served(api: "APIClient") -> None:
    """The part that starts Swagger UI is a script of its own, for the policy's sake."""
    answer = api.get(f"{reverse('docs')}?script")
    assert answer.status_code == HTTPStatus.OK
    assert "javascript" in answer["Content-Type"]
    assert "SwaggerUIBundle" in answer.text
    assert not FOREIGN.search(answer.text)


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/yaml"])
def test_document_is_served_to_everybody(api: "APIClient", accept: str) -> None:
    """Programs get the document without credentials."""
    answer = api.get(reverse("schema"), HTTP_ACCEPT=accept)
    assert answer.status_code == HTTPStatus.OK


def test_document_is_written_once(
    api: "APIClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each time anew it would keep all threads busy, the longer the larger the API is."""
    first = [api.get(reverse("schema"), {"format": kind}) for kind in ("json", "yaml")]
    monkeypatch.delattr(SchemaGenerator, "get_schema")
    for kind, answer in zip(("json", "yaml"), first, strict=True):
        again = api.get(reverse("schema"), {"format": kind})
        assert again.content == answer.content
        assert dict(again.headers) == dict(answer.headers) | {
            "X-Request-ID": again["X-Request-ID"]
        }


def test_no_query_gets_into_memory_or_a_header() -> None:
    """Django never forgets a language, and a server refuses such a header."""
    query = {"lang": "nonsense", "version": "\x01", "format": "json"}
    answer = APIClient().get(reverse("schema"), query)
    assert answer.status_code == HTTPStatus.OK
    assert "\x01" not in answer["Content-Disposition"]
    assert "nonsense" not in trans_real._translations
