"""Swagger UI works from this server alone, under the policy sent with it."""

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from django.contrib.staticfiles import finders
from django.urls import reverse

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries
    from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db
FOREIGN = re.compile(r"""https?://|["'(]//""")
SOURCE = re.compile(r'(?:src|href)="([^"]+)"')


def test_page_has_no_foreign_origin(api: "APIClient") -> None:
    """Whoever reads the documentation is not reported to a third party."""
    answer = api.get(reverse("docs"))
    assert answer.status_code == HTTPStatus.OK
    sources = SOURCE.findall(answer.text)
    assert sources
    assert all(source.startswith("/") for source in sources), sources
    assert not FOREIGN.search(answer.text)


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


def test_number_of_queries(
    api: "APIClient", django_assert_num_queries: "DjangoAssertNumQueries"
) -> None:
    """Documentation needs no database."""
    with django_assert_num_queries(0):
        api.get(reverse("docs"))
        api.get(reverse("schema"))
