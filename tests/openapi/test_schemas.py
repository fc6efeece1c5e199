"""A value fits when its reader accepts all that its writer may write."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
import yaml

from django_strict.openapi.schemas import WITHOUT_NUL
from tests.helpers.repository import ROOT
from tests.openapi.documents import cases, changes, with_schema

if TYPE_CHECKING:
    from tests.openapi.documents import Document

NAMED: Final["Document"] = yaml.safe_load(
    Path(__file__).with_name("schemas.yaml").read_text()
)["named"]
HOOK: Final = "packages/django-strict-asgi/src/django_strict_asgi/openapi.py"
TEXT: Final = {"type": "string"}
NUMBER: Final = {"type": "integer"}
NODE: Final = {"$ref": "#/components/schemas/Node"}


@pytest.mark.parametrize("side", ["request", "answer"])
@pytest.mark.parametrize("case", cases("schemas.yaml", "cases"), ids=str)
def test_a_value_fits_or_the_misfit_is_named(case: "Document", side: str) -> None:
    """In both directions, and with nothing said beside it."""
    old, new = (
        with_schema(side, case[each], {**NAMED, **case.get(f"{each}_named", {})})
        for each in ("old", "new")
    )
    expected = [case[side].removeprefix(": ")] if side in case else []
    assert changes(old, new) == expected


def test_each_lost_alternative_is_named() -> None:
    """A line that excuses one does not excuse the other."""
    bank = {"$ref": "#/components/schemas/Bank"}
    old = with_schema("request", {"oneOf": [TEXT, NUMBER, bank]}, NAMED)
    assert changes(old, with_schema("request", {"type": "boolean"}, {})) == [
        " lost the alternative string",
        " lost the alternative integer",
        " lost the alternative Bank",
    ]


def tree(leaf: "Document") -> "Document":
    """Describe nodes that are groups of nodes, or leaves.

    Args:
        leaf: Schema of a leaf.

    Returns:
        A document that answers a node.
    """
    above = {"allOf": [NODE], "nullable": True, "description": "Above."}
    parts = {"type": "array", "items": NODE}
    group = {"type": "object", "properties": {"above": above, "parts": parts}}
    one = {"oneOf": [{"$ref": "#/components/schemas/Group"}, leaf]}
    return with_schema("answer", NODE, {"Node": one, "Group": group})


def test_alternatives_may_contain_themselves() -> None:
    """By a reference, or by one with something beside it."""
    assert changes(tree(NUMBER), tree(NUMBER)) == []
    assert changes(tree(NUMBER), tree(TEXT)) == [
        " (Group): above gained the alternative string",
        " gained the alternative string",
    ]


def test_many_alternatives_that_contain_one_another_take_no_time() -> None:
    """Each pair is looked at once, or there would be millions of ways through them."""
    names = [f"Kind{number}" for number in range(12)]
    references = [{"$ref": f"#/components/schemas/{name}"} for name in names]
    named = {
        name: {
            "type": "object",
            "properties": {
                "kind": {"type": "string", "enum": [name]},
                "part": {"oneOf": references},
            },
        }
        for name in names
    }
    top = with_schema("answer", {"anyOf": references}, named)
    assert changes(top, with_schema("answer", {"anyOf": references}, dict(named))) == []


def test_the_pattern_that_says_nothing_is_the_one_that_the_code_adds() -> None:
    """The comparison knows it without Django."""
    source = (ROOT / HOOK).read_text()
    assert f'WITHOUT_NUL: Final = r"{WITHOUT_NUL}"' in source
