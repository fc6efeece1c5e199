"""What breaks clients is found, and nothing else is."""

from typing import TYPE_CHECKING

import pytest

from django_strict.openapi.comparison import breaking_changes, is_major_step
from tests.openapi.documents import DOCUMENT, GONE, ONE, cases, patched

if TYPE_CHECKING:
    from tests.openapi.documents import Document


@pytest.mark.parametrize(
    "case", cases("changes.yaml", "breaking"), ids=lambda case: case["change"]
)
def test_what_breaks_clients_is_named(case: "Document") -> None:
    """With the operation and the place."""
    found = breaking_changes(DOCUMENT, patched(case["patch"]))
    assert case["change"] in found


@pytest.mark.parametrize(
    "case", cases("changes.yaml", "harmless"), ids=lambda case: case["case"]
)
def test_what_clients_can_live_with_is_no_finding(case: "Document") -> None:
    """Adding is free, and so is every promise that becomes firmer."""
    assert breaking_changes(DOCUMENT, patched(case["patch"])) == []


def test_names_that_no_client_sends_are_no_finding() -> None:
    """Those of path parameters and of schemas."""
    item = patched({"ONE parameters 0": {"name": "number"}})["paths"][ONE]
    entry = DOCUMENT["components"]["schemas"]["Order"]
    new = patched(
        {
            "paths": {ONE: GONE, "/api/v1/orders/{number}/": item},
            "components schemas": {"Entry": entry},
            "Page properties results": {
                "items": {"$ref": "#/components/schemas/Entry"}
            },
        }
    )
    assert breaking_changes(DOCUMENT, new) == []


@pytest.mark.parametrize(
    ("version", "is_major"),
    [
        ("2.0.0", True),
        ("10.0.0", True),
        ("1.5.0", False),
        ("0.9.0", False),
        ("x", False),
    ],
)
def test_a_major_step_is_a_greater_first_number(
    version: str, *, is_major: bool
) -> None:
    """A minor version promises that nothing breaks."""
    new = patched({"info": {"version": version}})
    assert is_major_step(DOCUMENT, new) is is_major
