"""Parameters, headers and credentials are compared by what goes over the wire."""

from typing import TYPE_CHECKING

import pytest

from tests.openapi.documents import cases, changes, document

if TYPE_CHECKING:
    from tests.openapi.documents import Document


def expected(case: "Document") -> list[str]:
    """List what is said of a case.

    Args:
        case: The case.

    Returns:
        The sentence, if there is one.
    """
    return [case["change"]] if "change" in case else []


@pytest.mark.parametrize("case", cases("interface.yaml", "parameters"), ids=str)
def test_a_parameter_is_written_as_before_or_named(case: "Document") -> None:
    """What OpenAPI means where nothing is said counts as said."""
    old, new = (document({"parameters": [case[each]]}) for each in ("old", "new"))
    label = f"{case['old']['in']} parameter {case['old']['name'].lower()}"
    found = [each.removeprefix(label).lstrip(": ") for each in changes(old, new)]
    assert found == expected(case)


@pytest.mark.parametrize("case", cases("interface.yaml", "headers"), ids=str)
def test_a_header_of_an_answer_stays_or_is_named(case: "Document") -> None:
    """Its name is read in either case."""
    shared = {"headers": {"Count": {"schema": {"type": "integer"}}}}
    old, new = (
        document({"responses": {"200": {"headers": case[each]}}}, shared)
        for each in ("old", "new")
    )
    assert changes(old, new) == expected(case)


@pytest.mark.parametrize("case", cases("interface.yaml", "credentials"), ids=str)
def test_credentials_still_work_or_are_named(case: "Document") -> None:
    """By where they are sent and under which name."""
    old, new = (
        document({"security": wanted}, {"securitySchemes": schemes})
        for wanted, schemes in (case["old"], case["new"])
    )
    assert changes(old, new) == expected(case)
