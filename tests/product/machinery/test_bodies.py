"""Bodies in other charsets than UTF-8 are refused, unread."""

from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from tests.assertions import assert_error

if TYPE_CHECKING:
    from rest_framework.test import APIClient

JSON = "application/json"


def test_bytes_that_are_no_text_are_refused(api: "APIClient") -> None:
    """A body that is not UTF-8 is the client's mistake."""
    url = reverse("users:token")
    answer = api.post(url, b"\xff\xfe", content_type=JSON)
    assert_error(answer, HTTPStatus.BAD_REQUEST, "parse_error")


@pytest.mark.parametrize(
    "charset", ["punycode", "zlib", "utf-7", "latin-1", "nonsense"]
)
@pytest.mark.parametrize("kind", [JSON, "multipart/form-data; boundary=b"])
@pytest.mark.parametrize("name", ["users:token", "admin:login"])
def test_charsets_other_than_utf_8_are_refused_unread(
    api: "APIClient", name: str, kind: str, charset: str
) -> None:
    """Some take seconds to decode, and the client would choose."""
    content_type = f"{kind}; charset={charset}"
    answer = api.generic("POST", reverse(name), "a" * 500_000, content_type)
    assert_error(answer, HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type")


@pytest.mark.parametrize("charset", ["utf-8", "UTF8", '"utf-8"'])
def test_utf_8_is_accepted_however_it_is_spelt(api: "APIClient", charset: str) -> None:
    """In a name that clients use."""
    url, content_type = reverse("users:token"), f"{JSON}; charset={charset}"
    answer = api.generic("POST", url, "{}", content_type)
    assert answer.status_code == HTTPStatus.BAD_REQUEST
