"""What a single value may be is compared by what its reader accepts."""

from typing import Any, Final

import pytest

from django_strict.openapi.schemas import WITHOUT_NUL
from tests.helpers.repository import TEMPLATE
from tests.openapi.pairs import changes, with_answer, with_request

type Document = dict[str, Any]

TEXT: Final = {"type": "string"}
NUMBER: Final = {"type": "integer"}
OBJECT: Final = {"type": "object"}
ARRAY: Final = {"type": "array"}


def of(key: str, described: object) -> Document:
    """Describe an object with one property.

    Args:
        key: Its name.
        described: Its schema.

    Returns:
        The schema.
    """
    return {**OBJECT, "properties": {key: described}}


def further(described: object) -> Document:
    """Describe an object of any properties.

    Args:
        described: Their schema.

    Returns:
        The schema.
    """
    return {**OBJECT, "additionalProperties": described}


# Both schemas, and what is said of requests and of answers.
CASES: Final[list[tuple[Document, Document, list[str], list[str]]]] = [
    # The limits say how long an integer may be.
    (
        {**NUMBER, "maximum": 9},
        {**NUMBER, "maximum": 99, "format": "int64"},
        [],
        [": maximum was 9, is 99"],
    ),
    ({**NUMBER, "format": "int64"}, {**NUMBER, "format": "int32"}, [], []),
    # Text that loses its format or its choices holds no NUL, which it never did.
    (
        {**TEXT, "format": "email"},
        {**TEXT, "pattern": WITHOUT_NUL},
        [],
        [": format was email, is open"],
    ),
    (
        {**TEXT, "enum": ["a"]},
        {**TEXT, "pattern": WITHOUT_NUL, "maxLength": 9},
        [],
        [" is no longer one of a"],
    ),
    (
        {**TEXT, "enum": ["a", "abc"]},
        {**TEXT, "maxLength": 2},
        [": maxLength was open, is 2"],
        [" is no longer one of a, abc"],
    ),
    (
        {**NUMBER, "enum": [3, 5]},
        {**NUMBER, "minimum": 3},
        [],
        [" is no longer one of 3, 5"],
    ),
    # Rules that say nothing.
    (ARRAY, {**ARRAY, "uniqueItems": False, "minItems": 0}, [], []),
    (
        {**ARRAY, "uniqueItems": True},
        {**ARRAY, "uniqueItems": False},
        [],
        [
            ": uniqueItems was true, is open",
        ],
    ),
    (TEXT, {**TEXT, "minLength": 0}, [], []),
    (NUMBER, {**NUMBER, "minimum": 0}, [": minimum was open, is 0"], []),
    # Limits that are meant strictly.
    (
        {**NUMBER, "maximum": 5, "exclusiveMaximum": False},
        {**NUMBER, "maximum": 5, "exclusiveMaximum": True},
        [": exclusiveMaximum was open, is true"],
        [],
    ),
    (
        {**NUMBER, "exclusiveMinimum": 0},
        {**NUMBER, "exclusiveMinimum": 1},
        [": exclusiveMinimum was 0, is 1"],
        [],
    ),
    # Properties without a description of their own.
    (further(TEXT), further(True), [], ["{} was string, is anything"]),  # noqa: FBT003
    (further(TEXT), further({}), [], ["{} was string, is anything"]),
    (further(TEXT), OBJECT, [], ["{} was string, is anything"]),
    (
        further(TEXT),
        further(False),  # noqa: FBT003
        [" no longer accepts further properties"],
        [" no longer has further properties"],
    ),
    (OBJECT, further(NUMBER), ["{} was anything, is integer"], []),
    (
        further(True),  # noqa: FBT003
        further(NUMBER),
        ["{} was anything, is integer"],
        [],
    ),
    (
        OBJECT,
        further(False),  # noqa: FBT003
        [" no longer accepts further properties"],
        [],
    ),
    (further(False), further(TEXT), [], []),  # noqa: FBT003
    # What a list holds.
    (ARRAY, {**ARRAY, "items": NUMBER}, ["[] was anything, is integer"], []),
    ({**ARRAY, "items": NUMBER}, ARRAY, [], ["[] was integer, is anything"]),
    ({**ARRAY, "items": {}}, {**ARRAY, "items": True}, [], []),
    # What one side sees alone.
    (
        of("a", TEXT),
        of("a", {**TEXT, "readOnly": True}),
        ["a is read-only now"],
        [],
    ),
    (
        of("a", TEXT),
        of("a", {"allOf": [{**TEXT, "writeOnly": True}]}),
        [],
        ["a is write-only now"],
    ),
    (of("a", {**TEXT, "readOnly": True}), OBJECT, [], ["a is gone"]),
    (
        {**of("a", {**TEXT, "readOnly": True}), "required": ["a"]},
        {**of("a", TEXT), "required": ["a"]},
        ["a is required now"],
        [],
    ),
    # Another type says it all.
    (
        TEXT,
        {**of("a", TEXT), "required": ["a"]},
        [" was string, is object"],
        [" was string, is object"],
    ),
    (of("a", TEXT), {}, [], [" was object, is anything"]),
    # A type that goes without saying.
    ({"properties": {"a": TEXT}}, of("a", TEXT), [], []),
    # A default is a decision.
    ({**NUMBER, "default": 20}, {**NUMBER, "default": 5}, [], []),
    # What must hold at once.
    (
        {"allOf": [{**OBJECT, "required": ["a"]}, {"required": ["b"]}]},
        {**OBJECT, "required": ["a", "b"]},
        [],
        [],
    ),
    # What no line shows.
    (
        TEXT,
        {**TEXT, "pattern": "^[^\n\u2028`]*$"},
        [r": pattern was open, is ^[^\n\u2028']*$"],
        [],
    ),
    (
        {**TEXT, "enum": ["a", " b\n", "true", ""]},
        {**TEXT, "enum": ["a"]},
        [r' no longer accepts " b\n", "", true'],
        [],
    ),
]


@pytest.mark.parametrize(("old", "new", "of_requests", "of_answers"), CASES)
def test_a_value_fits_or_the_misfit_is_named(
    old: Document, new: Document, of_requests: list[str], of_answers: list[str]
) -> None:
    """In both directions, and with nothing said beside it."""
    assert changes(with_request(old), with_request(new)) == [
        each.removeprefix(": ") for each in of_requests
    ]
    assert changes(with_answer(old), with_answer(new)) == [
        each.removeprefix(": ") for each in of_answers
    ]


def test_the_pattern_that_says_nothing_is_the_one_that_the_code_adds() -> None:
    """The comparison knows it without Django."""
    source = (TEMPLATE / "apps" / "core" / "openapi.py").read_text()
    assert f'WITHOUT_NUL: Final = r"{WITHOUT_NUL}"' in source
