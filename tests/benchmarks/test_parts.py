"""Summing up samples by the parts of a request."""

import pytest

from benchmarks.parts import HANDLER, PARTS, REST, SERVER, VIEW, shares

WORKER = "<module> (gunicorn/__main__.py:10);UvicornWorker.run (uvicorn_worker/_workers.py:126)"
THREAD = "_worker (concurrent/futures/thread.py:92);_Work.run (apps/core/asgi.py:326)"
CHAIN = (
    f"{THREAD};BaseHandler.get_response (django/core/handlers/base.py:142)"
    ";request_id_middleware.<locals>.middleware (apps/core/middleware.py:61)"
)
DISPATCH = f"{CHAIN};APIView.dispatch (rest_framework/views.py:500)"
INITIAL = f"{DISPATCH};APIView.initial (rest_framework/views.py:420)"
TOKEN = (
    f"{INITIAL};APIView.perform_authentication (rest_framework/views.py:320)"
    ";TokenAuthentication.authenticate (rest_framework/authentication.py:180)"
    ";QuerySet.get (django/db/models/query.py:640)"
    ";QuerySet._fetch_all (django/db/models/query.py:1950)"
)
GET = f"{DISPATCH};UserListView.get (apps/users/views.py:360)"
PAGE = f"{GET};StandardPagination.paginate_queryset (apps/core/pagination.py:70)"
DATA = f"{GET};ListSerializer.data (rest_framework/serializers.py:800)"
SAMPLES = [
    (TOKEN, "finding the token"),
    (
        f"{TOKEN};BaseDatabaseWrapper.ensure_connection "
        "(django/db/backends/base/base.py:280)",
        "connection to PostgreSQL: pool, or connecting",
    ),
    (
        f"{INITIAL};APIView.check_throttles (rest_framework/views.py:360)"
        ";_count (apps/core/throttling.py:170)",
        "throttle",
    ),
    (
        f"{GET};BaseSerializer.is_valid (rest_framework/serializers.py:220)",
        "validating the query",
    ),
    (
        f"{PAGE};Paginator.count (django/core/paginator.py:100)",
        "counting the rows",
    ),
    (
        f"{PAGE};Page.__len__ (django/core/paginator.py:200)"
        ";QuerySet._fetch_all (django/db/models/query.py:1950)",
        "reading the page",
    ),
    (
        f"{DATA};DateTimeField.to_representation (rest_framework/fields.py:1228)",
        "serializing",
    ),
    (
        f"{CHAIN};SimpleTemplateResponse.render (django/template/response.py:105)",
        "rendering JSON",
    ),
    (GET, VIEW),
    (
        f"{CHAIN};_finish (apps/core/middleware.py:97);Logger.info (logging/__init__.py:1)",
        "middleware and access line",
    ),
    (THREAD, HANDLER),
    ("_worker (concurrent/futures/thread.py:89)", HANDLER),
    (
        f"{WORKER};RequestResponseCycle.run_asgi (uvicorn/protocols/http/httptools_impl.py:1)"
        ";Handler.__call__ (apps/core/asgi.py:120)",
        HANDLER,
    ),
    (
        f"{WORKER};Handler.__call__ (apps/core/asgi.py:120)"
        ";RequestResponseCycle.send (uvicorn/protocols/http/httptools_impl.py:524)",
        SERVER,
    ),
    (
        f"{WORKER};HttpToolsProtocol.data_received (uvicorn/protocols/http/h.py:1)",
        SERVER,
    ),
    (f"{WORKER};Runner.run (asyncio/runners.py:118)", SERVER),
    (
        "_worker (concurrent/futures/thread.py:92)"
        ";ThreadWorker.handle (gunicorn/workers/gthread.py:542)",
        SERVER,
    ),
    (
        "_worker (concurrent/futures/thread.py:92)"
        ";ThreadWorker.handle (gunicorn/workers/gthread.py:542)"
        ";WSGIHandler.__call__ (django/core/handlers/wsgi.py:124)",
        HANDLER,
    ),
    ("Thread._bootstrap (threading.py:1030)", REST),
]


@pytest.mark.parametrize(("stack", "part"), SAMPLES)
def test_a_stack_belongs_to_the_part_that_it_was_seen_in(stack: str, part: str) -> None:
    """The inner part counts, whoever called it."""
    found = shares(f"{stack} 3\n")
    assert {name for name, share in found.items() if share} == {part}


def test_shares_are_weighed_by_how_often_a_stack_was_seen() -> None:
    """All of them together are the whole time."""
    found = shares(f"{TOKEN} 3\n{DATA} 1\n")
    assert found["finding the token"] == 0.75
    assert found["serializing"] == 0.25
    assert list(found) == list(PARTS)


def test_no_sample_gives_no_share() -> None:
    """Nothing is divided by nothing."""
    assert shares("") == {}
