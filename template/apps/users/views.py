"""HTTP for accounts: parse, call one service or selector, respond."""

import gzip
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_protect, ensure_csrf_cookie
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.authentication import SessionAuthentication, TokenAuthentication
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.pagination import StandardPagination
from apps.core.permissions import IsActiveStaff
from apps.core.schema import CSRF_HEADER, CSRF_REFUSAL
from apps.core.throttling import (
    LoginThrottle,
    PasswordResetThrottle,
    RegisterThrottle,
    StandardThrottle,
)
from apps.users import selectors, services
from apps.users.permissions import StaffKeepTheirAccount
from apps.users.serializers import (
    CredentialsSerializer,
    CsrfSerializer,
    DeviceSerializer,
    EmailChangeSerializer,
    EmailConfirmSerializer,
    LinkSerializer,
    PasswordChangeSerializer,
    PasswordResetConfirmSerializer,
    PasswordResetSerializer,
    ProfileSerializer,
    RegisterSerializer,
    StaffUserSerializer,
    TokenCredentialsSerializer,
    TokenSerializer,
    UserListQuerySerializer,
    UserSerializer,
)

if TYPE_CHECKING:
    from rest_framework.request import Request

    from apps.users.models import User

# Token first: its WWW-Authenticate header is what turns "no credentials" into a 401.
TOKEN_OR_SESSION = (TokenAuthentication, SessionAuthentication)


class RegisterView(APIView):
    """Create an account."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (RegisterThrottle,)

    @extend_schema(request=RegisterSerializer, responses={202: None})
    def post(self, request: "Request") -> Response:
        """Create an account, and have a confirmation link mailed.

        The answer is the same where the e-mail has an account: a mail says so.

        Args:
            request: E-mail, password and, optionally, a name.

        Returns:
            Nothing, 202.
        """
        serializer = RegisterSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        services.user_register(**serializer.validated_data)
        return Response(status=HTTPStatus.ACCEPTED)


class EmailResendView(APIView):
    """Ask for another confirmation link."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (PasswordResetThrottle,)

    @extend_schema(request=PasswordResetSerializer, responses={202: None})
    def post(self, request: "Request") -> Response:
        """Have a confirmation link mailed; the answer is the same for every address.

        Args:
            request: The e-mail.

        Returns:
            Nothing, 202.
        """
        serializer = PasswordResetSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        services.confirmation_request(**serializer.validated_data)
        return Response(status=HTTPStatus.ACCEPTED)


class EmailConfirmView(APIView):
    """Use a confirmation link."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (LoginThrottle,)

    @extend_schema(request=EmailConfirmSerializer, responses={204: None})
    def post(self, request: "Request") -> Response:
        """Confirm an e-mail with what the mailed link holds and the password.

        Args:
            request: The link's uid and token, and the account's password.

        Returns:
            Nothing, 204.
        """
        serializer = EmailConfirmSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        services.email_confirm(**serializer.validated_data)
        return Response(status=HTTPStatus.NO_CONTENT)


class EmailChangeView(APIView):
    """Ask for another e-mail."""

    authentication_classes = TOKEN_OR_SESSION
    permission_classes = (IsAuthenticated,)
    throttle_classes = (PasswordResetThrottle,)

    @extend_schema(request=EmailChangeSerializer, responses={202: None})
    def post(self, request: "Request") -> Response:
        """Have a link mailed to another address, which is the account's once confirmed.

        Args:
            request: The new address and the current password.

        Returns:
            Nothing, 202.
        """
        serializer = EmailChangeSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        services.email_change(
            user=cast("User", request.user), **serializer.validated_data
        )
        return Response(status=HTTPStatus.ACCEPTED)


class TokenObtainView(APIView):
    """Exchange credentials for a token."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (LoginThrottle,)

    @extend_schema(request=TokenCredentialsSerializer, responses={200: TokenSerializer})
    def post(self, request: "Request") -> Response:
        """Exchange e-mail and password for the token of one device.

        Args:
            request: E-mail, password and, optionally, a name for the device.

        Returns:
            The token, 200; it is shown this once.
        """
        serializer = TokenCredentialsSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        token = services.token_obtain(**serializer.validated_data)
        return Response(TokenSerializer(token).data)


class TokenRevokeView(APIView):
    """Log a device out."""

    authentication_classes = TOKEN_OR_SESSION
    permission_classes = (IsAuthenticated,)
    throttle_classes = (StandardThrottle,)

    @extend_schema(request=None, responses={204: None})
    def post(self, request: "Request") -> Response:
        """Make the token that comes with the request invalid; with a session, all.

        Args:
            request: Any authenticated request.

        Returns:
            Nothing, 204.
        """
        token_id = getattr(request.auth, "pk", None)
        services.token_revoke(user=cast("User", request.user), token_id=token_id)
        return Response(status=HTTPStatus.NO_CONTENT)


class TokenListView(APIView):
    """The devices of the own account."""

    authentication_classes = TOKEN_OR_SESSION
    permission_classes = (IsAuthenticated,)
    throttle_classes = (StandardThrottle,)
    pagination_class = StandardPagination

    @extend_schema(
        operation_id="auth_tokens_list", responses={200: DeviceSerializer(many=True)}
    )
    def get(self, request: "Request") -> Response:
        """List the own tokens, without what would open anything.

        Args:
            request: Any authenticated request; the page in the query.

        Returns:
            A page of tokens, 200.
        """
        tokens = selectors.token_list(user=cast("User", request.user))
        paginator = self.pagination_class()
        page = paginator.paginate_queryset(tokens, request, view=self)
        return paginator.get_paginated_response(DeviceSerializer(page, many=True).data)

    @extend_schema(operation_id="auth_tokens_destroy_all", responses={204: None})
    def delete(self, request: "Request") -> Response:
        """Make all of the own tokens invalid.

        Args:
            request: Any authenticated request.

        Returns:
            Nothing, 204.
        """
        services.token_revoke(user=cast("User", request.user))
        return Response(status=HTTPStatus.NO_CONTENT)


class TokenDetailView(APIView):
    """One device of the own account."""

    authentication_classes = TOKEN_OR_SESSION
    permission_classes = (IsAuthenticated,)
    throttle_classes = (StandardThrottle,)

    @extend_schema(responses={204: None})
    def delete(self, request: "Request", token_id: int) -> Response:
        """Make one of the own tokens invalid.

        Args:
            request: Any authenticated request.
            token_id: The token's id, as the list shows it.

        Returns:
            Nothing, 204.
        """
        services.token_revoke(user=cast("User", request.user), token_id=token_id)
        return Response(status=HTTPStatus.NO_CONTENT)


@method_decorator(ensure_csrf_cookie, name="dispatch")
class CsrfView(APIView):
    """Prepare a browser for logging in with a session."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (StandardThrottle,)

    @extend_schema(responses={200: CsrfSerializer})
    def get(self, request: "Request") -> Response:
        """Set the CSRF cookie and return the token that belongs to it.

        Args:
            request: Any request.

        Returns:
            The token, 200.
        """
        return Response(CsrfSerializer({"csrf_token": get_token(request)}).data)


# Around the one method, not around all: any other is answered 405, token or not.
@method_decorator(csrf_protect, name="post")
class LoginView(APIView):
    """Open a session."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (LoginThrottle,)

    @extend_schema(
        request=CredentialsSerializer,
        parameters=[CSRF_HEADER],
        responses={200: UserSerializer, 403: CSRF_REFUSAL},
    )
    def post(self, request: "Request") -> Response:
        """Open a session with e-mail and password.

        Args:
            request: E-mail and password, with a CSRF token.

        Returns:
            The account, 200; the session's cookie comes with it.
        """
        serializer = CredentialsSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        user = services.session_open(request=request, **serializer.validated_data)
        return Response(UserSerializer(user).data)


class LogoutView(APIView):
    """Close a session."""

    authentication_classes = (SessionAuthentication,)
    permission_classes = (IsAuthenticated,)
    throttle_classes = (StandardThrottle,)

    @extend_schema(request=None, responses={204: None})
    def post(self, request: "Request") -> Response:
        """Close the session.

        Args:
            request: A request with a session and a CSRF token.

        Returns:
            Nothing, 204.
        """
        services.session_close(request=request)
        return Response(status=HTTPStatus.NO_CONTENT)


class PasswordChangeView(APIView):
    """Replace a password."""

    authentication_classes = TOKEN_OR_SESSION
    permission_classes = (IsAuthenticated,)
    throttle_classes = (LoginThrottle,)

    @extend_schema(request=PasswordChangeSerializer, responses={204: None})
    def post(self, request: "Request") -> Response:
        """Replace the password; the token and all other sessions end.

        Args:
            request: The current and the new password.

        Returns:
            Nothing, 204.
        """
        serializer = PasswordChangeSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        user = services.password_change(
            user=cast("User", request.user), **serializer.validated_data
        )
        if isinstance(request.successful_authenticator, SessionAuthentication):
            services.session_keep(request=request, user=user)
        return Response(status=HTTPStatus.NO_CONTENT)


class PasswordResetView(APIView):
    """Ask for a reset link."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (PasswordResetThrottle,)

    @extend_schema(request=PasswordResetSerializer, responses={202: None})
    def post(self, request: "Request") -> Response:
        """Have a reset link mailed; the answer is the same for every address.

        Args:
            request: The e-mail.

        Returns:
            Nothing, 202.
        """
        serializer = PasswordResetSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        services.password_reset_request(**serializer.validated_data)
        return Response(status=HTTPStatus.ACCEPTED)


class PasswordResetConfirmView(APIView):
    """Use a reset link."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (PasswordResetThrottle,)

    @extend_schema(request=PasswordResetConfirmSerializer, responses={204: None})
    def post(self, request: "Request") -> Response:
        """Set a new password with what the mailed link holds.

        Args:
            request: The link's uid and token, and the new password.

        Returns:
            Nothing, 204.
        """
        serializer = PasswordResetConfirmSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        services.password_reset_confirm(**serializer.validated_data)
        return Response(status=HTTPStatus.NO_CONTENT)


class MeView(APIView):
    """The own account."""

    authentication_classes = TOKEN_OR_SESSION
    permission_classes = (IsAuthenticated, StaffKeepTheirAccount)
    throttle_classes = (StandardThrottle,)

    @extend_schema(responses={200: UserSerializer})
    def get(self, request: "Request") -> Response:
        """Show the own account.

        Args:
            request: Any authenticated request.

        Returns:
            The account, 200.
        """
        return Response(UserSerializer(cast("User", request.user)).data)

    @extend_schema(request=ProfileSerializer, responses={200: UserSerializer})
    def patch(self, request: "Request") -> Response:
        """Change the own profile.

        Args:
            request: The new name.

        Returns:
            The changed account, 200.
        """
        serializer = ProfileSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        user = services.user_update(
            user=cast("User", request.user), **serializer.validated_data
        )
        return Response(UserSerializer(user).data)

    @extend_schema(responses={204: None})
    def delete(self, request: "Request") -> Response:
        """Delete the own account for good.

        Args:
            request: Any authenticated request.

        Returns:
            Nothing, 204.
        """
        services.user_delete(user=cast("User", request.user))
        return Response(status=HTTPStatus.NO_CONTENT)


class ExportView(APIView):
    """Ask for one's own data."""

    authentication_classes = TOKEN_OR_SESSION
    permission_classes = (IsAuthenticated,)
    throttle_classes = (PasswordResetThrottle,)

    @extend_schema(request=None, responses={202: None})
    def post(self, request: "Request") -> Response:
        """Have a link to one's own data mailed.

        Args:
            request: Any authenticated request.

        Returns:
            Nothing, 202.
        """
        path = reverse("users:download")
        url = request.build_absolute_uri(f"{settings.PUBLIC_ORIGIN}{path}")
        services.export_request(user=cast("User", request.user), url=url)
        return Response(status=HTTPStatus.ACCEPTED)


class DownloadView(APIView):
    """One's own data, for who has the link."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (PasswordResetThrottle,)

    @extend_schema(parameters=[LinkSerializer], responses={200: OpenApiTypes.OBJECT})
    def get(self, request: "Request") -> HttpResponse:
        """Download what is stored about an account.

        Args:
            request: The link's uid and token in the query.

        Returns:
            Rows by subject, 200; as it is kept, in gzip, for who takes that.
        """
        query = LinkSerializer(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        data = selectors.export_get(**query.validated_data)
        headers = {"Content-Disposition": 'attachment; filename="data.json"'}
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            headers["Content-Encoding"] = "gzip"
        else:
            data = gzip.decompress(data)
        return HttpResponse(data, content_type="application/json", headers=headers)


class UserListView(APIView):
    """All accounts, for staff."""

    authentication_classes = TOKEN_OR_SESSION
    permission_classes = (IsActiveStaff,)
    throttle_classes = (StandardThrottle,)
    pagination_class = StandardPagination

    @extend_schema(
        operation_id="users_list",
        parameters=[UserListQuerySerializer],
        responses={200: StaffUserSerializer(many=True)},
    )
    def get(self, request: "Request") -> Response:
        """List accounts, page by page.

        Args:
            request: Search words, order and page in the query.

        Returns:
            A page of accounts, 200.
        """
        # A plain dict: in a form, an empty value would count as none at all.
        query = UserListQuerySerializer(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        users = selectors.user_list(**query.validated_data)
        paginator = self.pagination_class()
        page = paginator.paginate_queryset(users, request, view=self)
        return paginator.get_paginated_response(
            StaffUserSerializer(page, many=True).data
        )


class UserDetailView(APIView):
    """One account, for staff."""

    authentication_classes = TOKEN_OR_SESSION
    permission_classes = (IsActiveStaff,)
    throttle_classes = (StandardThrottle,)

    @extend_schema(operation_id="users_retrieve", responses={200: StaffUserSerializer})
    def get(self, request: "Request", user_id: int) -> Response:
        """Show an account.

        Args:
            request: Any request of staff.
            user_id: The account's id.

        Returns:
            The account, 200.
        """
        del request
        user = selectors.user_get(user_id=user_id)
        return Response(StaffUserSerializer(user).data)
