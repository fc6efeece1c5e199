"""Log lines of Django and of the servers have one shape."""

import json
import logging
import logging.config
from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError
from django.test import RequestFactory

from apps.core.middleware import NO_REQUEST
from apps.users.tests.factories import UserFactory
from config.logs import PROJECT_LOGGERS, SERVER_LOGGERS, logging_config

if TYPE_CHECKING:
    from tests.conftest import LogLines


@pytest.mark.parametrize("logger", [*PROJECT_LOGGERS, *SERVER_LOGGERS])
def test_line_of_each_logger_is_json(logger: str, log_lines: "LogLines") -> None:
    """Django, gunicorn, uvicorn and the project itself write alike."""
    logging.getLogger(logger).error("Something %s.", "happened")
    (line,) = log_lines(logger)
    assert line["message"] == "Something happened."
    assert line["level"] == "ERROR"
    assert line["logger"] == logger
    assert line["request_id"] == NO_REQUEST
    assert line["timestamp"].endswith("+00:00")


def test_library_without_configuration_is_heard(log_lines: "LogLines") -> None:
    """Warnings of any library arrive in the same shape."""
    logging.getLogger("some.library").warning("Look out.")
    assert [line["message"] for line in log_lines("some.library")] == ["Look out."]


def test_traceback_stays_on_one_line(log_lines: "LogLines") -> None:
    """A collector that splits at line breaks keeps an error together."""
    try:
        int("x")
    except ValueError:
        logging.getLogger("apps").exception("Failed\nbadly.")
    (line,) = log_lines("apps")
    assert line["message"] == "Failed\nbadly."
    assert "Traceback" in line["exc_info"]


def test_request_object_is_not_written(log_lines: "LogLines") -> None:
    """Its text would repeat the query string, where a secret may stand."""
    request = RequestFactory().get("/?token=in-the-query")
    logging.getLogger("django.request").error("Failed.", extra={"request": request})
    (line,) = log_lines("django.request")
    assert "in-the-query" not in json.dumps(line)


def test_extra_facts_are_fields(log_lines: "LogLines") -> None:
    """Facts can be searched for without taking sentences apart."""
    logging.getLogger("apps").error("Paid.", extra={"order": 7, "total": "9.99"})
    (line,) = log_lines("apps")
    assert (line["order"], line["total"]) == (7, "9.99")


@pytest.mark.parametrize("level", ["DEBUG", "INFO", "WARNING", "ERROR"])
def test_level_is_the_configured_one(level: str) -> None:
    """The project and Django write from the same level on."""
    loggers = logging_config(level=level, log_format="json")["loggers"]
    assert {loggers[name]["level"] for name in PROJECT_LOGGERS} == {level}


@pytest.mark.parametrize("logger", SERVER_LOGGERS)
def test_servers_stay_brief_while_the_project_is_debugged(logger: str) -> None:
    """At DEBUG a server would print its whole configuration."""
    config = logging_config(level="DEBUG", log_format="json")
    assert config["loggers"][logger]["level"] == "INFO"


def test_people_get_a_readable_line() -> None:
    """On a terminal a line has time, level, logger, request id and message."""
    config = logging_config(level="INFO", log_format="console")
    assert config["handlers"]["stderr"]["formatter"] == "console"
    described = config["formatters"]["console"]
    formatter = logging.Formatter(described["format"], style=described["style"])
    record = logging.makeLogRecord(
        {"name": "apps", "levelname": "INFO", "msg": "Hi.", "request_id": "abc"}
    )
    assert formatter.format(record).endswith("INFO apps [abc] Hi.")


@pytest.mark.parametrize("log_format", ["json", "console"])
@pytest.mark.django_db
def test_values_that_postgresql_quotes_are_not_written(log_format: str) -> None:
    """An e-mail that is taken, say: the error names it, the line does not."""
    account = UserFactory.create()
    config = logging_config(level="INFO", log_format=log_format)
    made = logging.config.DictConfigurator(config)
    formatter = made.configure_formatter(config["formatters"][log_format])
    with pytest.raises(IntegrityError, match=account.email) as caught:
        UserFactory.create(email=account.email)
    record = logging.makeLogRecord({"request_id": "-", "msg": "Failed."})
    record.exc_info = caught._excinfo
    line = formatter.format(record)
    assert "users_user_email_unique" in line
    assert account.email not in line
