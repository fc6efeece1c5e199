"""HTTP for samples: parse, call one service or selector, respond."""

from http import HTTPStatus
from typing import TYPE_CHECKING, cast, override

from apps.samples import selectors, services
from apps.samples.filters import SampleFilter
from apps.samples.serializers import SampleInputSerializer, SampleSerializer
from django.http import HttpResponse
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.authentication import SessionAuthentication, TokenAuthentication
from rest_framework.generics import ListAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.pagination import StandardPagination
from apps.core.throttling import StandardThrottle

if TYPE_CHECKING:
    from apps.samples.models import Sample
    from django.db.models import QuerySet
    from rest_framework.renderers import BaseRenderer
    from rest_framework.request import Request

    BaseListView = ListAPIView[Sample]
else:
    BaseListView = ListAPIView

# Token first: its WWW-Authenticate header is what turns "no credentials" into a 401.
TOKEN_OR_SESSION = (TokenAuthentication, SessionAuthentication)
# Whatever a client called it: a browser must not take it for a page of this site.
CONTENT_TYPE = "application/octet-stream"


class SampleListView(BaseListView):
    """The samples of an account."""

    authentication_classes = TOKEN_OR_SESSION
    permission_classes = (IsAuthenticated,)
    throttle_classes = (StandardThrottle,)
    parser_classes = (MultiPartParser,)
    pagination_class = StandardPagination
    filter_backends = (DjangoFilterBackend,)
    filterset_class = SampleFilter
    serializer_class = SampleSerializer

    @override
    def get_queryset(self) -> "QuerySet[Sample]":
        """Say whose are listed.

        Returns:
            The samples of the account, before the query narrows them.
        """
        return selectors.sample_list(owner_id=cast("int", self.request.user.pk))

    @extend_schema(operation_id="samples_list")
    @override
    def get(self, request: "Request") -> Response:
        """List what the account owns, page by page.

        Args:
            request: Filters, order and page in the query.

        Returns:
            A page of samples, 200.
        """
        return self.list(request)

    @extend_schema(
        request={"multipart/form-data": SampleInputSerializer},
        responses={201: SampleSerializer},
    )
    def post(self, request: "Request") -> Response:
        """Store a file that the account owns.

        Args:
            request: The file, as multipart/form-data.

        Returns:
            The sample, 201.
        """
        serializer = SampleInputSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        sample = services.sample_create(
            owner_id=cast("int", request.user.pk), **serializer.validated_data
        )
        shown = SampleSerializer(sample, context={"request": request})
        return Response(shown.data, status=HTTPStatus.CREATED)


class SampleDetailView(APIView):
    """One sample."""

    authentication_classes = TOKEN_OR_SESSION
    permission_classes = (IsAuthenticated,)
    throttle_classes = (StandardThrottle,)

    @extend_schema(operation_id="samples_retrieve", responses={200: SampleSerializer})
    def get(self, request: "Request", sample_id: int) -> Response:
        """Show it, with a new link to its file.

        Args:
            request: Any request of its owner.
            sample_id: Its id.

        Returns:
            The sample, 200.
        """
        owner_id = cast("int", request.user.pk)
        sample = selectors.sample_get(sample_id=sample_id, owner_id=owner_id)
        return Response(SampleSerializer(sample, context={"request": request}).data)

    @extend_schema(responses={204: None})
    def delete(self, request: "Request", sample_id: int) -> Response:
        """Delete it for good, its file too.

        Args:
            request: Any request of its owner.
            sample_id: Its id.

        Returns:
            Nothing, 204.
        """
        owner_id = cast("int", request.user.pk)
        sample = selectors.sample_get(sample_id=sample_id, owner_id=owner_id)
        services.sample_delete(sample=sample)
        return Response(status=HTTPStatus.NO_CONTENT)


class SampleFileView(APIView):
    """The file that a link leads to: who has the link needs no credentials."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (StandardThrottle,)

    @override
    def perform_content_negotiation(
        self, request: "Request", force: bool = False
    ) -> "tuple[BaseRenderer, str]":
        """Accept any wish: there is the file as it is, and errors in JSON.

        Args:
            request: The request.
            force: Whether a wish that cannot be met is none.

        Returns:
            The renderer of errors and its media type.
        """
        return super().perform_content_negotiation(request, force=True)

    @extend_schema(responses={(200, CONTENT_TYPE): OpenApiTypes.BINARY})
    def get(self, request: "Request", token: str) -> HttpResponse:
        """Send the file, to be stored and not to be shown.

        Args:
            request: Any request.
            token: The signed part of the link.

        Returns:
            The file, 200.
        """
        del request
        sample = selectors.sample_of_link(token=token)
        # In one piece: MAX_BODY_SIZE bounds it, and the thread is free at once.
        with sample.file.open() as file:
            content = file.read()
        disposition = selectors.sample_disposition(sample=sample)
        return HttpResponse(
            content,
            content_type=CONTENT_TYPE,
            headers={"Content-Disposition": disposition},
        )
