"""Accounts in the admin site."""

from typing import TYPE_CHECKING, override

from django.contrib import admin
from django.contrib.auth.admin import (
    GroupAdmin as DjangoGroupAdmin,
    UserAdmin as DjangoUserAdmin,
)
from django.contrib.auth.models import Group
from django_strict_asgi.admin import KeepsOthersChanges

from apps.users import services
from apps.users.models import AuditEntry, Token, User

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest

    BaseUserAdmin = DjangoUserAdmin[User]
    BaseAdmin = admin.ModelAdmin[Model]
else:
    BaseUserAdmin = DjangoUserAdmin
    BaseAdmin = admin.ModelAdmin


SEARCH_WORDS = 10
# What makes an account more powerful: nobody gives what only superusers have.
RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")


@admin.register(User)
class UserAdmin(KeepsOthersChanges, BaseUserAdmin):
    """Django's own account pages, with the e-mail in place of a user name."""

    list_display = ("email", "full_name", "is_staff", "is_active", "is_confirmed")
    list_filter = ("is_staff", "is_superuser", "is_active", "is_confirmed")
    search_fields = ("email", "full_name")
    ordering = ("-date_joined",)
    readonly_fields = ("date_joined", "last_login")
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        ("Profile", {"fields": ("full_name",)}),
        (
            "Permissions",
            {
                "fields": (
                    "is_active",
                    "is_confirmed",
                    "is_staff",
                    "is_superuser",
                    "groups",
                    "user_permissions",
                )
            },
        ),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "classes": ("wide",),
                "fields": ("email", "full_name", "password1", "password2"),
            },
        ),
    )

    @override
    def get_search_results(
        self, request: "HttpRequest", queryset: "QuerySet[User]", search_term: str
    ) -> "tuple[QuerySet[User], bool]":
        """Search for the first words alone: each is a condition on every field.

        Args:
            request: Whose page it is.
            queryset: All accounts.
            search_term: What somebody typed.

        Returns:
            The accounts, and whether some may be there twice.
        """
        words = " ".join(search_term.split()[:SEARCH_WORDS])
        return super().get_search_results(request, queryset, words)

    @override
    def get_readonly_fields(
        self, request: "HttpRequest", obj: User | None = None
    ) -> tuple[str, ...]:
        """Let superusers alone change who may do what.

        Args:
            request: Whose page it is.
            obj: The account on it.

        Returns:
            Fields that the page only shows.
        """
        shown = tuple(super().get_readonly_fields(request, obj))
        return shown if request.user.is_superuser else (*shown, *RIGHTS)

    @override
    def has_change_permission(
        self, request: "HttpRequest", obj: User | None = None
    ) -> bool:
        """Keep the accounts of staff, and their passwords, from all but superusers.

        Args:
            request: Who asks.
            obj: The account, None for accounts in general.

        Returns:
            Whether it may be changed.
        """
        allowed = super().has_change_permission(request, obj)
        return allowed and not _is_above(obj, request)

    @override
    def has_delete_permission(
        self, request: "HttpRequest", obj: User | None = None
    ) -> bool:
        """Keep the accounts of staff from all but superusers.

        Args:
            request: Who asks.
            obj: The account, None for accounts in general.

        Returns:
            Whether it may be deleted.
        """
        allowed = super().has_delete_permission(request, obj)
        return allowed and not _is_above(obj, request)

    @override
    def delete_model(self, request: "HttpRequest", obj: User) -> None:
        """Delete an account as the API does; the log keeps no e-mail.

        Args:
            request: Who asks.
            obj: The account.
        """
        services.user_delete(user=obj)

    @override
    def delete_queryset(
        self, request: "HttpRequest", queryset: "QuerySet[User]"
    ) -> None:
        """Delete accounts, one after the other.

        Args:
            request: Who asks.
            queryset: The accounts.
        """
        for account in queryset:
            services.user_delete(user=account)


def _is_above(account: User | None, request: "HttpRequest") -> bool:
    """Tell whether an account is not for somebody to change.

    Args:
        account: The account, None for accounts in general.
        request: Who asks.

    Returns:
        True for others of the staff, unless a superuser asks.
    """
    if account is None or request.user.is_superuser or account == request.user:
        return False
    return account.is_staff or account.is_superuser


class GroupAdmin(KeepsOthersChanges, DjangoGroupAdmin):
    """Groups, whose rights only superusers give."""

    def _is_superuser(self, request: "HttpRequest", obj: Group | None = None) -> bool:
        """Keep them from others.

        Args:
            request: Who asks.
            obj: The group.

        Returns:
            Whether it is a superuser.
        """
        del obj
        return bool(request.user.is_superuser)

    has_view_permission = has_change_permission = _is_superuser
    has_add_permission = has_delete_permission = _is_superuser


class ShownAdmin(BaseAdmin):
    """Pages that only show."""

    def _nobody(self, request: "HttpRequest", obj: "Model | None" = None) -> bool:
        """Keep it from all.

        Args:
            request: Who asks.
            obj: What is shown.

        Returns:
            False.
        """
        del request, obj
        return False

    has_add_permission = has_change_permission = _nobody


@admin.register(Token)
class TokenAdmin(ShownAdmin):
    """Devices, to log out; who made a token for somebody else would be that account."""

    list_display = ("user", "name", "created_at", "last_used_at", "expires_at")
    list_select_related = ("user",)
    search_fields = ("user__email", "name")
    fields = readonly_fields = list_display


@admin.register(AuditEntry)
class AuditEntryAdmin(ShownAdmin):
    """What happened to accounts."""

    list_display = ("created_at", "event", "user_id", "details", "request_id")
    list_filter = ("event",)
    search_fields = ("=user_id", "=request_id")
    fields = readonly_fields = list_display
    has_delete_permission = ShownAdmin.has_add_permission


admin.site.unregister(Group)
admin.site.register(Group, GroupAdmin)
