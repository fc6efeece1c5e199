"""E-mails in one form: two ways to write an address are one account."""

import re
from typing import TYPE_CHECKING

from django.contrib.postgres.operations import AddConstraintNotValid
from django.core.management import CommandError
from django.db import migrations, models

import apps.users.fields

if TYPE_CHECKING:
    from django.apps.registry import Apps
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor

LENGTH = 254


def normalize_emails(registry: "Apps", _editor: "BaseDatabaseSchemaEditor") -> None:
    """Bring each e-mail into its form.

    Raises:
        CommandError: With the accounts that a person must judge.
    """
    users = registry.get_model("users", "User").objects.order_by("pk")
    for user in users.exclude(email__regex=apps.users.fields.MAILABLE):
        email = apps.users.fields.normalize_email(user.email)
        if len(email) > LENGTH or not re.fullmatch(apps.users.fields.MAILABLE, email):
            message = (
                f"The e-mail of account {user.pk} cannot be mailed; give it another one, "
                "or delete it, with the version before, then migrate again."
            )
            raise CommandError(message)
        other = users.filter(email=email).first()
        if other:
            message = (
                f"The e-mails of accounts {user.pk} and {other.pk} are one address in "
                "two forms; change or delete one of them with the version before, then "
                "migrate again."
            )
            raise CommandError(message)
        users.filter(pk=user.pk).update(email=email)


class Migration(migrations.Migration):
    dependencies = [("users", "0002_sessions")]

    operations = [
        migrations.RunPython(normalize_emails, migrations.RunPython.noop),
        migrations.RemoveConstraint("user", "users_user_email_lowercase"),
        migrations.AlterField(
            model_name="user",
            name="email",
            field=apps.users.fields.EmailField(
                max_length=254,
                validators=[apps.users.fields.validate_mailable],
                verbose_name="e-mail",
            ),
        ),
        # The rows are in form already; to read them once more would block others.
        AddConstraintNotValid(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(("email__regex", apps.users.fields.MAILABLE)),
                name="users_user_email_mailable",
                violation_error_message="The e-mail must be in its one form.",
            ),
        ),
    ]
