"""Tests touch nothing of the developer who runs them."""

import pytest
from django.conf import settings
from django.core.cache import caches
from django.db import connection


@pytest.mark.parametrize("alias", ["default", "sessions"])
def test_redis_answers(alias: str) -> None:
    """The cache is a real one: it does not only hide that it misses."""
    caches[alias].set("key", {"a": [1, "ä"]})
    assert caches[alias].get("key") == {"a": [1, "ä"]}


@pytest.mark.django_db
def test_database_is_a_postgresql_of_the_tests() -> None:
    """The developer's own database has another name."""
    assert connection.vendor == "postgresql"
    assert connection.settings_dict["NAME"].startswith("test_")


def test_mails_stay_here() -> None:
    """No test sends a mail, whatever the environment names as server."""
    backends = {mailer["BACKEND"] for mailer in settings.MAILERS.values()}
    assert backends == {"django.core.mail.backends.locmem.EmailBackend"}
