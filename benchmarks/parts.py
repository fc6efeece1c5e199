"""The parts of a request that samples of its stack are summed up by."""

import re
from typing import Final

VIEW: Final = "the view around these"
HANDLER: Final = "handler and thread hop"
SERVER: Final = "server: connections and HTTP"
REST: Final = "rest"
# The first rule that matches any frame of a stack names the part: inner parts come
# before those that call them. Frames read `Class.function (path:line)`.
RULES: Final = tuple(
    (part, re.compile("|".join(patterns)))
    for part, patterns in (
        (
            "connection to PostgreSQL: pool, or connecting",
            (
                r"\(psycopg_pool/",
                r"^BaseDatabaseWrapper\.(connect|close|ensure_connection) ",
                r"^BaseDatabaseWrapper\.close_if_",
                r"^DatabaseWrapper\.(get_new_connection|_close|get_connection_params) ",
                r"^close_old_connections ",
            ),
        ),
        (
            "finding the token",
            (r"^TokenAuthentication\.", r"^APIView\.perform_authentication "),
        ),
        # Nothing else in a page of the list asks Redis.
        ("throttle", (r"^APIView\.check_throttles ", r"\(redis/")),
        (
            "validating the query",
            (r"^(Base)?Serializer\.(is_valid|run_validation|to_internal_value) ",),
        ),
        (
            "counting the rows",
            (r"^Paginator\.(count|num_pages|validate_number) ",),
        ),
        (
            "serializing",
            (
                r"^(Base|List)?Serializer\.(data|to_representation) ",
                r"^BaseSerializer\.(__new__|__init__|many_init) ",
            ),
        ),
        (
            "reading the page",
            (r"\.paginate_queryset ", r"^Page\.", r"^QuerySet\._fetch_all "),
        ),
        (
            "rendering JSON",
            (r"^SimpleTemplateResponse\.render ", r"\(rest_framework/renderers\.py"),
        ),
        (
            VIEW,
            (
                r"\(rest_framework/(views|generics|mixins)\.py",
                r"\(apps/users/views\.py",
                r"^View\.as_view",
            ),
        ),
        (
            "middleware and access line",
            (r"\(django/core/handlers/(base|exception)\.py", r"core/middleware\.py"),
        ),
        # What the handler hands over to the server, and takes from it.
        (SERVER, (r"^RequestResponseCycle\.(send|receive) ",)),
        (
            HANDLER,
            (
                r"\(apps/core/(asgi|threads)\.py",
                r"\(django/core/handlers/(asgi|wsgi)\.py",
                r"\(asgiref/",
                r"\(asyncio/(futures|tasks|timeouts)\.py",
            ),
        ),
        (SERVER, (r"\(gunicorn/workers/gthread\.py", r"\(uvicorn/")),
        # A thread that takes its work; gthread's own were found above.
        (HANDLER, (r"\(concurrent/futures/thread\.py",)),
        (SERVER, (r"\((gunicorn|uvicorn_worker)/", r"\(apps/core/protocol\.py")),
    )
)
PARTS: Final = (*dict.fromkeys(part for part, _ in RULES), REST)


def shares(text: str) -> dict[str, float]:
    """Sum samples up by parts.

    Args:
        text: A line for each stack as py-spy writes it raw: the frames from the outermost
            to the innermost, semicolons between them, and how often it was seen.

    Returns:
        The share of each part, in the order of `PARTS`; empty without samples.
    """
    seen = dict.fromkeys(PARTS, 0)
    for line in text.splitlines():
        stack, _, times = line.rpartition(" ")
        seen[part_of(stack)] += int(times)
    total = sum(seen.values())
    return {part: times / total for part, times in seen.items()} if total else {}


def part_of(stack: str) -> str:
    """Name the part of a request that a stack belongs to.

    Args:
        stack: Its frames.

    Returns:
        One of `PARTS`.
    """
    frames = stack.split(";")
    for part, pattern in RULES:
        if any(pattern.search(frame) for frame in frames):
            return part
    return REST
