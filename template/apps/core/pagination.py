"""Pages of lists: numbered, or following a cursor."""

from django_strict_asgi.pagination import PageOrCursorPagination


class StandardPagination(PageOrCursorPagination):
    """Pages of 20 rows, up to 100 on request; ``?cursor=`` follows a cursor."""

    page_size_query_param = "page_size"
    max_page_size = 100
