"""Parameters, headers and credentials are compared by what goes over the wire."""

from typing import Any, Final

import pytest

from tests.openapi.pairs import changes, document

type Described = dict[str, Any]
type Wanted = list[dict[str, list[str]]]

IDS: Final = {
    "in": "query",
    "name": "ids",
    "schema": {"type": "array", "items": {"type": "integer"}},
}
TEXT: Final = {"in": "query", "name": "text", "schema": {"type": "string"}}
PLACE: Final = {"in": "header", "name": "X-Place", "schema": {"type": "string"}}
KEY: Final = {"type": "apiKey", "in": "header", "name": "Authorization"}
COOKIE: Final = {"type": "apiKey", "in": "cookie", "name": "sessionid"}
BASIC: Final = {"type": "http", "scheme": "basic"}


def in_json(kind: str) -> Described:
    """Describe a parameter that is written as JSON.

    Args:
        kind: Its type.

    Returns:
        The parameter.
    """
    content = {"application/json": {"schema": {"type": kind}}}
    return {"in": "query", "name": "text", "content": content}


PARAMETERS: Final[list[tuple[Described, Described, list[str]]]] = [
    ({**IDS, "explode": False}, IDS, ["explode was false, is true"]),
    (IDS, {**IDS, "explode": False}, ["explode was true, is false"]),
    (IDS, {**IDS, "style": "form", "explode": True}, []),
    (IDS, {**IDS, "style": "pipeDelimited"}, ["style was form, is pipeDelimited"]),
    ({**IDS, "in": "path"}, {**IDS, "in": "path", "style": "simple"}, []),
    (
        {**IDS, "in": "path"},
        {**IDS, "in": "path", "explode": True},
        ["explode was false, is true"],
    ),
    ({**IDS, "in": "cookie", "explode": True}, {**IDS, "in": "cookie"}, []),
    (PLACE, {**PLACE, "name": "x-place", "style": "simple", "explode": False}, []),
    # A single value is written the same way.
    (TEXT, {**TEXT, "explode": False}, []),
    (in_json("string"), in_json("integer"), ["was string, is integer"]),
    (in_json("string"), TEXT, ["content was application/json, is open"]),
    (TEXT, in_json("string"), ["content was open, is application/json"]),
]


@pytest.mark.parametrize(("old", "new", "sentences"), PARAMETERS)
def test_a_parameter_is_written_as_before_or_named(
    old: Described, new: Described, sentences: list[str]
) -> None:
    """What OpenAPI means where nothing is said counts as said."""
    before, after = (document({"parameters": [each]}) for each in (old, new))
    found = changes(before, after)
    label = f"{old['in']} parameter {old['name'].lower()}"
    assert [each.removeprefix(label).lstrip(": ") for each in found] == sentences


HEADERS: Final[list[tuple[Described, Described, list[str]]]] = [
    ({"X-Count": {}}, {"x-count": {}}, []),
    ({"X-Count": {}}, {}, ["header X-Count is gone"]),
    (
        {"X-Count": {"schema": {"type": "integer"}}},
        {"X-Count": {"schema": {"type": "string"}}},
        ["header X-Count was integer, is string"],
    ),
    (
        {"X-Count": {"$ref": "#/components/headers/Count"}},
        {"X-Count": {"schema": {"type": "string"}}},
        ["header X-Count was integer, is string"],
    ),
    (
        {"X-Count": {"required": True}},
        {"X-Count": {}},
        ["header X-Count may now be missing"],
    ),
    (
        {"X-Count": {"content": {"text/plain": {"schema": {"type": "integer"}}}}},
        {"X-Count": {"content": {"text/plain": {"schema": {"type": "string"}}}}},
        ["header X-Count was integer, is string"],
    ),
]


@pytest.mark.parametrize(("old", "new", "sentences"), HEADERS)
def test_a_header_of_an_answer_stays_or_is_named(
    old: Described, new: Described, sentences: list[str]
) -> None:
    """Its name is read in either case."""
    shared = {"headers": {"Count": {"schema": {"type": "integer"}}}}
    before, after = (
        document({"responses": {"200": {"headers": each}}}, shared)
        for each in (old, new)
    )
    assert changes(before, after) == sentences


# What is wanted and what the schemes are, before and after.
CREDENTIALS: Final[list[tuple[Wanted, Described, Wanted, Described, list[str]]]] = [
    ([{"k": []}], {"k": KEY}, [{"k": []}], {"k": KEY}, []),
    # Its own name is for people.
    ([{"k": []}], {"k": KEY}, [{"j": []}], {"j": KEY}, []),
    (
        [{"k": []}],
        {"k": KEY},
        [{"k": []}],
        {"k": {**KEY, "name": "authorization", "description": "Words."}},
        [],
    ),
    (
        [{"k": []}],
        {"k": KEY},
        [{"k": []}],
        {"k": {**KEY, "name": "X-Key"}},
        ["no longer works with k (apiKey header Authorization)"],
    ),
    (
        [{"k": []}],
        {"k": COOKIE},
        [{"k": []}],
        {"k": {**COOKIE, "name": "SESSIONID"}},
        ["no longer works with k (apiKey cookie sessionid)"],
    ),
    (
        [{"k": []}],
        {"k": KEY},
        [{"k": []}],
        {"k": BASIC},
        ["no longer works with k (apiKey header Authorization)"],
    ),
    ([{"k": []}], {"k": BASIC}, [{"k": []}], {"k": {**BASIC, "scheme": "Basic"}}, []),
    (
        [{"k": []}],
        {"k": BASIC},
        [{"k": []}],
        {"k": {**BASIC, "scheme": "bearer"}},
        ["no longer works with k (http basic)"],
    ),
    # Scopes.
    (
        [{"k": ["read"]}],
        {},
        [{"k": ["read", "write"]}],
        {},
        ["needs the scope write of k now"],
    ),
    ([{"k": ["read", "write"]}], {}, [{"k": ["read"]}], {}, []),
    ([{"k": ["read"]}], {}, [{"k": ["write"]}, {"k": ["read"]}], {}, []),
    ([{"k": [], "c": []}], {}, [{"k": []}], {}, []),
    (
        [{"k": []}],
        {"k": KEY, "c": COOKIE},
        [{"k": [], "c": []}],
        {"k": KEY, "c": COOKIE},
        ["no longer works with k (apiKey header Authorization)"],
    ),
    ([{}], {}, [{"k": []}], {"k": KEY}, ["needs credentials now"]),
]


@pytest.mark.parametrize(("old", "known", "new", "named", "sentences"), CREDENTIALS)
def test_credentials_still_work_or_are_named(
    old: Wanted, known: Described, new: Wanted, named: Described, sentences: list[str]
) -> None:
    """By where they are sent and under which name."""
    before = document({"security": old}, {"securitySchemes": known})
    after = document({"security": new}, {"securitySchemes": named})
    assert changes(before, after) == sentences
