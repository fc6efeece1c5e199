"""The canonical layout: files of the project, layers of the apps, tests of the layers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from django_strict.rules.model import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CORE: Final = "core"
PROJECT_FILES: Final = (
    "apps/__init__.py",
    "apps/core/__init__.py",
    "apps/core/exceptions.py",
    "apps/core/pagination.py",
    "apps/core/permissions.py",
    "apps/core/middleware.py",
    "apps/core/healthcheck.py",
    "apps/core/tests/__init__.py",
    "apps/users/__init__.py",
    "config/__init__.py",
    "config/settings.py",
    "config/urls.py",
    "config/asgi.py",
    "config/wsgi.py",
    "config/gunicorn.conf.py",
    "tests/conftest.py",
    "nginx/nginx.conf",
    "pyproject.toml",
    "ruff.strict.toml",
    "Dockerfile",
    "docker-compose.yml",
    "manage.py",
    ".env.example",
    ".gitignore",
    ".dockerignore",
)
LAYERS: Final = (
    "admin",
    "apps",
    "models",
    "permissions",
    "selectors",
    "serializers",
    "services",
    "urls",
    "views",
)
TEST_FILES: Final = (
    "__init__.py",
    "factories.py",
    "test_models.py",
    "test_services.py",
    "test_views.py",
)
TESTED_LAYERS: Final = ("models", "selectors", "services", "views")
DEFINITION: Final = re.compile(r"^(async def|def|class) ", re.MULTILINE)
TEST: Final = re.compile(r"^\s*(async def|def) test_", re.MULTILINE)


def apps(root: Path) -> list[Path]:
    """List the apps: every folder below ``apps/`` that holds Python.

    Args:
        root: Folder of the project.

    Returns:
        Their folders, the core left out.
    """
    folders = [path for path in (root / "apps").glob("*") if path.is_dir()]
    return sorted(
        folder
        for folder in folders
        if folder.name not in {CORE, "__pycache__"} and any(folder.rglob("*.py"))
    )


def check_files(root: Path) -> Iterator[Finding]:
    """Find canonical files that are missing.

    Args:
        root: Folder of the project.

    Yields:
        DS010.
    """
    for name in PROJECT_FILES:
        if not (root / name).is_file():
            yield Finding(name, 1, 1, "DS010", "the file is missing")


def check_layers(root: Path) -> Iterator[Finding]:
    """Find apps without all layers.

    Args:
        root: Folder of the project.

    Yields:
        DS011.
    """
    for app in apps(root):
        base = f"apps/{app.name}"
        wanted = ["__init__.py", *(f"{layer}.py" for layer in LAYERS)]
        wanted += [f"tests/{name}" for name in TEST_FILES]
        for name in wanted:
            package = app / name.removesuffix(".py") / "__init__.py"
            if not (app / name).is_file() and not package.is_file():
                message = f"the app `{app.name}` has no {name}"
                yield Finding(f"{base}/{name}", 1, 1, "DS011", message)


def check_loose_modules(root: Path) -> Iterator[Finding]:
    """Find modules below ``apps/`` that belong to no app.

    Args:
        root: Folder of the project.

    Yields:
        DS017.
    """
    for path in sorted((root / "apps").glob("*.py")):
        if path.name != "__init__.py":
            name = path.relative_to(root).as_posix()
            yield Finding(name, 1, 1, "DS017", f"{path.name} belongs to no app")
    for folder in sorted((root / "apps").rglob("*")):
        if folder.is_dir() and any(folder.glob("*.py")):
            init = folder / "__init__.py"
            if not init.is_file():
                name = init.relative_to(root).as_posix()
                yield Finding(name, 1, 1, "DS017", "the package has no __init__.py")


def check_tests(root: Path) -> Iterator[Finding]:
    """Find layers with code and without tests.

    Args:
        root: Folder of the project.

    Yields:
        DS039.
    """
    for app in apps(root):
        for layer in TESTED_LAYERS:
            if _has(DEFINITION, app, layer) and not _has_tests(app, layer):
                name = f"apps/{app.name}/tests/test_{layer}.py"
                message = f"nothing tests {app.name}/{layer}.py here"
                yield Finding(name, 1, 1, "DS039", message)


def _has(pattern: re.Pattern[str], app: Path, layer: str) -> bool:
    """Look for a pattern in a layer.

    Args:
        pattern: What to look for.
        app: Folder of the app.
        layer: Name of the layer, a module or a package.

    Returns:
        True if it is found.
    """
    files = [app / f"{layer}.py", *(app / layer).rglob("*.py")]
    return any(
        pattern.search(file.read_text("utf-8")) for file in files if file.is_file()
    )


def _has_tests(app: Path, layer: str) -> bool:
    """Tell whether a layer has tests.

    Args:
        app: Folder of the app.
        layer: Name of the layer.

    Returns:
        True for a test function in ``tests/test_<layer>.py`` or a package of that name.
    """
    files = [
        app / "tests" / f"test_{layer}.py",
        *(app / "tests" / f"test_{layer}").rglob("test_*.py"),
    ]
    return any(TEST.search(file.read_text("utf-8")) for file in files if file.is_file())
