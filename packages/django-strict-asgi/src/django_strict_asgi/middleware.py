"""Django's own middleware without a thread, where it does no I/O.

Under ASGI Django runs each ``process_request`` and ``process_response`` of its classes
on a thread: a dozen hops for a request whose view is async and needs none of them. The
classes named here only look at headers, cookies and settings. Any other middleware, a
subclass of these too, keeps Django's own way.
"""

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages import get_messages
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.common import CommonMiddleware
from django.middleware.csp import ContentSecurityPolicyMiddleware
from django.middleware.csrf import CsrfViewMiddleware
from django.middleware.locale import LocaleMiddleware
from django.middleware.security import SecurityMiddleware

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase
    from django.utils.deprecation import MiddlewareMixin

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def _never(request: "HttpRequest") -> bool:
    """Say that no request needs a thread.

    Args:
        request: The request.

    Returns:
        False.
    """
    del request
    return False


def _session_is_saved(request: "HttpRequest") -> bool:
    """Tell whether the session will be written to its store.

    Args:
        request: The request, after its view.

    Returns:
        True when it will.
    """
    session = getattr(request, "session", None)
    modified = getattr(session, "modified", False)
    return bool(settings.SESSION_SAVE_EVERY_REQUEST or modified)


def _messages_are_stored(request: "HttpRequest") -> bool:
    """Tell whether messages will be written, to the session perhaps.

    Args:
        request: The request, after its view.

    Returns:
        True when they will.
    """
    messages: Any = get_messages(request)
    # A list where there is no such middleware; nothing promises the second attribute.
    used, added = getattr(messages, "used", False), getattr(messages, "added_new", True)
    return bool(used or added)


def _body_is_parsed(request: "HttpRequest") -> bool:
    """Tell whether the CSRF check may look for its token in the body.

    Args:
        request: The request, before its view.

    Returns:
        True when it may.
    """
    return request.method not in SAFE_METHODS


# When the answer has to be processed on a thread, by class.
ON_ANSWER: "Final[dict[type, Callable[[HttpRequest], bool]]]" = {
    SecurityMiddleware: _never,
    ContentSecurityPolicyMiddleware: _never,
    SessionMiddleware: _session_is_saved,
    LocaleMiddleware: _never,
    CommonMiddleware: _never,
    CsrfViewMiddleware: _never,
    AuthenticationMiddleware: _never,
    MessageMiddleware: _messages_are_stored,
    XFrameOptionsMiddleware: _never,
}


def is_known(middleware: object) -> bool:
    """Tell whether a middleware may run without a thread.

    Args:
        middleware: The middleware.

    Returns:
        True for the classes named in this module.
    """
    if settings.CSRF_USE_SESSIONS and type(middleware) is CsrfViewMiddleware:
        return False
    return type(middleware) in ON_ANSWER


def adapt(middleware: "MiddlewareMixin") -> None:
    """Let a middleware run on the event loop.

    Args:
        middleware: An instance of one of the known classes.
    """
    # MiddlewareMixin looks this name up on itself.
    vars(middleware)["__acall__"] = partial(_acall, middleware)


def view_hook(
    hook: "Callable[..., HttpResponseBase | None]",
) -> "Callable[..., Awaitable[HttpResponseBase | None]]":
    """Make an awaitable of a known middleware's ``process_view``.

    Args:
        hook: The bound method.

    Returns:
        The awaitable; goes to a thread when a body has to be parsed.
    """

    async def process_view(
        request: "HttpRequest", *view: object
    ) -> "HttpResponseBase | None":
        """Refuse a form's request without its token."""
        if _body_is_parsed(request):
            return await sync_to_async(hook)(request, *view)
        return hook(request, *view)

    return process_view


async def _acall(
    middleware: Any,  # noqa: ANN401 - hooks are optional, and no type has them all
    request: "HttpRequest",
) -> "HttpResponseBase":
    """Do what ``MiddlewareMixin.__acall__`` does, on the event loop.

    Args:
        middleware: The middleware.
        request: The request.

    Returns:
        Its answer.
    """
    response: HttpResponseBase | None = None
    if hasattr(middleware, "process_request"):
        response = middleware.process_request(request)
    answer: HttpResponseBase = response or await middleware.get_response(request)
    if not hasattr(middleware, "process_response"):
        return answer
    if ON_ANSWER[type(middleware)](request):
        answer = await sync_to_async(middleware.process_response)(request, answer)
    else:
        answer = middleware.process_response(request, answer)
    return answer
