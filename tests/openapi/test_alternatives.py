"""Alternatives are compared one by one, and choices as the enumerations they are."""

from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.openapi.pairs import changes, reference, with_answer, with_request

if TYPE_CHECKING:
    from tests.openapi.history import Document

STATES: Final = reference("State")
# As drf-spectacular writes a choice that may be blank or null.
NAMED: Final["Document"] = {
    "State": {"type": "string", "enum": ["open", "done"]},
    "Blank": {"enum": [""]},
    "Null": {"enum": [None]},
    "Card": {
        "type": "object",
        "required": ["number"],
        "properties": {"number": {"type": "string"}},
    },
    "Bank": {
        "type": "object",
        "required": ["iban"],
        "properties": {"iban": {"type": "string"}},
    },
}
MORE: Final = {**NAMED, "State": {"type": "string", "enum": ["done", "open", "lost"]}}
BLANK: Final = {"oneOf": [STATES, reference("Blank")]}
NULLABLE: Final = {"oneOf": [STATES, reference("Null")], "nullable": True}
PAYMENT: Final = {"oneOf": [reference("Card"), reference("Bank")]}
TEXT: Final = {"type": "string"}
NUMBER: Final = {"type": "integer"}
ANYTHING: Final = " was string, is anything"


def with_property(name: str, key: str, described: "Document") -> "Document":
    """Give an alternative another property.

    Args:
        name: Name of the alternative.
        key: Name of the property.
        described: Its schema.

    Returns:
        All alternatives.
    """
    properties = {**NAMED[name]["properties"], key: described}
    return {**NAMED, name: {**NAMED[name], "properties": properties}}


# What it is, both schemas, the schemas they refer to, and what a request and an answer say
# to it.
CASES: Final[list[tuple[str, Any, Any, "Document", "Document", str, str]]] = [
    ("the same", BLANK, BLANK, NAMED, NAMED, "", ""),
    ("a new choice", BLANK, BLANK, NAMED, MORE, "", " may now be lost"),
    ("a lost choice", BLANK, BLANK, MORE, NAMED, " no longer accepts lost", ""),
    ("blank, too", STATES, BLANK, NAMED, NAMED, "", ' may now be ""'),
    ("blank no more", BLANK, STATES, NAMED, NAMED, ' no longer accepts ""', ""),
    ("null, too", STATES, NULLABLE, NAMED, NAMED, "", " may now be null"),
    ("null no more", NULLABLE, STATES, NAMED, NAMED, " no longer accepts null", ""),
    ("a choice at last", TEXT, BLANK, {}, NAMED, ' accepts only "", done, open', ""),
    (
        "a choice no more",
        BLANK,
        TEXT,
        NAMED,
        NAMED,
        "",
        ' is no longer one of "", done, open',
    ),
    ("an enumeration of null", {"enum": [None]}, {"enum": [None]}, {}, {}, "", ""),
    (
        "null beside a value",
        {"enum": ["a", None]},
        {"type": "string", "enum": ["a"], "nullable": True},
        {},
        {},
        "",
        "",
    ),
    (
        "a value by itself",
        {"const": "a"},
        {"type": "string", "enum": ["a"]},
        {},
        {},
        "",
        "",
    ),
    (
        "anyOf instead",
        {"oneOf": [TEXT, NUMBER]},
        {"anyOf": [NUMBER, TEXT]},
        {},
        {},
        "",
        "",
    ),
    (
        "a list of types instead",
        {"oneOf": [TEXT, NUMBER, {"type": "null"}]},
        {"type": ["integer", "null", "string"]},
        {},
        {},
        "",
        "",
    ),
    (
        "null by its type",
        {"type": ["string", "null"]},
        {**TEXT, "nullable": True},
        {},
        {},
        "",
        "",
    ),
    ("anything, null, too", {**TEXT, "nullable": True}, {}, {}, {}, "", ANYTHING),
    ("from anything", {"nullable": True}, TEXT, {}, {}, " was anything, is string", ""),
    ("one of one", {"oneOf": [TEXT]}, TEXT, {}, {}, "", ""),
    (
        "one of one that is null",
        {"oneOf": [TEXT]},
        {"oneOf": [TEXT], "nullable": True},
        {},
        {},
        "",
        " may now be null",
    ),
    (
        "null beside a part that refuses it",
        {"oneOf": [TEXT]},
        {"oneOf": [{**TEXT, "nullable": False}], "nullable": True},
        {},
        {},
        "",
        " may now be null",
    ),
    (
        "all of one that is null",
        {"allOf": [reference("Card")]},
        {"allOf": [reference("Card")], "nullable": True},
        NAMED,
        NAMED,
        "",
        " may now be null",
    ),
    (
        "any of one that is null no more",
        {"anyOf": [TEXT, NUMBER], "nullable": True},
        {"anyOf": [TEXT, NUMBER]},
        {},
        {},
        " no longer accepts null",
        "",
    ),
    (
        "an alternative more",
        TEXT,
        {"oneOf": [TEXT, NUMBER]},
        {},
        {},
        "",
        " gained the alternative integer",
    ),
    (
        "an alternative less",
        PAYMENT,
        reference("Card"),
        NAMED,
        NAMED,
        " lost the alternative Bank",
        "",
    ),
    (
        "an alternative less that is described",
        {"oneOf": [reference("Card"), {"allOf": [reference("Bank")], "title": "B"}]},
        reference("Card"),
        NAMED,
        NAMED,
        " lost the alternative Bank",
        "",
    ),
    (
        "anything else",
        {"oneOf": [TEXT, NUMBER]},
        {},
        {},
        {},
        "",
        " was integer, string, is anything",
    ),
    (
        "never anything",
        {"oneOf": [TEXT, NUMBER]},
        {"oneOf": [TEXT, False]},
        {},
        {},
        " lost the alternative integer",
        "",
    ),
    (
        "what stands beside",
        {"type": "string", "oneOf": [{"enum": ["a"]}, {"maxLength": 5}]},
        {"oneOf": [{"type": "string", "maxLength": 5}, {"enum": ["a"]}]},
        {},
        {},
        "",
        "",
    ),
    (
        "an optional property of one",
        PAYMENT,
        PAYMENT,
        NAMED,
        with_property("Card", "owner", TEXT),
        "",
        "",
    ),
    (
        "a property of another type",
        PAYMENT,
        PAYMENT,
        NAMED,
        with_property("Card", "number", NUMBER),
        " (Card): number was string, is integer",
        " (Card): number was string, is integer",
    ),
    (
        "a default and a text",
        {"oneOf": [{**TEXT, "default": "a"}]},
        {"oneOf": [{**TEXT, "default": "b", "description": "Words."}]},
        {},
        {},
        "",
        "",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_alternatives_fit_or_the_misfit_is_named(
    case: tuple[str, Any, Any, "Document", "Document", str, str],
) -> None:
    """In both directions, and with nothing said beside it."""
    _, old, new, known, named, of_requests, of_answers = case
    sent = changes(with_request(old, known), with_request(new, named))
    assert sent == [of_requests.removeprefix(": ")] * bool(of_requests)
    read = changes(with_answer(old, known), with_answer(new, named))
    assert read == [of_answers.removeprefix(": ")] * bool(of_answers)


def test_each_lost_alternative_is_named() -> None:
    """A line that excuses one does not excuse the other."""
    old, new = {"oneOf": [TEXT, NUMBER, reference("Bank")]}, {"type": "boolean"}
    assert changes(with_request(old, NAMED), with_request(new)) == [
        " lost the alternative string",
        " lost the alternative integer",
        " lost the alternative Bank",
    ]


def tree(leaf: "Document") -> "Document":
    """Describe nodes that are groups of nodes, or leaves.

    Args:
        leaf: Schema of a leaf.

    Returns:
        The schemas.
    """
    above = {"allOf": [reference("Node")], "nullable": True, "description": "Above."}
    parts = {"type": "array", "items": reference("Node")}
    properties = {"above": above, "parts": parts}
    return {
        "Node": {"oneOf": [reference("Group"), leaf]},
        "Group": {"type": "object", "properties": properties},
    }


def test_alternatives_may_contain_themselves() -> None:
    """By a reference, or by one with something beside it."""
    old, new, top = tree(NUMBER), tree(TEXT), reference("Node")
    assert changes(with_answer(top, old), with_answer(top, old)) == []
    assert changes(with_answer(top, old), with_answer(top, new)) == [
        " (Group): above gained the alternative string",
        " gained the alternative string",
    ]


def test_many_alternatives_that_contain_one_another_take_no_time() -> None:
    """Each pair is looked at once, or there would be millions of ways through them."""
    names = [f"Kind{number}" for number in range(12)]
    named = {
        name: {
            "type": "object",
            "properties": {
                "kind": {"type": "string", "enum": [name]},
                "part": {"oneOf": [reference(other) for other in names]},
            },
        }
        for name in names
    }
    top = {"anyOf": [reference(name) for name in names]}
    assert changes(with_answer(top, named), with_answer(top, named)) == []
