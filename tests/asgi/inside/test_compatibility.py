"""A name that has gone from Django or asgiref costs speed, not the service."""

import importlib
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

import django_strict_asgi
from django_strict_asgi import compatibility
from django_strict_asgi.compatibility import NAMES
from django_strict_asgi.handler import Handler
from tests.asgi.inside.test_handler import VIEWS, ask

if TYPE_CHECKING:
    from django.core.handlers.asgi import ASGIHandler
    from pytest_django import Settings


def owner_of(name: str) -> tuple[object, str]:
    """Find what holds a name, and what it is called there."""
    module, _, path = name.partition(":")
    owner: object = importlib.import_module(module)
    *outer, attribute = path.split(".")
    for part in outer:
        owner = getattr(owner, part)
    return owner, attribute


def changed(*_: object) -> None:
    """Take other parameters than those that are passed."""


@pytest.fixture(autouse=True)
def project_is_set_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the logging of these tests as it is."""
    monkeypatch.setattr("django.setup", lambda **_: None)


def application_without(
    name: str, monkeypatch: pytest.MonkeyPatch, *, is_changed: bool
) -> "ASGIHandler":
    """Build the application while a name is missing, or takes other parameters."""
    owner, attribute = owner_of(name)

    def missing_names() -> list[str]:
        """Look while the name is missing: Django itself needs most of them."""
        with monkeypatch.context() as patch:
            if is_changed:
                patch.setattr(owner, attribute, changed)
            else:
                patch.delattr(owner, attribute)
            return compatibility.missing_names()

    with monkeypatch.context() as patch:
        patch.setattr(django_strict_asgi, "missing_names", missing_names)
        return django_strict_asgi.get_asgi_application()


@pytest.mark.parametrize(
    ("name", "is_changed"),
    [
        *((name, False) for name in NAMES),
        *((name, True) for name, parameters in NAMES.items() if parameters),
    ],
)
def test_requests_are_served_by_django_s_own_handler(
    name: str,
    is_changed: bool,  # noqa: FBT001 - a parameter of the test
    settings: "Settings",
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """One warning names what has gone, and every request is answered all the same."""
    settings.ROOT_URLCONF = VIEWS
    with caplog.at_level("WARNING"):
        application = application_without(name, monkeypatch, is_changed=is_changed)
    (record,) = [line for line in caplog.records if line.levelname == "WARNING"]
    assert name in record.getMessage()
    assert not isinstance(application, Handler)
    assert ask(application, "/sync/").status == HTTPStatus.OK
    assert ask(application, "/async/").status == HTTPStatus.OK


def test_today_nothing_is_missing(caplog: pytest.LogCaptureFixture) -> None:
    """The versions that a project installs are those that the package knows."""
    with caplog.at_level("WARNING"):
        application = django_strict_asgi.get_asgi_application()
    assert isinstance(application, Handler)
    assert not caplog.records
