"""The health endpoints: what a load balancer is told."""

from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient
from django.urls import reverse

from apps.core import healthcheck
from tests.assertions import assert_error

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries
    from rest_framework.test import APIClient

    from tests.conftest import LogLines

OK = {"status": "healthy", "db": "ok", "cache": "ok"}


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget what an earlier test found out."""
    monkeypatch.setattr(healthcheck.dependencies, "fresh_until", 0.0)


@pytest.mark.django_db
def test_healthy(api: "APIClient") -> None:
    """Everything answers: 200 and nothing that a cache may keep."""
    answer = api.get(reverse("health"), HTTP_AUTHORIZATION="Token stale")
    assert answer.status_code == HTTPStatus.OK
    assert answer.json() == OK
    assert "no-store" in answer["Cache-Control"]
    assert async_to_sync(AsyncClient().get)(reverse("health")).json() == OK


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["health", "health-live"])
def test_probe_may_name_any_host(api: "APIClient", name: str) -> None:
    """A cluster's probe asks for the pod's address; everything else needs a listed one."""
    api.credentials(HTTP_HOST="10.0.0.7:8000")
    assert api.get(reverse(name)).status_code == HTTPStatus.OK
    assert api.get(reverse("users:csrf")).status_code == HTTPStatus.BAD_REQUEST


@pytest.mark.django_db
@pytest.mark.usefixtures("dead_database")
def test_dead_database_is_named(api: "APIClient", log_lines: "LogLines") -> None:
    """Fixed words for the client, the cause in the log; the process is alive."""
    answer = api.get(reverse("health"))
    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    body = answer.json()
    assert body.pop("db") in {"error: unavailable", "error: timeout"}
    assert body == {"status": "unhealthy", "cache": "ok"}
    assert "PostgreSQL" in str(log_lines("django_strict_asgi.health"))
    assert api.get(reverse("health-live")).json() == {"status": "alive"}


@pytest.mark.django_db
@pytest.mark.usefixtures("dead_redis")
def test_dead_redis_is_named(
    api: "APIClient", closed_port: int, log_lines: "LogLines"
) -> None:
    """Although the cache itself hides such errors."""
    answer = api.get(reverse("health"))
    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert answer.json() == {
        "status": "unhealthy",
        "db": "ok",
        "cache": "error: unavailable",
    }
    assert str(closed_port) in str(log_lines("django_strict_asgi.health"))


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["health", "health-live"])
def test_probe_costs_no_query_of_its_own(
    name: str, api: "APIClient", django_assert_num_queries: "DjangoAssertNumQueries"
) -> None:
    """Neither sessions nor accounts are looked up; nothing can be changed."""
    with django_assert_num_queries(0):
        api.get(reverse(name))
        answer = api.post(reverse(name))
    assert_error(answer, HTTPStatus.METHOD_NOT_ALLOWED, "method_not_allowed")
    assert not api.head(reverse(name)).content
