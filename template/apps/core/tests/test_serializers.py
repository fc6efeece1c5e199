"""Serializers that look at their model once."""

from typing import TYPE_CHECKING, ClassVar

from django.contrib.auth.models import Permission
from rest_framework.utils import model_meta

from apps.core.serializers import ModelSerializer

if TYPE_CHECKING:
    import pytest


class NameSerializer(ModelSerializer[Permission]):
    """One field."""

    class Meta:
        """Fields."""

        model = Permission
        fields: ClassVar[list[str]] = ["name"]


class IdSerializer(NameSerializer):
    """Another field."""

    class Meta(NameSerializer.Meta):
        """Fields."""

        fields: ClassVar[list[str]] = ["id"]


def test_model_is_looked_at_once(monkeypatch: "pytest.MonkeyPatch") -> None:
    """The second answer does not ask what fields there are."""
    assert list(NameSerializer().fields) == ["name"]
    monkeypatch.delattr(model_meta, "get_field_info")
    assert list(NameSerializer().fields) == ["name"]


def test_fields_are_copies() -> None:
    """What one request does to a field is not seen by the next."""
    NameSerializer().fields["name"].required = False
    assert NameSerializer().fields["name"].required


def test_subclass_has_fields_of_its_own() -> None:
    """What was found for a class does not hold for those built on it."""
    assert list(NameSerializer().fields) == ["name"]
    assert list(IdSerializer().fields) == ["id"]


def test_limits_of_the_model_hold() -> None:
    """A copied field refuses what the model would."""
    for _ in range(2):
        serializer = NameSerializer(data={"name": 256 * "x"})
        assert not serializer.is_valid()
