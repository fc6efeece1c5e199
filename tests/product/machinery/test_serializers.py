"""JSON in, strictly typed; and serializers that look at their model once."""

from typing import ClassVar

import pytest
from django.contrib.auth.models import Permission
from rest_framework import serializers
from rest_framework.utils import model_meta

from apps.core.serializers import ModelSerializer, TextField, WholeNumberField


class NameSerializer(ModelSerializer[Permission]):
    """One field."""

    class Meta:
        """Fields."""

        model = Permission
        fields: ClassVar[list[str]] = ["name"]


@pytest.mark.parametrize("value", [0, 1.5, True, None, [], {}])
def test_text_is_text(value: object) -> None:
    """DRF's own field takes 0 for "0"."""
    with pytest.raises(serializers.ValidationError):
        TextField().run_validation(value)


@pytest.mark.parametrize("value", ["1", "", True, 1.5, None, [], {}])
def test_whole_number_is_a_number(value: object) -> None:
    """DRF's own field takes "1" for 1."""
    with pytest.raises(serializers.ValidationError):
        WholeNumberField().run_validation(value)


def test_right_type_is_taken() -> None:
    """JSON knows one kind of number, and OpenAPI calls 1.0 an integer."""
    assert TextField().run_validation("0") == "0"
    assert WholeNumberField().run_validation(1.0) == 1


def test_model_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each request gets a copy of what was found."""
    NameSerializer().fields["name"].required = False
    monkeypatch.delattr(model_meta, "get_field_info")
    assert NameSerializer().fields["name"].required
    assert not NameSerializer(data={"name": 256 * "x"}).is_valid()
