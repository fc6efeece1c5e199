"""What clients send and receive."""

from typing import Any, ClassVar, override

from django_strict_asgi.emails import normalize_email
from rest_framework import serializers

from apps.core.serializers import ModelSerializer, TextField
from apps.users.fields import EMAIL_LENGTH
from apps.users.models import DEVICE_LENGTH, FULL_NAME_LENGTH, Token, User

PASSWORD_LENGTH = 128


class EmailField(serializers.EmailField):
    """An address, judged in the form in which it is stored."""

    @override
    def to_internal_value(self, data: Any) -> str:
        """Normalise the address before it is judged.

        Args:
            data: What the client sent.

        Returns:
            Its one form.
        """
        return normalize_email(super().to_internal_value(data))


class PasswordField(TextField):
    """A password, every blank of it, which no answer holds."""

    def __init__(self, **options: Any) -> None:
        """Set what all passwords have in common.

        Args:
            **options: Others of DRF's.
        """
        super().__init__(
            max_length=PASSWORD_LENGTH,
            trim_whitespace=False,
            write_only=True,
            **options,
        )


class UserSerializer(ModelSerializer[User]):
    """An account as its owner sees it."""

    # Empty where there is none, which is no e-mail.
    new_email = serializers.CharField(read_only=True)

    class Meta:
        """Fields."""

        model = User
        fields: ClassVar[list[str]] = [
            "id",
            "email",
            "full_name",
            "is_staff",
            "date_joined",
            "is_confirmed",
            "new_email",
        ]
        read_only_fields: ClassVar[list[str]] = ["id", *fields[3:]]


class StaffUserSerializer(ModelSerializer[User]):
    """An account as staff see it."""

    class Meta:
        """Fields."""

        model = User
        fields: ClassVar[list[str]] = [
            "id",
            "email",
            "full_name",
            "is_staff",
            "is_active",
            "date_joined",
            "last_login",
            "is_confirmed",
        ]
        read_only_fields = fields


class RegisterSerializer(serializers.Serializer[dict[str, Any]]):
    """A new account."""

    email = EmailField(max_length=EMAIL_LENGTH)
    password = PasswordField()
    full_name = TextField(
        max_length=FULL_NAME_LENGTH, required=False, allow_blank=True, default=""
    )


class ProfileSerializer(serializers.Serializer[dict[str, Any]]):
    """What the owner of an account may change."""

    full_name = TextField(max_length=FULL_NAME_LENGTH, allow_blank=True, required=False)


class CredentialsSerializer(serializers.Serializer[dict[str, Any]]):
    """E-mail and password."""

    email = TextField(max_length=EMAIL_LENGTH)
    password = PasswordField()


class TokenCredentialsSerializer(CredentialsSerializer):
    """E-mail and password, and what the device is called."""

    name = TextField(
        max_length=DEVICE_LENGTH, required=False, allow_blank=True, default=""
    )


class DeviceSerializer(ModelSerializer[Token]):
    """A token as its owner sees it later."""

    class Meta:
        """Fields."""

        model = Token
        fields: ClassVar[list[str]] = [
            "id",
            "name",
            "created_at",
            "last_used_at",
            "expires_at",
        ]
        read_only_fields = fields


class TokenSerializer(DeviceSerializer):
    """A new token, for the header ``Authorization: Token <token>``; shown this once."""

    token = serializers.CharField(source="key", read_only=True)

    class Meta(DeviceSerializer.Meta):
        """Fields."""

        fields: ClassVar[list[str]] = ["token", *DeviceSerializer.Meta.fields]
        read_only_fields = fields


class CsrfSerializer(serializers.Serializer[Any]):
    """A CSRF token, for the header ``X-CSRFToken``."""

    csrf_token = serializers.CharField(read_only=True)


class PasswordChangeSerializer(serializers.Serializer[dict[str, Any]]):
    """The old and the new password."""

    current_password = PasswordField()
    new_password = PasswordField()


class PasswordResetSerializer(serializers.Serializer[dict[str, Any]]):
    """Where to send a link."""

    email = EmailField(max_length=EMAIL_LENGTH)


class EmailChangeSerializer(PasswordResetSerializer):
    """The new address, and the password."""

    current_password = PasswordField()


class LinkSerializer(serializers.Serializer[dict[str, Any]]):
    """What a mailed link holds."""

    uid = TextField(max_length=64)
    token = TextField(max_length=128)


class EmailConfirmSerializer(LinkSerializer):
    """What a confirmation link holds, and the account's password."""

    current_password = PasswordField()


class PasswordResetConfirmSerializer(LinkSerializer):
    """What a reset link holds, and the new password."""

    new_password = PasswordField()


class UserListQuerySerializer(serializers.Serializer[dict[str, Any]]):
    """How staff search and order the list of accounts."""

    search = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=EMAIL_LENGTH
    )
    ordering = serializers.ChoiceField(
        choices=[
            "date_joined",
            "-date_joined",
            "email",
            "-email",
            "full_name",
            "-full_name",
        ],
        required=False,
        default="-date_joined",
    )
