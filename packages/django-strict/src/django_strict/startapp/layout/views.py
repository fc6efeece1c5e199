"""HTTP for samples: parse, call one service or selector, respond."""

from http import HTTPStatus
from typing import TYPE_CHECKING, cast, override

from apps.samples import selectors, services
from apps.samples.filters import SampleFilter
from apps.samples.serializers import SampleInputSerializer, SampleSerializer
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework.authentication import SessionAuthentication, TokenAuthentication
from rest_framework.generics import ListAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.pagination import StandardPagination
from apps.core.throttling import StandardThrottle

if TYPE_CHECKING:
    from apps.samples.models import Sample
    from django.db.models import QuerySet
    from rest_framework.request import Request

    BaseListView = ListAPIView[Sample]
else:
    BaseListView = ListAPIView

# Token first: its WWW-Authenticate header is what turns "no credentials" into a 401.
TOKEN_OR_SESSION = (TokenAuthentication, SessionAuthentication)


class SampleListView(BaseListView):
    """The samples of an account."""

    authentication_classes = TOKEN_OR_SESSION
    permission_classes = (IsAuthenticated,)
    throttle_classes = (StandardThrottle,)
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

    @extend_schema(request=SampleInputSerializer, responses={201: SampleSerializer})
    def post(self, request: "Request") -> Response:
        """Create one that the account owns.

        Args:
            request: What it shall hold.

        Returns:
            The sample, 201.
        """
        serializer = SampleInputSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        sample = services.sample_create(
            owner_id=cast("int", request.user.pk), **serializer.validated_data
        )
        return Response(SampleSerializer(sample).data, status=HTTPStatus.CREATED)


class SampleDetailView(APIView):
    """One sample."""

    authentication_classes = TOKEN_OR_SESSION
    permission_classes = (IsAuthenticated,)
    throttle_classes = (StandardThrottle,)

    @extend_schema(operation_id="samples_retrieve", responses={200: SampleSerializer})
    def get(self, request: "Request", sample_id: int) -> Response:
        """Show it.

        Args:
            request: Any request of its owner.
            sample_id: Its id.

        Returns:
            The sample, 200.
        """
        return Response(SampleSerializer(self._own(request, sample_id)).data)

    @extend_schema(request=SampleInputSerializer, responses={200: SampleSerializer})
    def patch(self, request: "Request", sample_id: int) -> Response:
        """Change what it holds; what is not sent stays.

        Args:
            request: What it shall hold.
            sample_id: Its id.

        Returns:
            The changed sample, 200.
        """
        sample = self._own(request, sample_id)
        serializer = SampleInputSerializer(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        changed = services.sample_update(sample=sample, **serializer.validated_data)
        return Response(SampleSerializer(changed).data)

    @extend_schema(responses={204: None})
    def delete(self, request: "Request", sample_id: int) -> Response:
        """Delete it for good.

        Args:
            request: Any request of its owner.
            sample_id: Its id.

        Returns:
            Nothing, 204.
        """
        services.sample_delete(sample=self._own(request, sample_id))
        return Response(status=HTTPStatus.NO_CONTENT)

    def _own(self, request: "Request", sample_id: int) -> "Sample":
        """Find one that the account owns.

        Args:
            request: The request.
            sample_id: Its id.

        Returns:
            The sample.
        """
        owner_id = cast("int", request.user.pk)
        return selectors.sample_get(sample_id=sample_id, owner_id=owner_id)
