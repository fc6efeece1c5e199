"""Bodies are read only if they are small enough, UTF-8, and not all headers of parts."""

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, cast, override

from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from django.http import multipartparser

from django_strict_asgi.answers import error_response
from django_strict_asgi.around import around_requests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.http import HttpRequest
    from django.http.multipartparser import LazyStream
    from django.http.response import HttpResponseBase

    Part = tuple[str, dict[str, Any], LazyStream]

# Of the header of a part; two lines and three parameters are usual.
MOST_LINES: Final = 8
MOST_PARAMETERS: Final = 20
NAME: Final = "parse_boundary_stream"
MOST_PARTS: Final = 1200  # fields, files, and what stands around them

# The stubs do not know it.
_parse: "Final[Callable[[LazyStream, int], Part] | None]" = vars(multipartparser).get(
    NAME
)


def parse_boundary_stream(stream: "LazyStream", max_header_size: int) -> "Part":
    """Read the header of a part, unless a client made work of it.

    Python takes quadratic time for parameters: 1 MB of them would take five seconds.

    Args:
        stream: The part.
        max_header_size: Bytes that its header may have.

    Raises:
        MultiPartParserError: If it has too many lines or parameters.

    Returns:
        What Django's own returns.
    """
    start = stream.read(max_header_size)
    stream.unget(start)
    header, end, _ = start.partition(b"\r\n\r\n")
    lines, parameters = header.count(b"\n"), header.count(b";")
    if end and (lines > MOST_LINES or parameters > MOST_PARAMETERS):
        message = "A part of the form has too long a header."
        raise multipartparser.MultiPartParserError(message)
    parse = cast("Callable[[LazyStream, int], Part]", _parse)
    return parse(stream, max_header_size)


class Parser(multipartparser.Parser):
    """Counts all parts: Django counts no more than those that have a name."""

    @override
    def __iter__(self) -> "Iterator[Part]":
        """Go through the parts.

        Returns:
            What Django's own returns, up to a number.
        """
        return map(_counted, enumerate(super().__iter__()))


def _counted(numbered: "tuple[int, Part]") -> "Part":
    """Take a part, unless there were too many before.

    Args:
        numbered: How many, and the part.

    Raises:
        TooManyFieldsSent: If they are more than fields may be.

    Returns:
        The part.
    """
    number, part = numbered
    if number > MOST_PARTS:
        message = "The form has too many parts."
        raise TooManyFieldsSent(message)
    return part


# Django has no setting for it, and every parser of forms, DRF's too, comes by here. Without
# that name a start says so (``compatibility``), and parts cost what they cost.
if _parse is not None:
    vars(multipartparser).update({NAME: parse_boundary_stream, "Parser": Parser})


def _refusal(request: "HttpRequest") -> "HttpResponseBase | None":
    """Refuse a request whose body is too large, or in a charset other than UTF-8.

    Args:
        request: The request.

    Returns:
        The refusal, or None.
    """
    charset = (request.content_params or {}).get("charset", "utf-8")
    is_foreign = charset.strip("\"' ").lower() not in {"utf-8", "utf8"}
    is_large = int(request.META.get("CONTENT_LENGTH") or 0) > settings.MAX_BODY_SIZE
    if not is_large and not is_foreign:
        return None
    if is_large:
        # As RequestTooLargeError of the project says it, in its language.
        return error_response(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            "request_too_large",
            "The request is too large.",
        )
    return error_response(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "unsupported_media_type",
        "Only UTF-8 is accepted as a charset.",
    )


# Some of Python's codecs take seconds for a few hundred kilobytes, and others are no charsets
# at all; the client would choose.
utf8_middleware = around_requests(refuse=_refusal)
