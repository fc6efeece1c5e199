"""Accounts in the admin site."""

from typing import TYPE_CHECKING, override

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin

from apps.users import services
from apps.users.models import User

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

    BaseUserAdmin = DjangoUserAdmin[User]
else:
    BaseUserAdmin = DjangoUserAdmin


SEARCH_WORDS = 10
# What makes an account more powerful: nobody gives what only superusers have.
RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")


@admin.register(User)
class UserAdmin(BaseUserAdmin):
    """Django's own account pages, with the e-mail in place of a user name."""

    list_display = ("email", "full_name", "is_staff", "is_active", "date_joined")
    list_filter = ("is_staff", "is_superuser", "is_active")
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
        """Keep the accounts of superusers, and their passwords, from others.

        Args:
            request: Who asks.
            obj: The account, None for accounts in general.

        Returns:
            Whether it may be changed.
        """
        is_above = (
            obj is not None and obj.is_superuser and not request.user.is_superuser
        )
        return not is_above and super().has_change_permission(request, obj)

    @override
    def has_delete_permission(
        self, request: "HttpRequest", obj: User | None = None
    ) -> bool:
        """Keep the accounts of superusers from others.

        Args:
            request: Who asks.
            obj: The account, None for accounts in general.

        Returns:
            Whether it may be deleted.
        """
        is_above = (
            obj is not None and obj.is_superuser and not request.user.is_superuser
        )
        return not is_above and super().has_delete_permission(request, obj)

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
