"""The API's page, used as a person uses it: open an operation, try it out, read on."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.helpers.browser import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.helpers.serving import Server

pytestmark = pytest.mark.usefixtures("account")
# The account of the page's own examples.
PERSON: Final[dict[str, object]] = {
    "email": "ada@example.com",
    "password": "correct-horse-42",
    "full_name": "Ada Lovelace",
}


@pytest.fixture(scope="module")
def account(server: "Server") -> None:
    """Register the account that the page's examples name.

    Args:
        server: The project.
    """
    answer = server.ask("/api/v1/auth/register/", body=PERSON)
    assert answer.status == 202, answer.text
    # Other tests of the project have logged in from this address.
    clear = "from django.core.cache import cache; cache.clear()"
    server.project.run("uv", "run", "poe", "manage", "shell", "-v0", "-c", clear)


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """Start a browser.

    Yields:
        The browser.
    """
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(server: "Server", browser: "Browser") -> Iterator["Page"]:
    """Open the API's page as somebody who was never there.

    Args:
        server: The project.
        browser: The browser.

    Yields:
        The page, once its operations are shown.
    """
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{server.port}/api/docs/")
    page.wait_for_selector(".opblock", timeout=20_000)
    yield page
    page.close()


def execute(page: "Page", operation: str) -> int:
    """Try an operation out with the values that the page suggests.

    Args:
        page: The page.
        operation: Its id, after that of its tag.

    Returns:
        Status of the answer.
    """
    block = page.locator(f"#operations-{operation}")
    if "is-open" not in (block.get_attribute("class") or ""):
        block.locator(".opblock-summary-control").click()
        block.locator(".try-out__btn").click()
    with page.expect_response(lambda it: "/api/v1/" in it.url) as answered:
        block.locator("button.execute").click()
    return answered.value.status


def test_a_closed_list_says_what_each_operation_does(page: "Page") -> None:
    """A reader finds the operation without opening all of them."""
    summaries = page.locator(".opblock-summary-description").all_inner_texts()
    assert len(summaries) == page.locator(".opblock").count() > 10
    assert all(summaries)
    assert "Open a session with e-mail and password" in summaries


def test_a_session_can_be_opened_used_and_closed(page: "Page") -> None:
    """Logging in gives the browser another CSRF token, and each request sends it once."""
    assert execute(page, "auth-auth_login_create") == 200
    assert execute(page, "users-users_me_retrieve") == 200
    assert execute(page, "users-users_me_partial_update") == 200
    assert execute(page, "auth-auth_logout_create") == 204


def test_a_token_can_be_asked_for_and_used(page: "Page") -> None:
    """What one operation answers is what the page's lock takes."""
    assert execute(page, "users-users_me_retrieve") == 401
    block = page.locator("#operations-auth-auth_token_create")
    assert execute(page, "auth-auth_token_create") == 200
    answer = block.locator(".live-responses-table .highlight-code").first.inner_text()
    token = json.loads(answer[answer.index("{") : answer.rindex("}") + 1])["token"]
    page.locator("button.authorize").first.click()
    box = page.locator(".auth-container", has_text="tokenAuth")
    box.locator("input").fill(f"Token {token}")
    box.locator("button.authorize").click()
    page.locator(".btn-done").first.click()
    assert execute(page, "users-users_me_retrieve") == 200
    assert execute(page, "users-users_me_partial_update") == 200


def test_every_example_of_text_can_be_read(page: "Page") -> None:
    """Swagger UI makes up noise where a pattern stands without an example."""
    for operation in ("auth-auth_register_create", "auth-auth_login_create"):
        block = page.locator(f"#operations-{operation}")
        block.locator(".opblock-summary-control").click()
        shown: dict[str, Any] = json.loads(
            block.locator(".opblock-section-request-body code").first.inner_text()
        )
        assert shown.items() <= PERSON.items()
