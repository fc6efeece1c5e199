"""Pages of lists: numbered, or following a cursor."""

import json
import re
from binascii import Error as Base64Error
from typing import TYPE_CHECKING, Any, Final, cast, override

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from rest_framework.exceptions import NotFound, ValidationError as InvalidError
from rest_framework.pagination import PageNumberPagination
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import Field, Model
    from rest_framework.request import Request
    from rest_framework.views import APIView

INVALID_CURSOR: Final = "Invalid cursor."
INVALID_PAGE: Final = "Invalid page."
WHOLE_NUMBER: Final = re.compile(r"0*[1-9][0-9]*")
INVALID_SIZE: Final = "A whole number from 1 on is expected."


class PageOrCursorPagination(PageNumberPagination):
    """Numbered pages, or pages that follow a cursor.

    A numbered page costs more the further back it lies: the database counts all rows
    and walks past those before it. With ``?cursor=``, empty for the first page, each
    page begins after the last row of the one before and costs the same.
    """

    page_size_query_param: str
    cursor_query_param = "cursor"
    max_page_size: int
    _next_link: str | None = None
    _follows_cursor = False

    @override
    def paginate_queryset(
        self,
        queryset: "QuerySet[Any] | Sequence[Any]",
        request: "Request",
        view: "APIView | None" = None,
    ) -> list[Any] | None:
        """Cut a page out of a list.

        Args:
            queryset: The list. With a cursor its first field decides on the order, and
                the id, in the same direction, where that is equal.
            request: The request, with page or cursor in the query.
            view: The view.

        Raises:
            NotFound: If there is no such page.

        Returns:
            The rows of the page.
        """
        page = request.query_params.get(self.page_query_param, "1")
        # DRF takes "last", " 2" and other things for numbers of pages.
        if not WHOLE_NUMBER.fullmatch(page):
            raise NotFound(INVALID_PAGE)
        cursor = request.query_params.get(self.cursor_query_param)
        if cursor is None or not isinstance(queryset, QuerySet):
            return super().paginate_queryset(queryset, request, view)
        self._follows_cursor = True
        size = self.get_page_size(request)
        name, lookup = _ordering(queryset)
        sign = "-" if lookup == "lt" else ""
        queryset = queryset.order_by(f"{sign}{name}", f"{sign}pk")
        if cursor:
            queryset = queryset.filter(_after(queryset, cursor))
        rows = list(queryset[: size + 1])
        if len(rows) > size:
            url = request.build_absolute_uri()
            url = remove_query_param(url, self.page_query_param)
            cursor = cursor_of(queryset, rows[size - 1])
            self._next_link = replace_query_param(url, self.cursor_query_param, cursor)
        return rows[:size]

    @override
    def get_page_size(self, request: "Request") -> int:
        """Read how long a page shall be.

        Args:
            request: The request.

        Raises:
            ValidationError: If the query holds no whole number from 1 on.

        Returns:
            Rows, at most ``max_page_size``.
        """
        written = request.query_params.get(self.page_size_query_param)
        if written is None:
            return cast("int", self.page_size)
        if not WHOLE_NUMBER.fullmatch(written):
            raise InvalidError({self.page_size_query_param: [INVALID_SIZE]})
        # Python does not read endless digits, and the first few decide.
        return min(int(written.lstrip("0")[:9]), self.max_page_size)

    @override
    def get_paginated_response(self, data: Any) -> Response:
        """Answer with a page.

        Args:
            data: Its rows, serialized.

        Returns:
            The rows and the links to other pages; without a count if they follow a
            cursor, since counting is what makes late pages slow.
        """
        if self._follows_cursor:
            return Response({"next": self._next_link, "results": data})
        return super().get_paginated_response(data)

    @override
    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Describe a page in the OpenAPI document.

        Args:
            schema: Description of the rows.

        Returns:
            The description; only what both kinds of pages have is required.
        """
        described = super().get_paginated_response_schema(schema)
        return {**described, "required": ["next", "results"]}

    @override
    def get_schema_operation_parameters(self, view: "APIView") -> list[dict[str, Any]]:
        """Describe the query in the OpenAPI document.

        Args:
            view: The view.

        Returns:
            Its parameters.
        """
        parameters = super().get_schema_operation_parameters(view)
        for parameter in parameters:
            parameter["schema"] = {**parameter["schema"], "minimum": 1}
        cursor = {
            "name": self.cursor_query_param,
            "required": False,
            "in": "query",
            "description": "Leave it empty for the first page, then follow `next`.",
            "schema": {"type": "string"},
            "allowEmptyValue": True,
        }
        return [*parameters, cursor]


def _ordering(queryset: "QuerySet[Any]") -> tuple[str, str]:
    """Tell how a list is ordered.

    Args:
        queryset: The list.

    Returns:
        Name of the field that comes first, and the lookup that finds what follows.
    """
    query, meta = queryset.query, queryset.model._meta
    # As Django does it: without an order of its own, a query has its model's.
    first = str([*(query.order_by or meta.ordering or ()), "pk"][0])
    name = first.removeprefix("-")
    # The alias is no field.
    name = meta.pk.name if name == "pk" else name
    return name, "lt" if first.startswith("-") else "gt"


def cursor_of(queryset: "QuerySet[Any]", row: "Model") -> str:
    """Write down where a page ended.

    Args:
        queryset: The list.
        row: The last row of the page.

    Returns:
        The cursor.
    """
    name, _ = _ordering(queryset)
    field = cast("Field[Any, Any]", row._meta.get_field(name))
    is_null = getattr(row, field.attname) is None
    value = None if is_null else field.value_to_string(row)
    return urlsafe_base64_encode(json.dumps([value, row.pk]).encode())


def _after(queryset: "QuerySet[Any]", cursor: str) -> Q:
    """Find what comes after the end of a page.

    Args:
        queryset: The list.
        cursor: Where the page ended, from the client.

    Raises:
        NotFound: If the cursor is none of ours.

    Returns:
        The condition, in a form that an index can serve.
    """
    name, lookup = _ordering(queryset)
    meta = queryset.model._meta
    field = cast("Field[Any, Any]", meta.get_field(name))
    try:
        value, key = json.loads(urlsafe_base64_decode(cursor))
        if value is not None or not field.null:
            value = field.to_python(_text(value))
        key = meta.pk.to_python(_text(key))
    except (
        ValueError,
        TypeError,
        Base64Error,
        RecursionError,
        ValidationError,
    ) as error:
        raise NotFound(INVALID_CURSOR) from error
    is_null, further = Q(**{f"{name}__isnull": True}), Q(**{f"pk__{lookup}": key})
    # PostgreSQL takes null for larger than anything.
    if value is None:
        return is_null & further if lookup == "gt" else ~is_null | further
    after = Q(**{f"{name}__{lookup}e": value}) & (
        Q(**{f"{name}__{lookup}": value}) | further
    )
    return after | is_null if field.null and lookup == "gt" else after


def _text(part: object) -> str:
    """Read a part of a cursor, and refuse what PostgreSQL could compare with nothing.

    Args:
        part: What a client sent: text, or a whole number.

    Raises:
        ValueError: If it is something else, or holds a NUL or half a character.

    Returns:
        Its text.
    """
    if not isinstance(part, str | int) or "\x00" in (text := str(part)):
        raise ValueError(INVALID_CURSOR)
    text.encode()
    return text
