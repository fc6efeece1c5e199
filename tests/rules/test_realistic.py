"""Three apps as people write them: nothing in them is a finding."""

from pathlib import Path
from typing import Final

import pytest

from django_strict.rules.engine import check_files
from tests.helpers.repository import TEMPLATE

FOLDER: Final = Path(__file__).parent / "realistic"
APPS: Final = ("shop", "booking", "inventory")
MIN_LINES: Final = 500


def written(folder: Path, name: str) -> dict[str, str]:
    """Read an app.

    Args:
        folder: Where it lies.
        name: Its name.

    Returns:
        Its files, by where they would lie in a project.
    """
    return {
        f"apps/{name}/{file.relative_to(folder / name)}".removesuffix(".txt"): (
            file.read_text("utf-8")
        )
        for file in (folder / name).rglob("*.py.txt")
    }


def core() -> dict[str, str]:
    """Read what they import from the template."""
    files = [*TEMPLATE.glob("apps/core/*.py"), *TEMPLATE.glob("apps/users/*.py")]
    return {
        file.relative_to(TEMPLATE).as_posix(): file.read_text("utf-8") for file in files
    }


@pytest.mark.parametrize("name", APPS)
def test_a_realistic_app_breaks_no_rule(name: str) -> None:
    """The checker does not cry wolf."""
    files = written(FOLDER, name)
    assert sum(text.count("\n") for text in files.values()) >= MIN_LINES
    assert check_files({**core(), **files}) == []


def test_one_breach_in_a_realistic_app_is_found() -> None:
    """It is green for what it holds, not for being skipped."""
    files = {**core(), **written(FOLDER, "shop")}
    files["apps/shop/views.py"] += "\n\nGONE = selectors.product_list().retire()\n"
    found = check_files(files)
    assert {finding.rule for finding in found} == {"DS020"}


def test_an_app_may_be_called_like_a_layer() -> None:
    """Its name is no task, no service and no model."""
    shop = written(FOLDER, "shop")
    for name in ("tasks", "services", "selectors"):
        files = {
            path.replace("apps/shop", f"apps/{name}"): text.replace(
                "apps.shop", f"apps.{name}"
            )
            for path, text in shop.items()
        }
        assert check_files({**core(), **files}) == []
