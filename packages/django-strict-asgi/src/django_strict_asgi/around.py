"""Middleware written once, for WSGI and ASGI."""

from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, cast

from django.utils.decorators import sync_and_async_middleware

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    SyncHandler = Callable[[HttpRequest], HttpResponseBase]
    AsyncHandler = Callable[[HttpRequest], Awaitable[HttpResponseBase]]


def _nothing(*_: object) -> Any:  # noqa: ANN401 - the State of who begins nothing
    """Do nothing."""


def around_requests[State](
    begin: "Callable[[HttpRequest], State]" = _nothing,
    finish: "Callable[[HttpRequest, HttpResponseBase, State], None]" = _nothing,
    end: "Callable[[State], None]" = _nothing,
    *,
    refuse: "Callable[[HttpRequest], HttpResponseBase | None]" = _nothing,
) -> "Callable[[SyncHandler | AsyncHandler], SyncHandler | AsyncHandler]":
    """Make middleware of functions that wait for nothing.

    It is a function that is sync under WSGI and async under ASGI, and not a class built on
    MiddlewareMixin: that would cost two thread hops for each request.

    Args:
        begin: Called with each request; the others are given what it returns.
        finish: Called with the request and its answer.
        end: Called at last, also where there is no answer.
        refuse: Answers in the place of the next handler, where it has an answer.

    Returns:
        The middleware, of the same kind (sync or async) as the next handler.
    """

    @sync_and_async_middleware
    def middleware(
        get_response: "SyncHandler | AsyncHandler",
    ) -> "SyncHandler | AsyncHandler":
        """Wrap the next handler.

        Args:
            get_response: The next handler.

        Returns:
            A handler of the same kind.
        """
        if iscoroutinefunction(get_response):
            next_async = cast("AsyncHandler", get_response)

            async def answer_async(request: "HttpRequest") -> "HttpResponseBase":
                """Answer under ASGI.

                Args:
                    request: The request.

                Returns:
                    The answer.
                """
                state = begin(request)
                try:
                    answer = refuse(request) or await next_async(request)
                    finish(request, answer, state)
                finally:
                    end(state)
                return answer

            return answer_async

        next_sync = cast("SyncHandler", get_response)

        def answer_sync(request: "HttpRequest") -> "HttpResponseBase":
            """Answer under WSGI.

            Args:
                request: The request.

            Returns:
                The answer.
            """
            state = begin(request)
            try:
                answer = refuse(request) or next_sync(request)
                finish(request, answer, state)
            finally:
                end(state)
            return answer

        return answer_sync

    return middleware
