"""A project's own tests stay green when its owner does what owners do."""

from typing import TYPE_CHECKING, Final

from tests.helpers.project import Project
from tests.helpers.rendering import render

if TYPE_CHECKING:
    from pathlib import Path

APP: Final = {
    "__init__.py": '"""Notes."""\n',
    # A foreign key to the account: deleting one costs further queries.
    "models.py": '''"""Notes."""

from django.conf import settings
from django.db import models


class Note(models.Model):
    """What somebody keeps."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    text = models.TextField()
''',
    "migrations/__init__.py": "",
    "migrations/0001_initial.py": '''"""The first tables."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Notes."""

    initial = True
    dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.CreateModel(
            name="Note",
            fields=[
                ("id", models.BigAutoField(primary_key=True)),
                ("text", models.TextField()),
                (
                    "owner",
                    models.ForeignKey(
                        settings.AUTH_USER_MODEL, on_delete=models.CASCADE
                    ),
                ),
            ],
        )
    ]
''',
    # A view that speaks another format than JSON.
    "views.py": '''"""HTTP for notes."""

from rest_framework import serializers
from rest_framework.authentication import TokenAuthentication
from rest_framework.generics import GenericAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response


class UploadSerializer(serializers.Serializer):
    """A file."""

    file = serializers.FileField()


class UploadView(GenericAPIView):
    """Take a file."""

    authentication_classes = (TokenAuthentication,)
    permission_classes = (IsAuthenticated,)
    parser_classes = (MultiPartParser,)
    serializer_class = UploadSerializer

    def post(self, request):
        """Take a file."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return Response({"size": serializer.validated_data["file"].size})
''',
    # A class of the common kind: neither async nor free of side effects.
    "middleware.py": '''"""Middleware of the owner."""

import time


class TimingMiddleware:
    """Tells how long an answer took."""

    def __init__(self, get_response):
        """Remember the next handler."""
        self.get_response = get_response

    def __call__(self, request):
        """Answer with one more header."""
        started = time.perf_counter()
        response = self.get_response(request)
        response["Server-Timing"] = f"app;dur={time.perf_counter() - started}"
        return response
''',
}
SETTINGS: Final = """
INSTALLED_APPS += ["apps.notes"]
MIDDLEWARE.insert(
    MIDDLEWARE.index("django.middleware.common.CommonMiddleware"),
    "django.middleware.locale.LocaleMiddleware",
)
MIDDLEWARE.append("apps.notes.middleware.TimingMiddleware")
CACHES["reports"] = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
"""
URLS: Final = """
from apps.notes.views import UploadView  # noqa: E402

urlpatterns.append(path("api/v1/notes/", UploadView.as_view(), name="upload"))
"""


def test_the_tests_of_a_project_stay_green_when_its_owner_extends_it(
    clone: "Path", environment_folder: "Path", tmp_path: "Path"
) -> None:
    """Five changes that break no promise of the project, all at once.

    Args:
        clone: The template.
        environment_folder: The project's virtual environment.
        tmp_path: Where to put the project.
    """
    project = Project(render(clone, {}, tmp_path / "project"), environment_folder)
    project.commit()
    app = project.folder / "apps" / "notes"
    (app / "migrations").mkdir(parents=True)
    for name, text in APP.items():
        (app / name).write_text(text)
    for name, addition in (("settings", SETTINGS), ("urls", URLS)):
        path = project.folder / "config" / f"{name}.py"
        path.write_text(path.read_text() + addition)
    project.run("uv", "run", "poe", "test", "--no-cov")
