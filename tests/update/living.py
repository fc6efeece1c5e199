"""What a user does to a project between two updates."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tests.helpers.project import Project
from tests.update.versions import rewrite

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

MODULES: Final = {
    "__init__.py": '"""What customers ordered."""\n',
    "admin.py": '"""Nothing of this app is on the admin site."""\n',
    "apps.py": '''"""Configuration of the orders application."""

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    """What customers ordered."""

    name = "apps.orders"
    label = "orders"
''',
    "models.py": '''"""What customers ordered."""

from typing import ClassVar, override

from django.db import models


class Order(models.Model):
    """One order of a customer."""

    number = models.PositiveIntegerField(unique=True)

    class Meta:
        """Options of the model."""

        ordering: ClassVar[list[str]] = ["number"]

    @override
    def __str__(self) -> str:
        """Name the order.

        Returns:
            Its number.
        """
        return str(self.number)
''',
    "permissions.py": '"""Orders need no permission of their own."""\n',
    "selectors.py": '"""Orders are not read yet."""\n',
    "serializers.py": '"""Orders are not shown yet."""\n',
    "services.py": '"""Orders are not written yet."""\n',
    "urls.py": '"""Orders have no addresses yet."""\n',
    "views.py": '"""Orders are not served yet."""\n',
    "migrations/__init__.py": "",
    "migrations/0001_initial.py": """from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Order",
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
                ("number", models.PositiveIntegerField(unique=True)),
            ],
            options={
                "ordering": ["number"],
            },
        ),
    ]
""",
    "tests/__init__.py": '"""Tests of the orders application."""\n',
    "tests/test_models.py": '''"""Tests of the orders' models."""

from apps.orders.models import Order


def test_an_order_is_named_by_its_number() -> None:
    """People talk about orders by number."""
    assert str(Order(number=7)) == "7"
''',
    "tests/test_services.py": '"""Orders have no services to test yet."""\n',
    "tests/test_views.py": '"""Orders have no views to test yet."""\n',
    "tests/factories.py": '"""Orders are made by hand."""\n',
}
TASK: Final = """
[tool.poe.tasks.hello]
help = "Greet"
cmd = "echo hello"
"""


@dataclass(frozen=True, slots=True)
class Edit:
    """A change that a user makes.

    Attributes:
        title: What the table of updates calls it.
        apply: Makes it in a project's folder.
        path: The file that shows it.
        sign: What that file holds then; None for a file that is gone.
    """

    title: str
    apply: "Callable[[Path], None]"
    path: str
    sign: bytes | None

    def stands(self, tree: "Mapping[str, bytes]") -> bool:
        """Look whether a project has the change.

        Args:
            tree: The project's files.

        Returns:
            True if it has.
        """
        if self.sign is None:
            return self.path not in tree
        return self.sign in tree.get(self.path, b"")


def edit_settings(folder: "Path") -> None:
    """Append a setting.

    Args:
        folder: The project.
    """
    rewrite(
        folder / "config" / "settings.py",
        lambda text: text + "\n# --- Orders ---\nORDERS_PER_PAGE = 20\n",
    )


def add_app(folder: "Path") -> None:
    """Add an app with a model and its migration, and install it.

    Args:
        folder: The project.
    """
    app = folder / "apps" / "orders"
    for name, text in MODULES.items():
        (app / name).parent.mkdir(parents=True, exist_ok=True)
        (app / name).write_text(text)
    rewrite(
        folder / "config" / "settings.py",
        lambda text: text.replace(
            '    "apps.users",\n', '    "apps.orders",\n    "apps.users",\n'
        ),
    )


def edit_nginx(folder: "Path") -> None:
    """Allow twice the requests, where there is an nginx already.

    Args:
        folder: The project.
    """
    limits = folder / "nginx" / "include" / "limits.conf"
    if limits.is_file():
        rewrite(limits, lambda text: re.sub(r"rate=\d+r/s", "rate=222r/s", text))


def add_dependency(folder: "Path") -> None:
    """Add a package as the README says.

    Args:
        folder: The project.
    """
    Project(folder, folder / ".venv").run("uv", "add", "--frozen", "httpx>=0.28")


def delete_file(folder: "Path") -> None:
    """Delete a file that the project can do without.

    Args:
        folder: The project.
    """
    (folder / "LICENSE").unlink()


def rename_section(folder: "Path") -> None:
    """Call the first section of the README by another name.

    Args:
        folder: The project.
    """
    rewrite(
        folder / "README.md",
        lambda text: re.sub(r"(?m)^## .+$", "## How we work here", text, count=1),
    )


def add_task(folder: "Path") -> None:
    """Add a task of the project's own.

    Args:
        folder: The project.
    """
    rewrite(folder / "pyproject.toml", lambda text: text + TASK)


MIGRATION: Final = "apps/orders/migrations/0001_initial.py"
PROJECT: Final = "pyproject.toml"
LIMITS: Final = "nginx/include/limits.conf"

EDITS: Final = (
    Edit("edited settings", edit_settings, "config/settings.py", b"PER_PAGE = 20\n"),
    Edit("own app, model and migration", add_app, MIGRATION, b'"Order"'),
    Edit("nginx limits", edit_nginx, LIMITS, b"rate=222r/s"),
    Edit("added dependency", add_dependency, PROJECT, b'"httpx'),
    Edit("deleted file", delete_file, "LICENSE", None),
    Edit("renamed README section", rename_section, "README.md", b"## How we work here"),
    Edit("own task", add_task, PROJECT, TASK.encode()),
)
