"""Views, URLs and middleware for the tests of the ASGI handler."""

import asyncio
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final
from weakref import ref

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.core.exceptions import MiddlewareNotUsed
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.template.response import SimpleTemplateResponse
from django.urls import path
from django.utils.decorators import async_only_middleware, sync_only_middleware
from django.utils.deprecation import MiddlewareMixin

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from weakref import ReferenceType

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

PATIENCE: Final = 5  # seconds
LOOP: Final = threading.main_thread().name


class Signals:
    """What a test and a view tell each other.

    Attributes:
        entered: Released by a view that begins to wait.
        go: Lets the view go on.
        ended: Released by a view that does.
        closed: Released by a stream that is closed.
        ids: The id of each request that a waiting view saw.
        held: Finds what a view has made that holds itself, as requests of DRF do.
    """

    held: "ReferenceType[Holding]"

    def __init__(self) -> None:
        """Start with nothing told."""
        self.entered = threading.Semaphore(0)
        self.go = threading.Event()
        self.ended = threading.Semaphore(0)
        self.closed = threading.Semaphore(0)
        self.ids: list[str] = []


class Holding:
    """What no count of references ever frees."""

    def __init__(self) -> None:
        """Hold itself."""
        self.itself = self


told = Signals()


def thread_name() -> str:
    """Name the thread that this runs on, apart from all others."""
    thread = threading.current_thread()
    if thread is threading.main_thread():
        return LOOP
    # Every executor calls its first thread alike.
    return f"{thread.name}/{thread.native_id}"


def sync_view(_: "HttpRequest") -> HttpResponse:
    """Name the view's thread."""
    return HttpResponse(thread_name())


async def async_view(_: "HttpRequest") -> HttpResponse:
    """Name the view's thread."""
    return HttpResponse(thread_name())


def gated_view(request: "HttpRequest") -> HttpResponse:
    """Wait for the test."""
    told.ids.append(request.META["HTTP_X_REQUEST_ID"])
    told.entered.release()
    told.go.wait(PATIENCE)
    told.ended.release()
    return HttpResponse(thread_name())


def holding_view(_: "HttpRequest") -> HttpResponse:
    """Leave something that holds itself."""
    told.held = ref(Holding())
    return HttpResponse()


def large_view(_: "HttpRequest", size: int) -> HttpResponse:
    """Answer with so many bytes, and leave something that holds itself."""
    told.held = ref(Holding())
    return HttpResponse(b"x" * size)


def gated_stream_view(_: "HttpRequest") -> StreamingHttpResponse:
    """Wait for the test, then answer with a stream that tells when it is closed."""

    def content() -> "Iterator[bytes]":
        """Stream something."""
        yield b""

    class Closing:
        """Content with a close of its own, as an open file has."""

        def __iter__(self) -> "Iterator[bytes]":
            """Return the content."""
            return content()

        def close(self) -> None:
            """Tell the test."""
            told.closed.release()

    told.entered.release()
    told.go.wait(PATIENCE)
    return StreamingHttpResponse(Closing())


async def endless_view(_: "HttpRequest") -> HttpResponse:
    """Wait until the client goes away."""
    told.entered.release()
    try:
        await asyncio.sleep(PATIENCE)
    finally:
        told.ended.release()
    return HttpResponse()


def failing_view(_: "HttpRequest") -> HttpResponse:
    """Fail."""
    message = "on purpose"
    raise ValueError(message)


async def failing_async_view(_: "HttpRequest") -> HttpResponse:
    """Fail."""
    message = "on purpose"
    raise ValueError(message)


def parts() -> "Iterator[bytes]":
    """Name the thread that the stream is read on."""
    yield b"sync "
    yield thread_name().encode()


async def async_parts() -> "AsyncIterator[bytes]":
    """Make a stream on the event loop."""
    yield b"async "
    await asyncio.sleep(0)
    yield thread_name().encode()


def stream_view(_: "HttpRequest") -> StreamingHttpResponse:
    """Stream from a sync view."""
    return StreamingHttpResponse(parts())


async def async_stream_view(_: "HttpRequest") -> StreamingHttpResponse:
    """Stream from an async view."""
    return StreamingHttpResponse(async_parts())


def file_view(_: "HttpRequest") -> FileResponse:
    """Send this file."""
    return FileResponse(Path(__file__).open("rb"))


def template_view(_: "HttpRequest") -> SimpleTemplateResponse:
    """Answer with a template that middleware changes."""
    return SimpleTemplateResponse("users/mail.html", {"parts": ["nothing"]})


def parsed_view(request: "HttpRequest") -> HttpResponse:
    """Return the body, read as DRF's parsers do: from where it stands, by its length."""
    return HttpResponse(request.read(int(request.META["CONTENT_LENGTH"])))


async def session_view(request: "HttpRequest") -> HttpResponse:
    """Change the session and leave a message."""
    await request.session.aset("seen", "yes")
    await sync_to_async(messages.info)(request, "hello")
    return HttpResponse(thread_name())


async def thread_view(_: "HttpRequest") -> HttpResponse:
    """Use a thread inside an async view."""
    names = [await sync_to_async(thread_name)() for _ in range(2)]
    return HttpResponse(" ".join(names))


class Recorder(MiddlewareMixin):
    """A middleware that nobody knows; its hooks record where they run."""

    def process_request(self, request: "HttpRequest") -> None:
        """Record the thread."""
        request.META["seen"] = [thread_name()]

    def process_view(self, request: "HttpRequest", *_: object) -> None:
        """Record the thread."""
        request.META["seen"].append(thread_name())

    def process_exception(
        self, request: "HttpRequest", exception: Exception
    ) -> HttpResponse:
        """Answer in place of a view that failed."""
        request.META["seen"].append(thread_name())
        return HttpResponse(f"rescued {exception}")

    def process_template_response(
        self, request: "HttpRequest", response: SimpleTemplateResponse
    ) -> SimpleTemplateResponse:
        """Change what the template shows."""
        request.META["seen"].append(thread_name())
        response.context_data = {"parts": ["changed"]}
        return response

    def process_response(
        self, request: "HttpRequest", response: "HttpResponseBase"
    ) -> "HttpResponseBase":
        """Show what was recorded."""
        response.headers["X-Seen"] = " ".join([*request.META["seen"], thread_name()])
        return response


@sync_only_middleware
def sync_middleware(
    get_response: "Callable[[HttpRequest], HttpResponseBase]",
) -> "Callable[[HttpRequest], HttpResponseBase]":
    """A middleware that knows nothing of async."""

    def middleware(request: "HttpRequest") -> "HttpResponseBase":
        """Record the thread."""
        response = get_response(request)
        response.headers["X-Sync"] = thread_name()
        return response

    return middleware


@async_only_middleware
def async_middleware(
    get_response: "Callable[[HttpRequest], Awaitable[HttpResponseBase]]",
) -> "Callable[[HttpRequest], Awaitable[HttpResponseBase]]":
    """A middleware that knows nothing of threads."""

    async def middleware(request: "HttpRequest") -> "HttpResponseBase":
        """Record the thread."""
        response = await get_response(request)
        response.headers["X-Async"] = thread_name()
        return response

    return middleware


def unused_middleware(_: object) -> "Callable[[HttpRequest], HttpResponse]":
    """A middleware that takes itself out."""
    raise MiddlewareNotUsed


def elsewhere_middleware(
    get_response: "Callable[[HttpRequest], HttpResponseBase]",
) -> "Callable[[HttpRequest], HttpResponseBase]":
    """A middleware that sends every request to another view."""

    def middleware(request: "HttpRequest") -> "HttpResponseBase":
        """Change the path."""
        request.path_info = "/async/"
        return get_response(request)

    return middleware


urlpatterns = [
    path("sync/", sync_view),
    path("async/", async_view),
    path("gated/", gated_view),
    path("holding/", holding_view),
    path("large/<int:size>/", large_view),
    path("gated-stream/", gated_stream_view),
    path("endless/", endless_view),
    path("failing/", failing_view),
    path("failing-async/", failing_async_view),
    path("stream/", stream_view),
    path("async-stream/", async_stream_view),
    path("file/", file_view),
    path("template/", template_view),
    path("parsed/", parsed_view),
    path("session/", session_view),
    path("thread/", thread_view),
]

handler400 = "apps.core.exceptions.bad_request"
handler404 = "apps.core.exceptions.not_found"
handler500 = "apps.core.exceptions.server_error"
