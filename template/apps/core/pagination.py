"""Pagination classes of the project."""

from rest_framework.pagination import PageNumberPagination


class StandardPagination(PageNumberPagination):
    """Numbered pages of 20; a client may ask for up to 100."""

    page_size_query_param = "page_size"
    max_page_size = 100
