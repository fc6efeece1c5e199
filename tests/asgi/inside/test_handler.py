"""The ASGI handler: one thread hop for a sync view, none for an async one."""

import asyncio
import gc
import threading
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core import signals
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpResponse
from django.middleware.common import CommonMiddleware
from django.middleware.csrf import CsrfViewMiddleware
from django.middleware.locale import LocaleMiddleware

from django_strict_asgi import middleware as native
from django_strict_asgi.handler import (
    ANSWERS_PER_BODY,
    LARGE,
    LARGE_ANSWER,
    MOST_HELD,
    MOST_WAITING,
    REMEMBERED,
    Handler,
)
from django_strict_asgi.threads import Turns
from tests.asgi.inside import views
from tests.asgi.inside.views import LOOP, PATIENCE, Signals

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator, Mapping

    from pytest_django import Settings

    LogLines = Callable[..., list[dict[str, Any]]]

VIEWS = "tests.asgi.inside.views"
JSON = "application/json"
ORIGIN = "https://app.example.com"


@dataclass
class Exchange:
    """A request to the handler, as a server would pass it on."""

    handler: "ASGIHandler"
    path: str
    method: str = "GET"
    headers: "Mapping[str, str]" = field(default_factory=dict)
    query: bytes = b""
    body: bytes = b""
    refuses: bool = False
    address: str = "127.0.0.1"
    reads: "asyncio.Event | None" = None
    sent: list[dict[str, Any]] = field(default_factory=list)
    inbox: "asyncio.Queue[dict[str, Any]]" = field(default_factory=asyncio.Queue)

    async def run(self) -> "Exchange":
        """Send the request and wait until the handler is done with it."""
        headers = {"host": "localhost", **self.headers}
        scope = {
            "type": "http",
            "method": self.method,
            "path": self.path,
            "query_string": self.query,
            "client": (self.address, 50000),
            "headers": [(k.encode(), v.encode()) for k, v in headers.items()],
        }
        self.inbox.put_nowait({"type": "http.request", "body": self.body})

        async def send(message: "Mapping[str, Any]") -> None:
            """Take a message of the answer."""
            if self.refuses:
                raise RuntimeError(self.path)
            self.sent.append(dict(message))
            if self.reads is not None:
                await self.reads.wait()

        await self.handler(scope, self.inbox.get, send)
        return self

    def go_away(self) -> None:
        """Close the connection."""
        self.inbox.put_nowait({"type": "http.disconnect"})

    @property
    def status(self) -> int:
        """The status code of the answer."""
        return int(self.sent[0]["status"])

    @property
    def text(self) -> str:
        """The body of the answer."""
        return b"".join(part.get("body", b"") for part in self.sent[1:]).decode()

    def header(self, name: str) -> str:
        """Return a header of the answer."""
        found = {key.lower(): value for key, value in self.sent[0]["headers"]}
        return str(found.get(name.lower().encode(), b"").decode())


@pytest.fixture
def told() -> "Iterator[Signals]":
    """Return what the views and the test tell each other."""
    views.told = Signals()
    yield views.told
    views.told.go.set()


@pytest.fixture
def make_handler(settings: "Settings") -> "Callable[..., Handler]":
    """Return a function that builds a handler for the views of these tests."""

    def make(*middleware: str, threads: int = 2, patience: float = 5) -> Handler:
        """Build a handler with this middleware before the project's own."""
        settings.ROOT_URLCONF = VIEWS
        settings.MIDDLEWARE = [
            *(f"{VIEWS}.{name}" for name in middleware),
            *settings.MIDDLEWARE,
        ]
        settings.REQUEST_THREADS = threads
        settings.REQUEST_PATIENCE = patience
        return Handler()

    return make


@pytest.fixture
def handler(make_handler: "Callable[..., Handler]") -> Handler:
    """Return a handler with the project's own middleware."""
    return make_handler()


def run[Result](work: "Coroutine[None, None, Result]") -> Result:
    """Run something on an event loop, as a server has one."""

    async def bounded() -> Result:
        """Wait for it, not endlessly."""
        return await asyncio.wait_for(work, 2 * PATIENCE)

    return asyncio.run(bounded())


def ask(
    handler: "ASGIHandler",
    path: str,
    **options: Any,  # noqa: ANN401 - the fields of Exchange
) -> Exchange:
    """Send one request."""

    async def asked() -> Exchange:
        """Make the request on the loop."""
        return await Exchange(handler, path, **options).run()

    return run(asked())


async def wait_for(semaphore: threading.Semaphore) -> None:
    """Wait for a view without blocking the event loop."""
    got = await asyncio.to_thread(semaphore.acquire, timeout=PATIENCE)
    assert got


@pytest.mark.parametrize("kind", [Handler, ASGIHandler])
def test_health_is_answered_under_any_host(kind: "type[ASGIHandler]") -> None:
    """Anything else needs a name that is listed, with either handler."""
    foreign = {"host": "10.0.0.7:8000"}
    answer = ask(kind(), "/api/health/live/", headers=foreign)
    assert answer.status == HTTPStatus.OK
    answer = ask(kind(), "/api/v1/auth/csrf/", headers=foreign)
    assert answer.status == HTTPStatus.BAD_REQUEST


class TestThreads:
    """Where views run, and how many threads there are."""

    def test_sync_view_runs_on_a_thread(self, handler: Handler) -> None:
        """It may block as it likes."""
        assert ask(handler, "/sync/").text.startswith("request")

    def test_async_view_needs_no_thread(
        self, handler: Handler, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Neither the view nor any middleware of the project starts one."""
        started: list[object] = []
        start = threading.Thread.start

        def record(thread: threading.Thread) -> None:
            """Remember that a thread was started."""
            started.append(thread)
            start(thread)

        monkeypatch.setattr(threading.Thread, "start", record)
        answer = ask(handler, "/async/")
        assert answer.text == LOOP
        assert answer.header("X-Frame-Options") == "DENY"
        assert answer.header("X-Request-ID")
        assert not started

    @pytest.mark.parametrize("path", ["/sync/", "/async/"])
    def test_body_that_is_too_large_is_refused_however_it_came(
        self, handler: Handler, settings: "Settings", path: str
    ) -> None:
        """A chunked one tells no length; nginx, which stands in front, would count too."""
        body = b"x" * (settings.MAX_BODY_SIZE + 1)
        for headers in ({}, {"content-length": str(len(body))}):
            refused = ask(handler, path, method="POST", body=body, headers=headers)
            assert refused.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            assert "request_too_large" in refused.text
            assert refused.header("X-Request-ID")
        fits = ask(handler, path, method="POST", body=body[1:])
        assert "request_too_large" not in fits.text

    def test_front_ends_of_other_origins_cost_no_thread(
        self, settings: "Settings", make_handler: "Callable[..., Handler]"
    ) -> None:
        """An async view stays on the loop, and so does its preflight."""
        settings.CORS_ALLOWED_ORIGINS, settings.CORS_URLS_REGEX = [ORIGIN], "^"
        settings.MIDDLEWARE = [
            "corsheaders.middleware.CorsMiddleware",
            *settings.MIDDLEWARE,
        ]
        handler = make_handler()
        headers = {"origin": ORIGIN, "access-control-request-method": "GET"}
        with pytest.MonkeyPatch.context() as patch:
            patch.delattr(threading.Thread, "start")
            answer = ask(handler, "/async/", headers=headers)
            preflight = ask(handler, "/async/", method="OPTIONS", headers=headers)
        assert answer.text == LOOP
        for one in (answer, preflight):
            assert one.header("Access-Control-Allow-Origin") == ORIGIN

    def test_thread_is_used_again(self, handler: Handler) -> None:
        """The second request finds what the first one warmed up."""

        async def two() -> set[str]:
            """Send one request after the other."""
            return {(await Exchange(handler, "/sync/").run()).text for _ in range(2)}

        assert len(run(two())) == 1

    def test_threads_are_bounded(
        self, make_handler: "Callable[..., Handler]", told: Signals
    ) -> None:
        """A request that finds all threads busy waits; an async view does not."""
        handler = make_handler(threads=1)

        async def scenario() -> tuple[str, str, str]:
            """Occupy the only thread."""
            first = asyncio.create_task(Exchange(handler, "/gated/").run())
            await wait_for(told.entered)
            second = asyncio.create_task(Exchange(handler, "/sync/").run())
            free = await Exchange(handler, "/async/").run()
            assert not second.done()
            told.go.set()
            return (await first).text, free.text, (await second).text

        first, free, second = run(scenario())
        assert free == LOOP
        assert first == second

    @pytest.mark.parametrize("path", ["/sync/", "/async/"])
    @pytest.mark.parametrize(
        ("kind", "threads"),
        [
            (JSON, 4),
            ("application/x-www-form-urlencoded", 4),
            ("multipart/form-data; boundary=b", 2),
        ],
    )
    def test_large_bodies_leave_threads_and_memory_to_others(
        self,
        make_handler: "Callable[..., Handler]",
        told: Signals,
        kind: str,
        threads: int,
        path: str,
    ) -> None:
        """One is parsed at a time, also for clients that are gone; parts take half."""
        handler = make_handler(threads=threads, patience=0.1)
        large = {"headers": {"content-type": kind}, "body": b"x" * (LARGE + 1)}

        async def scenario() -> tuple[Exchange, Exchange, Exchange]:
            """Be at work on a large body, whose client goes away."""
            first = Exchange(handler, "/gated/", **large)
            task = asyncio.create_task(first.run())
            await wait_for(told.entered)
            first.go_away()
            await task
            refused = await Exchange(handler, path, **large).run()
            small = await Exchange(handler, path, body=b"x" * LARGE).run()
            told.go.set()
            await wait_for(told.ended)
            # Its turn comes a moment after the view has ended.
            served = await Exchange(handler, path, **large).run()
            return refused, small, served

        refused, small, served = run(scenario())
        assert refused.status == HTTPStatus.SERVICE_UNAVAILABLE
        assert {small.status, served.status} == {HTTPStatus.OK}

    def test_little_is_left_of_bodies_when_the_next_one_is_parsed(
        self, handler: Handler, told: Signals
    ) -> None:
        """Requests of DRF hold themselves; numbers alone never wake the collector."""
        large = {"headers": {"content-type": JSON}, "body": b"x" * (MOST_HELD // 2)}
        gc.disable()
        try:
            for path in ("/holding/", "/sync/"):
                ask(handler, path, **large)
                assert told.held() is not None
            ask(handler, "/sync/", **large)
            assert told.held() is None
        finally:
            gc.enable()

    def test_little_is_left_of_answers_when_the_next_one_is_asked_for(
        self, handler: Handler, told: Signals
    ) -> None:
        """Requests of DRF hold their answers, too."""
        gc.disable()
        try:
            ask(handler, f"/large/{MOST_HELD * ANSWERS_PER_BODY}/")
            ask(handler, "/sync/")
            assert told.held() is not None
            ask(handler, f"/large/{LARGE_ANSWER}/")
            kept = told.held
            ask(handler, "/sync/")
            assert kept() is None
        finally:
            gc.enable()

    def test_address_that_reads_nothing_gets_few_large_answers(
        self, handler: Handler
    ) -> None:
        """Others get them, it gets small ones, and all of them once it has read."""

        async def scenario() -> list[int]:
            """Ask for as much as may wait, and for more."""
            slow = Exchange(handler, f"/large/{MOST_WAITING}/", reads=asyncio.Event())
            task = asyncio.create_task(slow.run())
            while not slow.sent:
                await asyncio.sleep(0.01)
            large = f"/large/{LARGE_ANSWER}/"
            refused = await Exchange(handler, large).run()
            small = await Exchange(handler, f"/large/{LARGE_ANSWER - 1}/").run()
            other = await Exchange(handler, large, address="192.0.2.1").run()
            slow.reads.set()
            await task
            return [
                each.status
                for each in (
                    refused,
                    small,
                    other,
                    await Exchange(handler, large).run(),
                )
            ]

        assert run(scenario()) == [503, 200, 200, 200]

    @pytest.mark.parametrize(
        "case",
        [
            ("127.0.0.1", REMEMBERED, 503),
            ("127.0.0.1", 0, 200),
            ("192.0.2.1", REMEMBERED, 200),
        ],
    )
    def test_address_that_gets_large_answers_leaves_threads_to_others(
        self,
        make_handler: "Callable[..., Handler]",
        told: Signals,
        monkeypatch: pytest.MonkeyPatch,
        case: tuple[str, float, int],
    ) -> None:
        """Half of them, whatever else it asks for meanwhile, and not for ever."""
        address, seconds, status = case
        monkeypatch.setattr("django_strict_asgi.handler.REMEMBERED", seconds)
        handler = make_handler(threads=2, patience=0.1)

        async def scenario() -> int:
            """Occupy one thread of two."""
            await Exchange(handler, f"/large/{LARGE_ANSWER}/").run()
            first = asyncio.create_task(Exchange(handler, "/gated/").run())
            await wait_for(told.entered)
            other = await Exchange(handler, "/sync/", address=address).run()
            told.go.set()
            await first
            return other.status

        assert run(scenario()) == status

    def test_addresses_take_turns(
        self, make_handler: "Callable[..., Handler]", told: Signals
    ) -> None:
        """However many requests of another wait already, or have been given up."""
        handler = make_handler(threads=1)
        order: list[str] = []

        async def ask_from(address: str, path: str = "/sync/") -> None:
            """Ask, and write down who was answered."""
            await Exchange(handler, path, address=address).run()
            order.append(address)

        async def scenario() -> None:
            """Occupy the thread; one of those who wait goes away."""
            tasks = [asyncio.create_task(ask_from("one", "/gated/"))]
            await wait_for(told.entered)
            lost = Exchange(handler, "/sync/", address="lost")
            tasks.append(asyncio.create_task(lost.run()))
            for address in ("one", "one", "two"):
                tasks.append(asyncio.create_task(ask_from(address)))
                await asyncio.sleep(0.01)
            lost.go_away()
            await asyncio.sleep(0.01)
            told.go.set()
            await asyncio.gather(*tasks)

        run(scenario())
        assert order == ["one", "one", "two", "one"]

    def test_next_turn_is_of_who_has_fewest(self) -> None:
        """Not of who has waited longest."""

        async def scenario() -> bool:
            """Have one client take all turns and wait for another."""
            turns = Turns(2)
            for client in ("one", "one"):
                await turns.acquire(client)
            waiting = [
                asyncio.create_task(turns.acquire(client)) for client in ("one", "two")
            ]
            await asyncio.sleep(0)
            turns.release("one")
            done, others = await asyncio.wait(waiting, return_when="FIRST_COMPLETED")
            for task in others:
                task.cancel()
            return done == {waiting[1]}

        assert run(scenario())

    @pytest.mark.parametrize(
        ("address", "status"),
        [("127.0.0.1", HTTPStatus.SERVICE_UNAVAILABLE), ("other", HTTPStatus.OK)],
    )
    def test_address_leaves_a_thread_to_others(
        self,
        make_handler: "Callable[..., Handler]",
        told: Signals,
        address: str,
        status: int,
    ) -> None:
        """A quarter of them is for those who have none."""
        handler = make_handler(threads=4, patience=0.1)

        async def scenario() -> int:
            """Be at work for one address, as long as it takes."""
            tasks = [Exchange(handler, "/gated/").run() for _ in range(3)]
            busy = asyncio.gather(*tasks)
            for _ in tasks:
                await wait_for(told.entered)
            asked = await Exchange(handler, "/sync/", address=address).run()
            told.go.set()
            await busy
            return asked.status

        assert run(scenario()) == status

    def test_request_that_waits_too_long_is_told_so(
        self,
        make_handler: "Callable[..., Handler]",
        told: Signals,
        log_lines: "LogLines",
    ) -> None:
        """It gets the envelope, all headers and an id; the cause is in the log."""
        handler = make_handler(threads=1, patience=0.05)

        async def scenario() -> Exchange:
            """Occupy the only thread."""
            first = asyncio.create_task(Exchange(handler, "/gated/").run())
            await wait_for(told.entered)
            headers = {"x-request-id": "one-too-many"}
            refused = await Exchange(handler, "/sync/", headers=headers).run()
            told.go.set()
            assert (await first).status == HTTPStatus.OK
            return refused

        refused = run(scenario())
        assert refused.status == HTTPStatus.SERVICE_UNAVAILABLE
        assert "service_unavailable" in refused.text
        assert "thread" not in refused.text
        assert refused.header("Retry-After")
        assert refused.header("X-Frame-Options") == "DENY"
        assert refused.header("X-Request-ID") == "one-too-many"
        lines = [line for line in log_lines() if "No thread" in str(line)]
        assert {line["request_id"] for line in lines} == {"one-too-many"}

    def test_request_without_a_thread_is_told_so(
        self,
        make_handler: "Callable[..., Handler]",
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """When the machine starts no further one, the next request may have it."""
        handler = make_handler(threads=1, patience=0.1)

        start = Thread.start

        def fail(thread: Thread) -> None:
            """Start no thread for a request."""
            if thread.name.startswith("request"):
                message = "can't start new thread"
                raise RuntimeError(message)
            start(thread)

        with monkeypatch.context() as patch:
            patch.setattr(Thread, "start", fail)
            refused = ask(handler, "/sync/")
        assert refused.status == HTTPStatus.SERVICE_UNAVAILABLE
        assert ask(handler, "/sync/").status == HTTPStatus.OK

    def test_view_that_takes_too_long_is_given_up(
        self,
        make_handler: "Callable[..., Handler]",
        told: Signals,
        settings: "Settings",
    ) -> None:
        """Its client is told; its thread serves nobody before the view has ended."""
        settings.REQUEST_TIMEOUT = 0.1
        handler = make_handler(threads=1, patience=0.1)

        async def scenario() -> tuple[Exchange, Exchange, Exchange]:
            """Outlast the patience of the handler."""
            slow = await Exchange(handler, "/gated/").run()
            refused = await Exchange(handler, "/sync/").run()
            told.go.set()
            await wait_for(told.ended)
            # Its thread is given back a moment after the view has ended.
            served = await Exchange(handler, "/sync/").run()
            while served.status != HTTPStatus.OK:
                served = await Exchange(handler, "/sync/").run()
            return slow, refused, served

        slow, refused, served = run(scenario())
        assert slow.status == HTTPStatus.SERVICE_UNAVAILABLE
        assert slow.header("X-Request-ID") == told.ids[0]
        assert refused.status == HTTPStatus.SERVICE_UNAVAILABLE
        assert served.status == HTTPStatus.OK


class TestDisconnect:
    """Clients that go away before they are answered."""

    def test_thread_of_a_lost_client_is_not_reused_while_it_runs(
        self, make_handler: "Callable[..., Handler]", told: Signals
    ) -> None:
        """The view runs on, and the next request waits for its end."""
        handler = make_handler(threads=1)

        async def scenario() -> tuple[Exchange, Exchange, bool]:
            """Go away while the view waits."""
            lost = Exchange(handler, "/gated/")
            task = asyncio.create_task(lost.run())
            await wait_for(told.entered)
            lost.go_away()
            await task
            following = asyncio.create_task(Exchange(handler, "/sync/").run())
            await asyncio.sleep(0.05)
            waited = not following.done()
            told.go.set()
            return lost, await following, waited

        lost, following, waited = run(scenario())
        assert not lost.sent
        assert waited
        assert following.status == HTTPStatus.OK

    def test_next_request_gets_another_thread(
        self, make_handler: "Callable[..., Handler]", told: Signals
    ) -> None:
        """A view that runs on for a lost client holds nobody up while others idle."""
        handler = make_handler(threads=2)

        async def scenario() -> Exchange:
            """Go away while the view waits, and let it wait."""
            lost = Exchange(handler, "/gated/")
            task = asyncio.create_task(lost.run())
            await wait_for(told.entered)
            lost.go_away()
            await task
            async with asyncio.timeout(PATIENCE / 2):
                following = await Exchange(handler, "/sync/").run()
            told.go.set()
            return following

        assert run(scenario()).status == HTTPStatus.OK

    def test_stream_of_a_lost_client_is_closed(
        self, handler: Handler, told: Signals
    ) -> None:
        """An open file stays open for nobody."""

        async def scenario() -> None:
            """Go away before the stream is there."""
            lost = Exchange(handler, "/gated-stream/")
            task = asyncio.create_task(lost.run())
            await wait_for(told.entered)
            lost.go_away()
            await task
            told.go.set()
            await wait_for(told.closed)

        run(scenario())

    def test_lost_request_is_finished_on_its_thread(
        self, handler: Handler, told: Signals
    ) -> None:
        """Connections go back to the pool although nobody reads the answer."""
        finished: list[str] = []

        def record(**_: object) -> None:
            """Remember where the request was finished."""
            finished.append(views.thread_name())
            told.ended.release()

        async def scenario() -> None:
            """Go away while the view waits."""
            lost = Exchange(handler, "/gated/")
            task = asyncio.create_task(lost.run())
            await wait_for(told.entered)
            lost.go_away()
            await task
            told.go.set()
            await wait_for(told.ended)
            await wait_for(told.ended)

        signals.request_finished.connect(record)
        try:
            run(scenario())
        finally:
            signals.request_finished.disconnect(record)
        assert len(finished) == 1
        assert finished[0].startswith("request")

    def test_waiting_request_of_a_lost_client_is_never_run(
        self, make_handler: "Callable[..., Handler]", told: Signals
    ) -> None:
        """Nobody works for clients that gave up."""
        handler = make_handler(threads=1)

        async def scenario() -> None:
            """Go away while another request has the only thread."""
            first = asyncio.create_task(Exchange(handler, "/gated/").run())
            await wait_for(told.entered)
            lost = Exchange(handler, "/gated/")
            task = asyncio.create_task(lost.run())
            await asyncio.sleep(0)
            lost.go_away()
            await task
            told.go.set()
            assert (await first).status == HTTPStatus.OK
            assert (await Exchange(handler, "/sync/").run()).status == HTTPStatus.OK

        run(scenario())
        assert not told.entered.acquire(blocking=False)

    def test_async_view_is_cancelled(self, handler: Handler, told: Signals) -> None:
        """It learns at once that nobody waits any more."""

        async def scenario() -> Exchange:
            """Go away while the view waits."""
            lost = Exchange(handler, "/endless/")
            task = asyncio.create_task(lost.run())
            await wait_for(told.entered)
            lost.go_away()
            await task
            return lost

        assert not run(scenario()).sent
        assert told.ended.acquire(blocking=False)

    def test_request_without_its_whole_body_is_dropped(self, handler: Handler) -> None:
        """No view sees half a body."""

        async def scenario() -> Exchange:
            """Go away at once."""
            lost = Exchange(handler, "/sync/", "POST")
            lost.go_away()
            return await lost.run()

        assert not run(scenario()).sent

    def test_server_may_cancel_a_request(
        self, make_handler: "Callable[..., Handler]", told: Signals
    ) -> None:
        """Stopping the server leaves no thread marked as busy for ever."""
        handler = make_handler(threads=1)

        async def scenario() -> Exchange:
            """Cancel a request while its view waits."""
            task = asyncio.create_task(Exchange(handler, "/gated/").run())
            await wait_for(told.entered)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            told.go.set()
            return await Exchange(handler, "/sync/").run()

        assert run(scenario()).status == HTTPStatus.OK


class TestAnswers:
    """All that Django's own handler can do."""

    @pytest.mark.parametrize("path", ["/failing/", "/failing-async/"])
    def test_failing_view_is_answered(
        self, handler: Handler, path: str, log_lines: "LogLines"
    ) -> None:
        """The envelope for the client, the cause for the log."""
        answer = ask(handler, path)
        assert answer.status == HTTPStatus.INTERNAL_SERVER_ERROR
        assert answer.header("X-Request-ID")
        assert "on purpose" not in answer.text
        assert "on purpose" in str(log_lines("django.request"))

    @pytest.mark.parametrize(
        ("path", "expected"),
        [("/stream/", "sync request"), ("/async-stream/", f"async {LOOP}")],
    )
    @pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
    def test_stream_is_sent(self, handler: Handler, path: str, expected: str) -> None:
        """A sync stream is read on the request's thread, an async one on the loop."""
        answer = ask(handler, path)
        assert answer.text.startswith(expected)
        assert answer.sent[-1].get("more_body", False) is False

    @pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
    def test_file_is_sent_and_closed(self, handler: Handler) -> None:
        """Warnings are errors here, that of an open file too."""
        expected = Path(views.__file__).read_text(encoding="utf-8")
        assert ask(handler, "/file/").text == expected

    def test_unknown_path_is_not_found(self, handler: Handler) -> None:
        """Nothing is resolved twice, and nothing less than 404."""
        answer = ask(handler, "/unknown/")
        assert answer.status == HTTPStatus.NOT_FOUND

    def test_query_that_is_no_text_is_refused(self, handler: Handler) -> None:
        """The URLs' own handler answers, and all middleware has its say."""
        answer = ask(handler, "/async/", query=b"a=\xff")
        assert answer.status == HTTPStatus.BAD_REQUEST
        assert "bad_request" in answer.text
        assert answer.header("X-Request-ID")

    @pytest.mark.parametrize(
        "kind", [f"a/b{';' * 8000}", "a/b; c*=unknown''d", "a" * 11_000]
    )
    def test_content_type_that_cannot_be_read_is_refused(
        self, handler: Handler, kind: str
    ) -> None:
        """Or not in no time: it is read on the event loop, where everybody would wait."""
        answer = ask(handler, "/async/", headers={"content-type": kind})
        assert answer.status == HTTPStatus.BAD_REQUEST
        assert "bad_request" in answer.text
        assert answer.header("X-Request-ID")

    @pytest.mark.parametrize("path", ["/sync/", "/async/"])
    def test_answer_that_cannot_be_sent_is_closed(
        self, handler: Handler, path: str
    ) -> None:
        """Whatever listens to the end of a request hears of it."""
        ended: list[object] = []

        def note(**_: object) -> None:
            """Note the end."""
            ended.append(path)

        signals.request_finished.connect(note)
        try:
            with pytest.raises(RuntimeError, match=path):
                ask(handler, path, refuses=True)
        finally:
            signals.request_finished.disconnect(note)
        assert ended == [path]

    def test_body_that_came_in_chunks_is_read(self, handler: Handler) -> None:
        """Its length is not named by the client, but known by now."""
        assert ask(handler, "/parsed/", body=b"[1]").text == "[1]"

    def test_handler_needs_no_setting(
        self, make_handler: "Callable[..., Handler]", settings: "Settings"
    ) -> None:
        """A project that names neither threads nor seconds is served."""
        make_handler()
        for name in ("REQUEST_THREADS", "REQUEST_PATIENCE", "REQUEST_TIMEOUT"):
            delattr(settings, name)
        assert ask(Handler(), "/sync/").status == HTTPStatus.OK

    def test_named_length_is_kept(self, handler: Handler) -> None:
        """The server has checked it."""
        headers = {"content-length": "2"}
        answer = ask(handler, "/parsed/", body=b"[1]", headers=headers)
        assert answer.text == "[1"

    def test_only_http_is_served(self, handler: Handler) -> None:
        """A websocket is told so."""

        async def scenario() -> None:
            """Open a websocket."""
            inbox: asyncio.Queue[Any] = asyncio.Queue()
            await handler({"type": "websocket"}, inbox.get, inbox.put)

        with pytest.raises(ValueError, match="websocket"):
            run(scenario())

    @pytest.mark.django_db(transaction=True)
    def test_session_of_an_async_view_is_saved(self, handler: Handler) -> None:
        """Saving goes to a thread; the cookie comes with the answer."""
        answer = ask(handler, "/session/")
        assert answer.status == HTTPStatus.OK
        cookies = [v for k, v in answer.sent[0]["headers"] if k == b"Set-Cookie"]
        assert any(cookie.startswith(b"sessionid=") for cookie in cookies)

    def test_async_view_may_use_threads(self, handler: Handler) -> None:
        """Calls of one request share a thread, as Django promises."""
        first, second = ask(handler, "/thread/").text.split()
        assert first == second != LOOP


class TestMiddleware:
    """Middleware that the handler does not know."""

    @pytest.mark.parametrize("path", ["/sync/", "/async/"])
    def test_unknown_class_runs_on_threads(
        self, make_handler: "Callable[..., Handler]", path: str
    ) -> None:
        """It may do I/O; all its hooks are called."""
        seen = ask(make_handler("Recorder"), path).header("X-Seen").split()
        assert len(seen) == len(("request", "view", "response"))
        assert LOOP not in seen

    @pytest.mark.parametrize("path", ["/failing/", "/failing-async/"])
    def test_exception_hook_may_answer(
        self, make_handler: "Callable[..., Handler]", path: str
    ) -> None:
        """A middleware can rescue a failed view of either kind."""
        assert ask(make_handler("Recorder"), path).text == "rescued on purpose"

    def test_template_hook_is_called(
        self, make_handler: "Callable[..., Handler]"
    ) -> None:
        """A middleware can change what a template shows."""
        assert "changed" in ask(make_handler("Recorder"), "/template/").text

    @pytest.mark.parametrize("path", ["/sync/", "/async/"])
    @pytest.mark.parametrize(
        ("middleware", "header", "on_loop"),
        [("sync_middleware", "X-Sync", False), ("async_middleware", "X-Async", True)],
    )
    def test_middleware_of_one_kind_is_adapted(
        self,
        make_handler: "Callable[..., Handler]",
        middleware: str,
        header: str,
        on_loop: bool,  # noqa: FBT001 - a parameter of the test
        path: str,
    ) -> None:
        """Sync-only code runs on a thread, async-only code on the loop."""
        where = ask(make_handler(middleware), path).header(header)
        assert (where == LOOP) is on_loop

    @pytest.mark.parametrize("path", ["/sync/", "/async/"])
    def test_middleware_may_take_itself_out(
        self, make_handler: "Callable[..., Handler]", path: str
    ) -> None:
        """The rest goes on without it."""
        answer = ask(make_handler("unused_middleware", "Recorder"), path)
        assert answer.status == HTTPStatus.OK
        assert answer.header("X-Seen")

    def test_middleware_may_choose_another_view(
        self, make_handler: "Callable[..., Handler]"
    ) -> None:
        """What was resolved early does not bind it, not even to the kind of view."""
        answer = ask(make_handler("elsewhere_middleware"), "/sync/")
        assert answer.status == HTTPStatus.OK
        assert answer.text == LOOP

    def test_subclass_of_a_known_class_is_unknown(self) -> None:
        """Nobody knows what it does in its hooks."""

        class Changed(CommonMiddleware):
            """A changed middleware."""

        assert native.is_known(CommonMiddleware(lambda _: HttpResponse()))
        assert not native.is_known(Changed(lambda _: HttpResponse()))

    def test_receiver_of_a_signal_runs_on_a_thread(self, handler: Handler) -> None:
        """A receiver may do I/O too."""
        seen: list[str] = []

        def record(**_: object) -> None:
            """Remember the thread."""
            seen.append(views.thread_name())

        both = (signals.request_started, signals.request_finished)
        for signal in both:
            signal.connect(record)
        try:
            ask(handler, "/async/")
        finally:
            for signal in both:
                signal.disconnect(record)
        assert len(seen) == len(both)
        assert LOOP not in seen


class TestKnownMiddleware:
    """Django's own middleware runs on the event loop, unless it may have to wait."""

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize(
        ("hook", "request_line", "on_loop"),
        [
            ((SessionMiddleware, "process_response"), "GET /async/", True),
            ((SessionMiddleware, "process_response"), "GET /session/", False),
            ((MessageMiddleware, "process_response"), "GET /async/", True),
            ((MessageMiddleware, "process_response"), "GET /session/", False),
            ((CsrfViewMiddleware, "process_view"), "GET /async/", True),
            ((CsrfViewMiddleware, "process_view"), "POST /async/", False),
        ],
    )
    def test_hook_runs_where_it_may(
        self,
        make_handler: "Callable[..., Handler]",
        monkeypatch: pytest.MonkeyPatch,
        *,
        hook: tuple[type, str],
        request_line: str,
        on_loop: bool,
    ) -> None:
        """A session or messages to be stored and a body to be parsed need a thread."""
        seen = recorded(monkeypatch, *hook)
        method, path = request_line.split()
        ask(make_handler(), path, method=method)
        assert [name == LOOP for name in seen] == [on_loop]

    def test_language_is_chosen_on_the_loop(
        self,
        make_handler: "Callable[..., Handler]",
        settings: "Settings",
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """It looks at a header alone; a project with one language does not."""
        name = f"{LocaleMiddleware.__module__}.{LocaleMiddleware.__name__}"
        assert name not in settings.MIDDLEWARE
        settings.MIDDLEWARE = [*settings.MIDDLEWARE, name]
        seen = recorded(monkeypatch, LocaleMiddleware, "process_request")
        ask(make_handler(), "/async/")
        assert seen == [LOOP]

    def test_csrf_token_in_the_session_needs_a_thread(
        self,
        make_handler: "Callable[..., Handler]",
        settings: "Settings",
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Reading it may mean to ask the database."""
        settings.CSRF_USE_SESSIONS = True
        seen = recorded(monkeypatch, CsrfViewMiddleware, "process_request")
        ask(make_handler(), "/async/")
        assert seen
        assert LOOP not in seen


def recorded(monkeypatch: pytest.MonkeyPatch, kind: type, hook: str) -> list[str]:
    """Record on which threads a hook of a middleware runs."""
    seen: list[str] = []
    original = getattr(kind, hook)

    def record(*arguments: object) -> object:
        """Record the thread, then do what the hook does."""
        seen.append(views.thread_name())
        return original(*arguments)

    monkeypatch.setattr(kind, hook, record)
    return seen
