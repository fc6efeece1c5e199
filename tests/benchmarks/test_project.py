"""What is measured is what production has."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks.contestants import Contestant, check_list
from benchmarks.load import LoadError
from benchmarks.project import ENDLESS, SHIPPED, install, ship
from tests.helpers.rendering import files
from tests.helpers.repository import TEMPLATE

if TYPE_CHECKING:
    from tests.helpers.project import Project

# Not the project's own: packages, and a list of files that nginx serves.
FURTHER = {".venv", "staticfiles/staticfiles.json"}
# As DRF reads them.
RATE = re.compile(r'"(\d+/(?:s|m|h|d)[a-z]*)"')
ROW = dict.fromkeys("abcdefg", 1)
LIST = {"count": 10_000, "results": [ROW] * 20}


def test_what_the_image_copies_is_shipped() -> None:
    """The Dockerfile decides; a new folder there has to be measured too."""
    dockerfile = (TEMPLATE / "Dockerfile.jinja").read_text()
    copied = set(re.findall(r"^COPY --from=builder /app/(\S+) ", dockerfile, re.M))
    assert copied - {"staticfiles"} == FURTHER | set(SHIPPED)


def test_every_rate_of_the_template_is_raised(tmp_path: "Path") -> None:
    """No limit is left that a load generator would meet, and no test is shipped."""
    folder = ship(TEMPLATE, tmp_path / "shipped")
    shipped = files(folder)
    assert {name.split("/")[0] for name in shipped} == set(SHIPPED)
    assert not [name for name in shipped if "/tests/" in name]
    rates = [rate for text in shipped.values() for rate in RATE.findall(text.decode())]
    assert len(rates) >= 3
    assert {f'"{rate}"' for rate in rates} == {ENDLESS}


def test_a_project_without_rates_is_not_measured(tmp_path: "Path") -> None:
    """Rates that are kept elsewhere would go on refusing."""
    (tmp_path / "manage.py").touch()
    (tmp_path / "config").mkdir()
    (tmp_path / "apps").mkdir()
    with pytest.raises(LookupError, match="no throttle rate"):
        ship(tmp_path, tmp_path / "shipped")


def test_packages_are_those_of_the_image(project: "Project", tmp_path: "Path") -> None:
    """Those of development would make a worker larger than it is in production."""
    install(project, tmp_path)
    (packages,) = tmp_path.glob(".venv/lib/python*/site-packages")
    assert (packages / "gunicorn").is_dir()
    assert not (packages / "_pytest").exists()
    assert project.changes() == ""


@pytest.mark.parametrize(
    "page",
    [
        {**LIST, "count": 9_999},
        {"results": LIST["results"]},
        {**LIST, "results": [ROW] * 19},
        {**LIST, "results": [{"a": 1}] * 20},
    ],
    ids=["fewer rows", "no count", "shorter page", "fewer fields"],
)
def test_a_smaller_answer_is_not_compared(page: dict[str, object]) -> None:
    """Whoever does less is not faster."""
    contestant = Contestant("b", [], Path(), {}, {})
    check_list(contestant, LIST)
    with pytest.raises(LoadError, match="b has another list"):
        check_list(contestant, page)
