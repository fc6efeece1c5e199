"""Who did what to which account, from where, and nothing secret: lines and a table.

Most hang on Django's signals, so that no way, the admin site's for instance, is left out.
"""

import json
import logging
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django_strict_asgi.throttling import client_address

from apps.core.middleware import current_request

if TYPE_CHECKING:
    from django.db.models import Model

logger = logging.getLogger(__name__)
# Anybody can cause these again and again: they fill the log, which is rotated, no table.
LOGGED_ALONE = (
    "wrong_password",
    "guess_refused",
    "confirmation_requested",
    "confirmation_refused",
    "password_reset_requested",
    "password_reset_refused",
)
ROLES = ("is_active", "is_staff", "is_superuser")


def record(event: str, user_id: int | None = None, **details: object) -> None:
    """Write a line, in production too, and an entry in the caller's transaction.

    Args:
        event: What happened, a word for programs.
        user_id: The account; None where there is none, or nobody may learn of it.
        **details: Further fields; no password, no token, no e-mail.
    """
    request = current_request.get()
    fields = {
        "user_id": user_id,
        "address": client_address(request) if request else None,
        "path": request.path if request else None,
        **details,
    }
    if event not in LOGGED_ALONE:
        apps.get_model("users.AuditEntry").write(user_id, event, details)
    text = " ".join(f"{name}={value!r}" for name, value in fields.items())
    logger.info("%s %s", event, text, extra={"event": event, **fields})


class PasswordLine:
    """Judges no password: Django tells its validators about each that was stored."""

    def validate(self, password: str, user: object = None) -> None:
        """Accept a password.

        Args:
            password: The password.
            user: Whose it shall be.
        """
        del password, user

    def get_help_text(self) -> str:
        """Tell what people read beside the field.

        Returns:
            A sentence.
        """
        return "That it was set is logged."

    def password_changed(self, password: str, user: "Model") -> None:
        """Write the line, and end all tokens, whoever set it: an administrator, too.

        Args:
            password: The password.
            user: Whose it is.
        """
        del password
        record("password_set", user.pk)
        apps.get_model("users", "Token").end_all(user.pk)


@receiver([user_logged_in, user_logged_out])
def session_changed(**kwargs: Any) -> None:
    """Record a login or a logout.

    Args:
        **kwargs: The signal's arguments.
    """
    event = "login" if kwargs["signal"] is user_logged_in else "logout"
    record(event, getattr(kwargs["user"], "pk", None))


@receiver(post_delete, sender="users.User")
def account_deleted(**kwargs: Any) -> None:
    """Record that an account has gone, and who made it go.

    Args:
        **kwargs: The signal's arguments.
    """
    actor = getattr(getattr(current_request.get(), "user", None), "pk", None)
    record("account_deleted", kwargs["instance"].pk, actor_id=actor)


@receiver(post_save, sender="admin.LogEntry")
def changed_in_admin(**kwargs: Any) -> None:
    """Record what the admin site did: e-mails, roles, groups and everything else.

    Args:
        **kwargs: The signal's arguments.
    """
    entry = kwargs["instance"]
    kind = entry.content_type
    model = kind.model_class()
    is_account = model is not None and model._meta.label == "users.User"
    found = kind.get_all_objects_for_this_type(pk=entry.object_id) if is_account else ()
    account = next(iter(found), None)
    # Anything else than a list is a text of somebody's own.
    is_list = entry.change_message.startswith("[")
    parts = json.loads(entry.change_message) if is_list else []
    record(
        "admin_" + {1: "added", 3: "deleted"}.get(entry.action_flag, "changed"),
        int(entry.object_id) if is_account else None,
        actor_id=entry.user_id,
        object=f"{kind.app_label}.{kind.model}:{entry.object_id}",
        # The names of fields; what they hold now only of those that give rights.
        fields=[
            name
            for part in parts
            for change in part.values()
            for name in change.get("fields", ())
        ],
        roles=[role for role in ROLES if getattr(account, role, False)],
    )
