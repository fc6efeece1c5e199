"""Middleware written once, for WSGI and ASGI."""

# Its type is read by pydoclint, which takes a quoted one for a plain return value.
from collections.abc import Generator  # noqa: TC003
from contextlib import suppress
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, cast

from django.utils.decorators import sync_and_async_middleware

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    SyncHandler = Callable[[HttpRequest], HttpResponseBase]
    AsyncHandler = Callable[[HttpRequest], Awaitable[HttpResponseBase]]
    Steps = Callable[[HttpRequest], Generator[None, HttpResponseBase, None]]


def around_requests(
    steps: "Steps",
) -> "Callable[[SyncHandler | AsyncHandler], SyncHandler | AsyncHandler]":
    """Make middleware of a generator that is sent the answer where it yields.

    Sync under WSGI and async under ASGI, and not a class built on MiddlewareMixin: that
    would cost two thread hops for each request.

    Args:
        steps: What to do before and, unless the request ends otherwise, with the answer;
            it must not wait for anything. Its ``finally`` runs at any end.

    Returns:
        The middleware, of the same kind (sync or async) as the next handler.
    """

    @sync_and_async_middleware
    def middleware(
        get_response: "SyncHandler | AsyncHandler",
    ) -> "SyncHandler | AsyncHandler":
        """Wrap the next handler."""
        if iscoroutinefunction(get_response):
            next_async = cast("AsyncHandler", get_response)

            async def answer_async(request: "HttpRequest") -> "HttpResponseBase":
                """Answer under ASGI."""
                running = steps(request)
                next(running)
                try:
                    return _told(running, await next_async(request))
                finally:
                    running.close()

            return answer_async

        next_sync = cast("SyncHandler", get_response)

        def answer(request: "HttpRequest") -> "HttpResponseBase":
            """Answer under WSGI."""
            running = steps(request)
            next(running)
            try:
                return _told(running, next_sync(request))
            finally:
                running.close()

        return answer

    return middleware


def _told(
    running: Generator[None, "HttpResponseBase", None], answer: "HttpResponseBase"
) -> "HttpResponseBase":
    """Send a generator the answer that it waits for.

    Args:
        running: The generator.
        answer: The answer.

    Returns:
        The answer, as the generator left it.
    """
    with suppress(StopIteration):
        running.send(answer)
    return answer
