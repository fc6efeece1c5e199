"""The handler and the database connections, judged inside a rendered project."""

import re
import shutil
from typing import TYPE_CHECKING

from tests.asgi.serving import WITH, WITHOUT
from tests.helpers.repository import ROOT

if TYPE_CHECKING:
    from tests.helpers.project import Project

ASGI = ROOT / "tests" / "asgi"
ENTRY_POINTS = ROOT / "tests" / "product" / "machinery" / "test_entry_points.py"


def test_everything_inside_passes(own: "Project") -> None:
    """Threads, lost clients, answers and middleware on the project's own servers."""
    target = own.folder / "tests" / "asgi"
    shutil.copytree(ASGI / "inside", target / "inside")
    shutil.copy(ASGI / "__init__.py", target)
    output = own.run("uv", "run", "pytest", "--no-cov", "tests/asgi")
    shutil.rmtree(target)
    assert " passed" in output
    assert not re.search(r"\d skipped", output)


def test_one_line_switches_to_django_s_own_handler(own: "Project") -> None:
    """The gate and whatever a project's tests send through a handler stay green."""
    module = own.folder / "config" / "asgi.py"
    text = module.read_text()
    assert len(text.splitlines()) < 15
    assert text.count(WITH) == 1
    module.write_text(text.replace(WITH, WITHOUT))
    try:
        steps = ("mypy", "ruff", "house rules", "deployment")
        only = [argument for step in steps for argument in ("--only", step)]
        own.run("uv", "run", "poe", "check", *only)
        shutil.copy(ENTRY_POINTS, own.folder / "tests")
        judged = (f"tests/{ENTRY_POINTS.name}", "apps/core")
        output = own.run("uv", "run", "pytest", "--no-cov", *judged)
    finally:
        module.write_text(text)
        (own.folder / "tests" / ENTRY_POINTS.name).unlink(missing_ok=True)
    assert " passed" in output
    assert not re.search(r"\d skipped", output)
