"""A value of another JSON type is refused, not converted."""

import pytest
from rest_framework import serializers

from apps.core.fields import TextField, WholeNumberField


@pytest.mark.parametrize("value", [0, 1.5, True, None, [], {}])
def test_text_is_text(value: object) -> None:
    """DRF's own field takes 0 for "0"."""
    with pytest.raises(serializers.ValidationError):
        TextField().run_validation(value)


def test_text_is_taken_as_it_is() -> None:
    """Digits in quotes are text."""
    assert TextField().run_validation("0") == "0"


@pytest.mark.parametrize("value", ["1", "", True, 1.5, None, [], {}])
def test_a_whole_number_is_a_number(value: object) -> None:
    """DRF's own field takes "1" for 1."""
    with pytest.raises(serializers.ValidationError):
        WholeNumberField().run_validation(value)


@pytest.mark.parametrize("value", [1, 1.0])
def test_a_whole_number_may_be_written_with_a_point(value: float) -> None:
    """JSON knows one kind of number, and OpenAPI calls 1.0 an integer."""
    assert WholeNumberField().run_validation(value) == 1
