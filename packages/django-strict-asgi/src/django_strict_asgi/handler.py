"""The ASGI handler: Django's own, with at most one thread hop for a request.

A sync view runs with all its middleware in one piece on one thread; an async view runs
with its middleware on the event loop and needs no thread at all. Each of the two has a
middleware chain of its own, so every middleware exists twice in a worker.
"""

import asyncio
import gc
from collections import Counter
from inspect import iscoroutinefunction
from io import SEEK_END, BytesIO
from time import monotonic
from typing import IO, TYPE_CHECKING, Any, Final, override

from asgiref.sync import SyncToAsync, ThreadSensitiveContext, sync_to_async
from django.conf import settings
from django.core import signals
from django.core.exceptions import BadRequest, RequestAborted
from django.core.handlers.asgi import ASGIHandler, ASGIRequest, get_script_prefix
from django.core.handlers.base import BaseHandler
from django.http import Http404
from django.urls import get_resolver, set_script_prefix

from django_strict_asgi import middleware as native
from django_strict_asgi.threads import OverloadedError, RequestThreads
from django_strict_asgi.throttling import client_address

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping
    from concurrent.futures import ThreadPoolExecutor

    from django.dispatch import Signal
    from django.http.response import HttpResponseBase
    from django.urls import ResolverMatch

    type Receive = Callable[[], Awaitable[Mapping[str, Any]]]
    type Send = Callable[[Mapping[str, Any]], Awaitable[None]]

# Bytes of a body above which few are worked at.
LARGE: Final = 32 * 1024
# Bytes of such bodies between two collections of what was parsed.
MOST_HELD: Final = 512 * 1024
# Bytes of an answer from which on it counts, and of those that wait in a worker until their
# clients have read, for one address. nginx takes a megabyte of each (nginx/templates/).
LARGE_ANSWER: Final = 256 * 1024
MOST_WAITING: Final = 8 * 1024 * 1024
# An answer takes so many times less than a body does.
ANSWERS_PER_BODY: Final = 16
# Seconds for which an address that was given one counts among large bodies.
REMEMBERED: Final = 10.0
LARGE_IN_PARTS: Final = 4 * 1024  # of which hundreds cost more than their length
MOST_PARAMETERS: Final = 20  # of a Content-Type; two are many
DEFAULT_THREADS: Final = 8
DEFAULT_PATIENCE: Final = 10.0  # seconds
DEFAULT_TIMEOUT: Final = 40.0  # seconds; a proxy usually waits for a minute


class Request(ASGIRequest):
    """A request that remembers what the handler found out about it.

    Attributes:
        early_match: The path that was resolved already, and its view.
        refusal: Why the request is answered without its view.
        length: Bytes of its body.
        is_large: Whether these are many.
        is_parsed: Whether it also takes many times its length once it is parsed.
    """

    early_match: "tuple[str, ResolverMatch] | None" = None
    refusal: Exception | None = None

    def __init__(self, scope: "Mapping[str, Any]", body: "IO[bytes]") -> None:
        """Take over what the server knows of the request.

        Args:
            scope: What it knows.
            body: All of the body.

        Raises:
            BadRequest: If it cannot be read.
        """
        # Python takes quadratic time to read them, and here the event loop's.
        for name, value in scope["headers"]:
            if name == b"content-type" and value.count(b";") > MOST_PARAMETERS:
                message = "The Content-Type has too many parameters"
                raise BadRequest(message)
        super().__init__(scope, body)
        self.length = body.seek(0, SEEK_END)
        body.seek(0)
        # A chunked body came without a length, and DRF would take it for empty.
        self.META.setdefault("CONTENT_LENGTH", str(self.length))
        # Parts, files above all, are cut out of the body and take no more room than it.
        is_cut = self.content_type == "multipart/form-data"
        self.is_large = self.length > (LARGE_IN_PARTS if is_cut else LARGE)
        self.is_parsed = self.is_large and not is_cut


class ResolvingHandler(BaseHandler):
    """Takes over the view that was found when the request came in."""

    @override
    def resolve_request(self, request: Any) -> "ResolverMatch":
        """Find the view of a request.

        Args:
            request: The request.

        Raises:
            Exception: The refusal, if the request is refused.

        Returns:
            The view and its arguments.
        """
        if request.refusal is not None:
            raise request.refusal
        path, found = request.early_match or ("", None)
        # A middleware may have chosen another path or other URLs meanwhile.
        if not found or path != request.path_info or hasattr(request, "urlconf"):
            found = super().resolve_request(request)
        request.resolver_match = found
        return found


class SyncHandler(ResolvingHandler):
    """The middleware and a sync view, in one piece."""

    def __init__(self) -> None:
        """Build the sync middleware chain."""
        super().__init__()
        self.load_middleware(is_async=False)


class Handler(ResolvingHandler, ASGIHandler):
    """Serves HTTP; built once for each worker."""

    request_class = Request

    def __init__(self) -> None:
        """Build both middleware chains."""
        super().__init__()
        self._sync = SyncHandler()
        # Adapted once: looking at a function from all sides costs as much as a hop.
        self._run = sync_to_async(_Work.run)
        self._end = sync_to_async(_Work.finish)
        self._timeout = getattr(settings, "REQUEST_TIMEOUT", DEFAULT_TIMEOUT)
        self._held = 0
        self._waiting: Counter[str] = Counter()
        self._given: dict[str, float] = {}
        self._threads = RequestThreads(
            size=getattr(settings, "REQUEST_THREADS", DEFAULT_THREADS),
            patience=getattr(settings, "REQUEST_PATIENCE", DEFAULT_PATIENCE),
        )

    @override
    async def __call__(
        self,
        scope: dict[str, Any],
        receive: "Receive",
        send: "Send",
    ) -> None:
        """Serve a request.

        Args:
            scope: What the server knows of the request.
            receive: Gives the body, and tells when the client goes away.
            send: Takes the answer.

        Raises:
            ValueError: If it is no HTTP request.
        """
        if scope["type"] != "http":
            message = f"Only HTTP is served here, not {scope['type']}."
            raise ValueError(message)
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        set_script_prefix(get_script_prefix(scope))
        try:
            request = Request(scope, body)
        except (UnicodeDecodeError, BadRequest):
            headers = [pair for pair in scope["headers"] if pair[0] != b"content-type"]
            bare = {**scope, "query_string": b"", "headers": headers}
            request = Request(bare, body)
            request.refusal = BadRequest("The query or the Content-Type is unreadable")
        await self.serve(request, receive, send)

    async def serve(self, request: Request, receive: "Receive", send: "Send") -> None:
        """Serve a request on a thread or on the event loop.

        Args:
            request: The request.
            receive: Tells when the client goes away.
            send: Takes the answer.
        """
        if request.refusal is not None or _has_async_view(request):
            await self._serve_async(request, receive, send)
        else:
            await self._serve_sync(request, receive, send)

    @override
    def adapt_method_mode(
        self,
        is_async: bool,
        method: "Callable[..., Any]",
        method_is_async: bool | None = None,
        debug: bool = False,
        name: str | None = None,
    ) -> "Callable[..., Any]":
        """Adapt a middleware or one of its hooks; Django calls this for each of them.

        Args:
            is_async: Whether an awaitable is wanted.
            method: A bound hook, or a handler that wraps a middleware.
            method_is_async: Whether it is awaitable already.
            debug: Whether adaptations are logged.
            name: What to call it in the log.

        Returns:
            The adapted callable.
        """
        if is_async and native.is_known(getattr(method, "__self__", None)):
            return native.view_hook(method)
        middleware = getattr(method, "__wrapped__", None)
        if is_async and middleware is not None and native.is_known(middleware):
            native.adapt(middleware)
        return super().adapt_method_mode(is_async, method, method_is_async, debug, name)

    async def _serve_sync(
        self,
        request: Request,
        receive: "Receive",
        send: "Send",
    ) -> None:
        """Serve a request whose view is sync.

        Args:
            request: The request.
            receive: Tells when the client goes away.
            send: Takes the answer.
        """
        work = _Work(self._sync, request)

        async def answer() -> None:
            """Borrow a thread, answer in it, and give it back."""
            try:
                thread = await self._borrow(request)
            except BaseException:
                request.close()
                raise
            try:
                async with ThreadSensitiveContext(executor=thread):
                    response = await self._in_time(self._run(work))
                    if response.streaming:
                        await self.send_response(response, send)
                        await self._end(work)
            except BaseException:
                # Behind the view, which may still be running.
                thread.submit(work.finish)
                self._threads.give_back_later(thread)
                raise
            self._threads.give_back(thread)
            if not response.streaming:
                await self._send(request, response, send)

        try:
            await self._while_connected(receive, answer())
        except OverloadedError as refusal:
            # A copy: a thread may still be at work on the request itself.
            copy = Request(request.scope, BytesIO())
            copy.refusal = refusal
            # What middleware has left there, such as the request's id, stays.
            copy.META |= request.META
            await self._serve_async(copy, receive, send)

    async def _serve_async(
        self,
        request: Request,
        receive: "Receive",
        send: "Send",
    ) -> None:
        """Serve a request whose view is async, or that is refused.

        Args:
            request: The request.
            receive: Tells when the client goes away.
            send: Takes the answer.
        """
        response: HttpResponseBase | None = None
        thread = None
        if request.is_large and request.refusal is None:
            # Middleware may parse the body, on a thread that nobody would count.
            try:
                thread = await self._borrow(request)
            except OverloadedError as refusal:
                request.refusal = refusal

        async def answer() -> None:
            """Answer, with the signals around it that Django sends."""
            nonlocal response
            if _has_quick_receivers(signals.request_started):
                signals.request_started.send(sender=self.__class__, scope=request.scope)
            else:
                await signals.request_started.asend(
                    sender=self.__class__, scope=request.scope
                )
            response = await self.run_get_response(request)
            await self.send_response(response, send)

        try:
            async with ThreadSensitiveContext(executor=thread) as context:
                try:
                    await self._while_connected(receive, answer())
                finally:
                    # A view that used a thread may have left a database connection there.
                    used_thread = context in SyncToAsync.context_to_thread_executor
                    if used_thread or not _has_quick_receivers(
                        signals.request_finished
                    ):
                        await sync_to_async(_finish)(request, response)
                    else:
                        _finish(request, response)
        finally:
            if thread is not None:
                self._threads.give_back_later(thread)

    async def _send(
        self, request: Request, response: "HttpResponseBase", send: "Send"
    ) -> None:
        """Send an answer, unless clients there are slow to read many large ones.

        Args:
            request: The request.
            response: The answer.
            send: Takes it.

        Raises:
            OverloadedError: If too much of them waits for that address already.
        """
        size = len(getattr(response, "content", b""))
        if size < LARGE_ANSWER:
            await self.send_response(response, send)
            return
        self._held += size // ANSWERS_PER_BODY
        address = client_address(request)
        self._given[address] = monotonic()
        if self._waiting[address] and self._waiting[address] + size > MOST_WAITING:
            message = f"{address} has not read {self._waiting[address]} bytes."
            raise OverloadedError(message)
        self._waiting[address] += size
        try:
            await self.send_response(response, send)
        finally:
            self._waiting[address] -= size
            if not self._waiting[address]:
                del self._waiting[address]

    async def _borrow(self, request: Request) -> "ThreadPoolExecutor":
        """Borrow a thread for a request.

        Args:
            request: The request.

        Returns:
            The thread.
        """
        address = client_address(request)
        large = request.is_large or self._was_given_large(address)
        thread = await self._threads.borrow(
            address, large=large, parsed=request.is_parsed
        )
        if request.is_parsed:
            self._held += request.length
        # Requests of DRF hold themselves, and so all that was parsed for them and their
        # answers, until the collector runs, which numbers and text do not make it do.
        if self._held > MOST_HELD:
            self._held = 0
            gc.collect()
        return thread

    def _was_given_large(self, address: str) -> bool:
        """Tell whether large answers went to an address lately.

        Args:
            address: The client's.

        Returns:
            Whether others shall not wait for it.
        """
        since = monotonic() - REMEMBERED
        self._given = {who: at for who, at in self._given.items() if at > since}
        return address in self._given

    async def _in_time[Answer](self, answer: "Awaitable[Answer]") -> Answer:
        """Wait for a sync view, not too long.

        Args:
            answer: What the view will answer.

        Raises:
            OverloadedError: If it took too long.

        Returns:
            The answer.
        """
        try:
            async with asyncio.timeout(self._timeout):
                return await answer
        except TimeoutError as error:
            message = f"No answer within {self._timeout:g} s."
            raise OverloadedError(message) from error

    async def _while_connected(
        self, receive: "Receive", answer: "Coroutine[None, None, None]"
    ) -> None:
        """Answer a request unless the client goes away first.

        Args:
            receive: Tells when the client goes away.
            answer: What answers; is cancelled then.

        Raises:
            BaseException: What the answering raised.
        """
        try:
            async with asyncio.TaskGroup() as group:
                listener = group.create_task(self.listen_for_disconnect(receive))
                await answer
                listener.cancel()
        except BaseExceptionGroup as group_error:
            _, other = group_error.split(RequestAborted)
            if other is not None:
                raise other.exceptions[0] from None


class _Work:
    """What a thread does for a request."""

    def __init__(self, handler: SyncHandler, request: Request) -> None:
        """Prepare the work.

        Args:
            handler: The sync middleware chain.
            request: The request.
        """
        self._handler = handler
        self._request = request
        self._response: HttpResponseBase | None = None

    def run(self) -> "HttpResponseBase":
        """Run the middleware and the view, and close what can be closed at once.

        Returns:
            The answer. Unless it is a stream it is closed: the connection is back in
            the pool, however slowly the client reads.
        """
        signals.request_started.send(sender=Handler, scope=self._request.scope)
        response = self._handler.get_response(self._request)
        # What Django's own handler does: receivers may ask for a certain sender.
        vars(response)["_handler_class"] = Handler
        self._response = response
        if not response.streaming:
            response.close()
        return response

    def finish(self) -> None:
        """Close what is still open: a stream, or a request that was abandoned."""
        if self._response is None or not self._response.closed:
            _finish(self._request, self._response)


def _has_async_view(request: Request) -> bool:
    """Find the view of a request and tell which chain it belongs to.

    Args:
        request: The request.

    Returns:
        True for an async view, False for a sync one and for none.
    """
    try:
        found = get_resolver().resolve(request.path_info)
    except Http404:
        return False
    request.early_match = request.path_info, found
    return iscoroutinefunction(found.func)


def _has_quick_receivers(signal: "Signal") -> bool:
    """Tell whether a signal may be sent on the event loop.

    Args:
        signal: One of Django's request signals.

    Returns:
        True when only Django itself listens: on a thread without connections its
        receivers do nothing that could block.
    """
    receivers = signal._live_receivers(None)
    return not receivers[1] and all(
        receiver.__module__.startswith("django.") for receiver in receivers[0]
    )


def _finish(request: Request, response: "HttpResponseBase | None") -> None:
    """Close an answer, or what there is of a request that got none.

    Args:
        request: The request.
        response: The answer, if there is one.
    """
    if response is None:
        request.close()
        signals.request_finished.send(sender=Handler)
    else:
        response.close()
