"""The names that this package relies on although nobody promises them."""

from inspect import signature
from pkgutil import resolve_name
from typing import Final

# Each with the parameters that are passed to it.
NAMES: Final[dict[str, tuple[str, ...]]] = {
    "asgiref.sync:SyncToAsync.context_to_thread_executor": (),
    "asgiref.sync:ThreadSensitiveContext": ("executor",),
    "django.core.handlers.asgi:ASGIHandler.listen_for_disconnect": ("receive",),
    "django.core.handlers.asgi:ASGIHandler.read_body": ("receive",),
    "django.core.handlers.asgi:ASGIHandler.run_get_response": ("request",),
    "django.core.handlers.asgi:ASGIHandler.send_response": ("response", "send"),
    "django.core.handlers.asgi:ASGIRequest": ("scope", "body_file"),
    "django.core.handlers.asgi:get_script_prefix": ("scope",),
    "django.core.handlers.base:BaseHandler.adapt_method_mode": (
        *("is_async", "method", "method_is_async", "debug", "name"),
    ),
    "django.core.handlers.base:BaseHandler.get_response": ("request",),
    "django.core.handlers.base:BaseHandler.load_middleware": ("is_async",),
    "django.core.handlers.base:BaseHandler.resolve_request": ("request",),
    "django.dispatch:Signal._live_receivers": ("sender",),
    "django.http.multipartparser:parse_boundary_stream": ("stream", "max_header_size"),
    "django.urls:get_resolver": (),
    "django.urls:set_script_prefix": ("prefix",),
    "django.utils.deprecation:MiddlewareMixin.__acall__": ("request",),
}


def missing_names() -> list[str]:
    """Look for every name that this package relies on.

    Returns:
        Those that have gone or no longer take the parameters that are passed to them.
    """
    return [name for name, taken in NAMES.items() if not _is_there(name, taken)]


def _is_there(name: str, taken: tuple[str, ...]) -> bool:
    """Look for one name.

    Args:
        name: The module, a colon, and the path inside it.
        taken: Parameters that it must take.

    Returns:
        Whether it is as this package needs it.
    """
    try:
        found = resolve_name(name)
    except (ImportError, AttributeError):
        return False
    return not taken or set(taken) <= signature(found).parameters.keys()
