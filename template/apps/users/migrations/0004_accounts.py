"""A token for each device, stored as a hash, and e-mails that were confirmed."""

from typing import TYPE_CHECKING

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import apps.users.fields
import apps.users.models

if TYPE_CHECKING:
    from django.apps.registry import Apps
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def hash_former_tokens(
    _registry: "Apps", schema_editor: "BaseDatabaseSchemaEditor"
) -> None:
    """Keep tokens of DRF's table working, and no key of any in the clear."""
    connection = schema_editor.connection
    if "authtoken_token" not in connection.introspection.table_names():
        return
    schema_editor.execute(
        "INSERT INTO users_token"
        " (user_id, name, digest, created_at, last_used_at, expires_at)"
        " SELECT user_id, '', encode(sha256(convert_to(key, 'UTF8')), 'hex'), created,"
        " now(), %s FROM authtoken_token",
        [apps.users.models.token_expiry()],
    )
    schema_editor.execute("DELETE FROM authtoken_token")


class Migration(migrations.Migration):
    dependencies = [("users", "0003_email")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="is_confirmed",
            field=models.BooleanField(
                db_default=True,
                default=True,
                help_text="Whether somebody has opened a mail to this address.",
                verbose_name="e-mail confirmed",
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="new_email",
            field=apps.users.fields.EmailField(
                blank=True, db_default="", default="", editable=False, max_length=254
            ),
        ),
        migrations.CreateModel(
            name="Token",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "name",
                    models.CharField(blank=True, default="", max_length=100),
                ),
                (
                    "digest",
                    models.CharField(editable=False, max_length=64, unique=True),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False
                    ),
                ),
                (
                    "last_used_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False
                    ),
                ),
                (
                    "expires_at",
                    models.DateTimeField(
                        default=apps.users.models.token_expiry, editable=False
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tokens",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.RunPython(hash_former_tokens, migrations.RunPython.noop),
    ]
