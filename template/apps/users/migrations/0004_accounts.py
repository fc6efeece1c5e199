"""A token for each device, stored as a hash, confirmed e-mails, and an audit trail."""

from typing import TYPE_CHECKING

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.utils.timezone import now

import apps.users.fields
from apps.users.models import token_expiry as expiry

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
        [expiry()],
    )
    schema_editor.execute("DELETE FROM authtoken_token")


KEY = {
    "auto_created": True,
    "primary_key": True,
    "serialize": False,
    "verbose_name": "ID",
}
APPEND_ONLY = """
CREATE OR REPLACE FUNCTION users_auditentry_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.created_at < now() - interval '1 year' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'Entries are kept as they are, for a year at least.';
END $$;
CREATE TRIGGER users_auditentry_keep BEFORE UPDATE OR DELETE ON users_auditentry
    FOR EACH ROW EXECUTE FUNCTION users_auditentry_keep();
CREATE TRIGGER users_auditentry_keep_all BEFORE TRUNCATE ON users_auditentry
    EXECUTE FUNCTION users_auditentry_keep();
"""


def protect_entries(
    _registry: "Apps", schema_editor: "BaseDatabaseSchemaEditor"
) -> None:
    """Let PostgreSQL keep the audit trail, whoever asks."""
    schema_editor.execute(APPEND_ONLY)


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
                ("id", models.BigAutoField(**KEY)),
                ("name", models.CharField(blank=True, default="", max_length=100)),
                (
                    "digest",
                    models.CharField(editable=False, max_length=64, unique=True),
                ),
                ("created_at", models.DateTimeField(default=now, editable=False)),
                ("last_used_at", models.DateTimeField(default=now, editable=False)),
                ("expires_at", models.DateTimeField(default=expiry, editable=False)),
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
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.BigAutoField(**KEY)),
                ("user_id", models.BigIntegerField(null=True)),
                ("event", models.CharField(max_length=50)),
                ("details", models.JSONField(default=dict)),
                ("request_id", models.CharField(max_length=64)),
                ("created_at", models.DateTimeField(default=now)),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [
                    models.Index(fields=["user_id", "id"], name="users_audit_by_user")
                ],
            },
        ),
        migrations.RunPython(protect_entries, migrations.RunPython.noop),
        migrations.RunPython(hash_former_tokens, migrations.RunPython.noop),
    ]
