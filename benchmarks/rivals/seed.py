"""Fills the rendered project's database; run inside the project."""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from rest_framework.authtoken.models import Token  # noqa: E402

from apps.users.models import User  # noqa: E402

EMAIL = "staff@example.com"


def seed(count: int, password: str) -> str:
    """Give the database so many accounts; returns the token of a member of staff."""
    call_command("migrate", verbosity=0)
    staff = User.objects.filter(email=EMAIL).first()
    if staff is None:
        staff = User.objects.create_user(EMAIL, password, is_staff=True)
    others = User.objects.exclude(pk=staff.pk)
    if others.count() >= count:
        others.delete()
    there = others.count()
    User.objects.bulk_create(
        (
            User(email=f"user{i}@example.com", full_name=f"User {i}")
            for i in range(there, count - 1)
        ),
        batch_size=2000,
    )
    return Token.objects.get_or_create(user=staff)[0].key


if __name__ == "__main__":
    sys.stdout.write(seed(int(sys.argv[1]), sys.argv[2]))
