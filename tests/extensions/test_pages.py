"""Keep the pages of the repository current and their links alive."""

import re
from typing import TYPE_CHECKING

import pytest
from jinja2 import UndefinedError

from extensions.pages import page_environment, render_pages, stale_pages
from tests.helpers.repository import ROOT, working_files

if TYPE_CHECKING:
    from pathlib import Path

LINK = re.compile(r"\]\((?P<target>[^)#\s]+)(?:#[^)]*)?\)")
TEST = re.compile(r"\[`(?P<name>test_\w+)`\]\((?P<target>[^)]+\.py)\)")
PAGES = [
    path
    for path in working_files()
    if path.suffix == ".md" and not path.is_relative_to("template")
]


def test_the_generated_pages_are_current() -> None:
    """What is committed is what would be rendered."""
    assert stale_pages(render_pages()) == []


def test_an_outdated_page_is_found(tmp_path: "Path") -> None:
    """A missing page and a different one are both stale."""
    page = tmp_path / "page.md"
    assert stale_pages({page: "new"}) == [page]
    page.write_text("old")
    assert stale_pages({page: "new"}) == [page]
    page.write_text("new")
    assert stale_pages({page: "new"}) == []


def test_pages_may_tell_the_time() -> None:
    """The extension for dates is loaded."""
    text = page_environment().from_string("{% now 'utc', '%Y' %}").render()
    assert re.fullmatch(r"20\d\d", text)


def test_a_misspelt_name_in_a_page_is_an_error() -> None:
    """No page is published with a hole in it."""
    template = page_environment().from_string("{{ decision_record }}")
    with pytest.raises(UndefinedError):
        template.render()


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_lead_somewhere(page: "Path") -> None:
    """Every relative link of a page names a file of the repository."""
    text = (ROOT / page).read_text("utf-8")
    targets = [match["target"] for match in LINK.finditer(text)]
    relative = [target for target in targets if ":" not in target]
    assert not [
        target for target in relative if not (ROOT / page.parent / target).exists()
    ]


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_named_tests_exist(page: "Path") -> None:
    """A claim that names its test names one that is there."""
    for match in TEST.finditer((ROOT / page).read_text("utf-8")):
        code = (ROOT / page.parent / match["target"]).read_text("utf-8")
        assert f"def {match['name']}(" in code, match["name"]
