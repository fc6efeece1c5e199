"""What an environment leads to: settings, complaints, and the form of log lines."""

import logging
from typing import TYPE_CHECKING, Any

import pytest
from django_strict.environments import install, printed, production

from config import env
from config.logs import logging_config

if TYPE_CHECKING:
    from tests.conftest import LogLines


@pytest.fixture(scope="module")
def production_settings() -> dict[str, Any]:
    """Return the settings of production."""
    return printed(production())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALLOWED_HOSTS", ["api.example.com"]),
        ("CSRF_COOKIE_SECURE", True),
        ("DEBUG", False),
        ("SECURE_HSTS_SECONDS", 31536000),
        ("SECURE_SSL_REDIRECT", True),
        ("SESSION_COOKIE_SECURE", True),
    ],
)
def test_production_is_secure(
    name: str, value: object, production_settings: dict[str, Any]
) -> None:
    """No page for debugging, no plain HTTP, no cookie without encryption."""
    assert production_settings[name] == value


def test_missing_variables_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that production needs has a default."""
    install(monkeypatch, {"DJANGO_ENVIRONMENT": "production"})
    _, problems = env.read()
    assert production().keys() - {"DJANGO_ENVIRONMENT"} <= problems.keys()


def test_log_line_is_json_with_the_id_of_its_request(log_lines: "LogLines") -> None:
    """A collector finds all lines of a request by one field."""
    logging.getLogger("apps").error("Paid.", extra={"order": 7})
    (line,) = log_lines("apps")
    assert (line["message"], line["level"], line["order"]) == ("Paid.", "ERROR", 7)
    assert "request_id" in line


def test_audit_lines_are_written_at_every_level() -> None:
    """Production writes warnings only, and these."""
    loggers = logging_config(level="ERROR", log_format="json")["loggers"]
    assert loggers["apps.users.audit"]["level"] == "INFO"
