"""What a request may cost: never more than in proportion to its length.

``pytest -s`` prints the table of docs/security.md. Measured is this thread's time on the
processor, of which the least of several runs counts.
"""

import base64
import json
import sys
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from apps.core.throttling import (
    AccountRate,
    AnonRate,
    LoginRate,
    RegisterRate,
    UserRate,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from apps.users.models import User

pytestmark = pytest.mark.django_db
JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"
PARTS: Final = "multipart/form-data; boundary=b"
# Bytes: what DATA_UPLOAD_MAX_MEMORY_SIZE allows, and what nginx and gunicorn allow.
BODY: Final = 2**20 - 200
LINE: Final = 8_000
SHARE: Final = 8
# Eight times the length takes about eight times the time; what grows with the square
# takes sixty-four times. Other work on the machine makes up for less than this.
GROWTH: Final = 3 * SHARE
# Seconds. Below this the rest of the request decides, which is the same for all lengths.
REST: Final = 0.001
OK: Final = HTTPStatus.OK
BAD: Final = HTTPStatus.BAD_REQUEST
UNKNOWN: Final = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class Sent(NamedTuple):
    """What a client sends."""

    body: str = ""
    kind: str = JSON
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()


class Case(NamedTuple):
    """Work whose amount the client chooses."""

    name: str
    view: str
    status: int
    make: "Callable[[int], Sent]"
    length: int = BODY


def filled(start: str, text: str, end: str, length: int) -> str:
    """Repeat a text as often as there is room for."""
    room = length - len(start + end)
    return start + text * (room // len(text.encode())) + end


def header(name: str, start: str, text: str, end: str = "") -> "Callable[[int], Sent]":
    """Make requests with a header of a length."""
    return lambda n: Sent(headers=((name, filled(start, text, end, n)),))


def kind(start: str, text: str) -> "Callable[[int], Sent]":
    """Make requests whose body is of a kind that has a long name."""
    return lambda n: Sent("{}", filled(start, text, "", n))


def query(start: str, text: str) -> "Callable[[int], Sent]":
    """Make requests with a query of a length."""
    return lambda n: Sent(query=filled(start, text, "", n))


def body(start: str, text: str, end: str, kind: str = JSON) -> "Callable[[int], Sent]":
    """Make requests with a body of a length."""
    return lambda n: Sent(filled(start, text, end, n), kind)


def value(field: str, text: str) -> "Callable[[int], Sent]":
    """Make JSON with a long text."""
    return body(f'{{"{field}":"', text, '"}')


def form(field: str, text: str) -> "Callable[[int], Sent]":
    """Make a login form with a long field."""
    return body(f"username=a&password=a&{field}=", text, "", FORM)


def part(text: str, headers: str = "") -> "Callable[[int], Sent]":
    """Make a form of one long part."""
    name = 'Content-Disposition: form-data; name="password"'
    return body(f"--b\r\n{name}\r\n{headers}\r\n", text, "\r\n--b--\r\n", PARTS)


def nested(length: int) -> Sent:
    """Nest lists as deep as they go."""
    return Sent("[" * (length // 2) + "]" * (length // 2))


def keys(length: int) -> Sent:
    """Name as many keys as there is room for."""
    return Sent(json.dumps({f"{number:06}": 1 for number in range(length // 13)}))


def cursor(text: str) -> "Callable[[int], Sent]":
    """Make a query with a long cursor."""

    def make(length: int) -> Sent:
        """Encode it."""
        inner = filled("", text, "", length * 3 // 4 - 8)
        return Sent(query="cursor=" + base64.urlsafe_b64encode(inner.encode()).decode())

    return make


BASE64: Final = "Content-Transfer-Encoding: base64\r\n"
PART: Final = '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
# A kilobyte each, lest there be more parts than a form may have.
MANY: Final = PART.replace('"a"', f'"a"{";" * 900}').replace("1", "1" * 200)
NAMELESS: Final = "--b\r\nContent-Disposition:;filename=a\r\n\r\n1\r\n"
LINES: Final = PART.replace("\r\n\r\n", f"\r\n{'a:;\r\n' * 180}\r\n" + "1" * 200)
WIDE: Final = "\ufdfa"  # becomes 18 characters in Unicode's compatible form
MARKS: Final = "\u0301\u0316"  # which Unicode puts into the other order
CASES: Final = (
    Case("JSON: one text", "token", BAD, value("email", "a")),
    Case("JSON: escapes", "token", BAD, value("email", "\\u00e9")),
    Case("JSON: nested lists", "token", BAD, nested),
    Case("JSON: many keys", "token", BAD, keys),
    Case("JSON: one key again and again", "token", BAD, body("{", '"a":1,', '"a":1}')),
    Case("JSON: endless integer", "token", BAD, body('{"a":', "9", "}")),
    Case("JSON: long integers", "token", BAD, body("[", "9" * 4300 + ",", "1]")),
    Case("JSON: endless fraction", "token", BAD, body('{"a":0.', "9", "}")),
    Case("JSON: huge exponent", "token", BAD, body('{"a":1e', "9", "}")),
    Case("JSON: many exponents", "token", BAD, body("[", "1e308,", "1]")),
    Case("JSON: text without an end", "token", BAD, body('{"a":"', '\\"', "")),
    Case("JSON: blanks", "token", BAD, body("{", " ", "}")),
    Case("e-mail: many dots", "register", BAD, value("email", "a@a.")),
    Case("e-mail: to normalise", "register", BAD, value("email", WIDE)),
    Case("e-mail: marks to order", "register", BAD, value("email", MARKS)),
    Case("password: to normalise", "token", BAD, value("password", WIDE)),
    Case("name: many words", "register", BAD, value("full_name", "a ")),
    Case("form: many fields", "admin", BAD, body("", "a=&", "", FORM)),
    Case("form: separators", "admin", BAD, body("", "&", "", FORM)),
    Case("form: escapes", "admin", OK, form("password", "%C3%A9")),
    Case("form: user name to normalise", "admin", OK, form("username", WIDE)),
    Case("form: long password", "admin", OK, form("password", "a")),
    Case("multipart: many parts", "admin", BAD, body("", PART, "--b--\r\n", PARTS)),
    Case("multipart: one long part", "admin", OK, part("a")),
    Case("multipart: borders that are none", "admin", OK, part("\r\n--")),
    Case("multipart: Base64", "admin", OK, part("QUFB", BASE64)),
    Case("multipart: blanks in Base64", "admin", OK, part(" ", BASE64)),
    Case("multipart: no border", "admin", BAD, body("", "a", "", PARTS)),
    Case("multipart: long header", "admin", BAD, body("--b\r\nX: ", "a;", "", PARTS)),
    Case("multipart: parameters", "admin", BAD, body("", MANY, "--b--\r\n", PARTS)),
    Case("multipart: no names", "admin", BAD, body("", NAMELESS, "--b--\r\n", PARTS)),
    Case("multipart: lines", "admin", BAD, body("", LINES, "--b--\r\n", PARTS)),
    Case("Cookie: many", "csrf", OK, header("Cookie", "", "a=b; "), LINE),
    Case("Accept: many", "csrf", OK, header("Accept", "*/*", ",a/b;q=0.1"), LINE),
    Case("Accept: parameters", "csrf", OK, header("Accept", "*/*,a/b", ";a=b"), LINE),
    Case("Content-Type: parameters", "token", UNKNOWN, kind("a/b", ";a=b"), LINE),
    Case("Content-Type: quotes", "token", UNKNOWN, kind('a/b;a="', '\\"'), LINE),
    Case("X-Forwarded-For", "csrf", OK, header("X-Forwarded-For", "1", ",1"), LINE),
    Case("X-Request-ID", "csrf", OK, header("X-Request-ID", "", "a"), LINE),
    Case("Host: letters", "csrf", BAD, header("Host", "[", "a"), LINE),
    Case("Host: colons", "csrf", BAD, header("Host", "[", ":"), LINE),
    Case("Authorization", "me", 401, header("Authorization", "Token ", "a"), LINE),
    Case("query: separators", "list", BAD, query("", "&"), LINE),
    Case("query: many fields", "list", BAD, query("", "a=&"), LINE),
    Case("query: search", "list", BAD, query("search=", "a"), LINE),
    Case("query: ordering", "list", BAD, query("ordering=", "-"), LINE),
    Case("query: page", "list", 404, query("page=", "9"), LINE),
    Case("query: page size", "list", OK, query("page_size=", "9"), LINE),
    Case("query: nested cursor", "list", 404, cursor("["), LINE),
    Case("query: cursor of digits", "list", 404, cursor("9"), LINE),
    Case("admin site: search words", "accounts", OK, query("q=", "a+"), LINE),
    Case("admin site: filters", "accounts", OK, query("", "is_staff__exact=1&"), LINE),
    # Before 3.12.6 Python reads these in quadratic time; the image has a later one.
    *(
        [Case("Cookie: quotes", "csrf", OK, header("Cookie", 'a="', "\\\\", '"'), LINE)]
        if sys.version_info >= (3, 12, 6)
        else []
    ),
)
NAMES: Final = {"admin": "admin:login", "accounts": "admin:users_user_changelist"}
TABLE: Final[list[str]] = []


@pytest.fixture(scope="module", autouse=True)
def table() -> "Iterator[None]":
    """Print what was measured."""
    yield
    sys.stdout.write("\n".join(["", *TABLE, ""]))


@pytest.fixture
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody be refused for asking often."""
    for rate in (AccountRate, AnonRate, LoginRate, RegisterRate, UserRate):
        monkeypatch.setattr(rate, "rate", "100000/min", raising=False)


@pytest.fixture
def root(staff: "User") -> APIClient:
    """Return the browser of somebody who may do everything."""
    staff.is_superuser = True
    staff.save()
    client = APIClient(raise_request_exception=False)
    client.force_login(staff)
    return client


@pytest.mark.usefixtures("unlimited")
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_cost_grows_no_faster_than_the_request(
    case: Case, api: APIClient, root: APIClient
) -> None:
    """And the request is answered, mostly refused, as expected."""
    url = reverse(NAMES.get(case.view, f"users:{case.view}"))
    client = root if case.view in {"list", "accounts"} else api

    def cost(length: int) -> float:
        """Measure the least time that a request of a length takes."""
        sent, times = case.make(length), []
        method = "GET" if case.view in {"csrf", "me", "list", "accounts"} else "POST"
        for _ in range(5 if case.length == BODY else 20):
            target, content = f"{url}?{sent.query}", sent.body.encode()
            headers = dict(sent.headers)
            started = time.thread_time()
            answer = client.generic(method, target, content, sent.kind, headers=headers)
            times.append(time.thread_time() - started)
            if length == case.length:
                assert answer.status_code == case.status, answer.content[:500]
        return min(times)

    short, whole = cost(case.length // SHARE), cost(case.length)
    kilobytes = case.length * (1 - 1 / SHARE) / 1024
    each = 1000 * max(0, whole - short) / kilobytes
    length = "1 MB" if case.length == BODY else "8 KB"
    ends = f"{1000 * whole:.0f} | {each:.2f} | {int(case.status)} |"
    TABLE.append(f"| {case.name} | {length} | {ends}")
    assert whole < GROWTH * max(short, REST)
