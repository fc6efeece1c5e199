"""The API's page in a real browser."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.helpers.browser import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.stack.stack import Stack

pytestmark = pytest.mark.docker
SERVICES = ("nginx", "app")


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """Start a browser.

    Yields:
        The browser.
    """
    with chromium() as browser:
        yield browser


def test_swagger_ui_loads_without_an_error(stack: "Stack", browser: "Browser") -> None:
    """Every part comes from this server, the console is silent, operations are shown."""
    base = f"https://localhost:{stack.client.https_port}"
    page = browser.new_page(ignore_https_errors=True)
    complaints: list[str] = []
    answers: list[tuple[str, int]] = []
    page.on("console", lambda line: complaints.append(f"{line.type}: {line.text}"))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("response", lambda it: answers.append((it.url, it.status)))
    page.on("requestfailed", lambda it: complaints.append(f"failed: {it.url}"))
    page.goto(f"{base}/api/docs/", wait_until="networkidle")
    page.wait_for_selector(".opblock", timeout=20_000)
    assert page.locator(".opblock").count() >= 10
    assert complaints == []
    assert {status for _, status in answers} <= {200, 304}
    assert all(url.startswith((base, "data:")) for url, _ in answers)
    assert sum("/static/" in url for url, _ in answers) >= 3
    page.close()


def test_the_admin_site_loads_with_its_styles(
    stack: "Stack", browser: "Browser"
) -> None:
    """Its hashed files are where the pages look for them."""
    page = browser.new_page(ignore_https_errors=True)
    complaints: list[str] = []
    answers: list[tuple[str, int]] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda it: complaints.append(f"failed: {it.url}"))
    page.on("response", lambda it: answers.append((it.url, it.status)))
    base = f"https://localhost:{stack.client.https_port}"
    page.goto(f"{base}/admin/", wait_until="networkidle")
    assert page.locator("input[name=password]").count() == 1
    assert complaints == []
    static = [status for url, status in answers if "/static/" in url]
    assert len(static) >= 3
    assert set(static) == {200}
    page.close()
