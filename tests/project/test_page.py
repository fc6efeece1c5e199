"""The API's page, used as a person uses it: open an operation, try it out, read on."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.helpers.browser import chromium
from tests.project.test_serving import mailed_link

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Response

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


def ask(
    page: "Page", operation: str, body: object = None, key: object = None
) -> "Response":
    """Try an operation out with the values that the page suggests, or with others.

    Args:
        page: The page.
        operation: Its id, after that of its tag.
        body: What to type as its body; None leaves the page's own.
        key: What to type into the only field of its address; None leaves it.

    Returns:
        The answer.
    """
    block = page.locator(f"#operations-{operation}")
    if "is-open" not in (block.get_attribute("class") or ""):
        block.locator(".opblock-summary-control").click()
        block.locator(".try-out__btn").click()
    if body is not None:
        block.locator("textarea.body-param__text").fill(json.dumps(body))
    if key is not None:
        block.locator(".parameters input").fill(str(key))
    with page.expect_response(lambda it: "/api/v1/" in it.url) as answered:
        block.locator("button.execute").click()
    return answered.value


def execute(
    page: "Page", operation: str, body: object = None, key: object = None
) -> int:
    """Try an operation out, and return the status of its answer."""
    return ask(page, operation, body, key).status


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
    unlock(page, ask(page, "auth-auth_token_create").json()["token"])
    assert execute(page, "users-users_me_retrieve") == 200
    assert execute(page, "users-users_me_partial_update") == 200


def unlock(page: "Page", token: str) -> None:
    """Give the page's lock a token.

    Args:
        page: The page.
        token: The token.
    """
    page.locator("button.authorize").first.click()
    box = page.locator(".auth-container", has_text="tokenAuth")
    box.locator("input").fill(f"Token {token}")
    box.locator("button.authorize").click()
    page.locator(".btn-done").first.click()


def test_an_account_lives_from_its_registration_to_its_deletion(
    page: "Page", server: "Server"
) -> None:
    """Confirmed from the terminal, with two devices, of which one is lost, and data."""
    email, password = "countess@example.com", "correct-horse-42"
    person = {"email": email, "password": password}
    assert execute(page, "auth-auth_register_create", person) == 202
    link = mailed_link(server, email, "email-confirmation")
    body = {**link, "current_password": password}
    assert execute(page, "auth-auth_email_confirm_create", body) == 204
    create = "auth-auth_token_create"
    _, token = [
        ask(page, create, {**person, "name": name}).json()["token"]
        for name in ("phone", "laptop")
    ]
    unlock(page, token)
    listed = ask(page, "auth-auth_tokens_list").json()["results"]
    devices = {device["name"]: device["id"] for device in listed}
    assert devices.keys() == {"phone", "laptop"}
    lost = devices["phone"]
    assert execute(page, "auth-auth_tokens_destroy", key=lost) == 204
    assert execute(page, "auth-auth_tokens_destroy", key=lost) == 404
    assert execute(page, "users-users_me_export_create") == 202
    link = mailed_link(server, email, "/users/export/")
    address = f"/api/v1/users/export/?uid={link['uid']}&token={link['token']}"
    with page.expect_download() as downloaded:
        page.evaluate("address => { location.href = address }", address)
    data = json.loads(downloaded.value.path().read_text())
    assert [device["name"] for device in data["devices"]] == ["laptop"]
    assert execute(page, "users-users_me_destroy") == 204
    assert execute(page, "users-users_me_retrieve") == 401
    assert server.ask(address).status == 404


def test_every_example_of_text_can_be_read(page: "Page") -> None:
    """Swagger UI makes up noise where a pattern stands without an example."""
    for operation in ("auth-auth_register_create", "auth-auth_login_create"):
        block = page.locator(f"#operations-{operation}")
        block.locator(".opblock-summary-control").click()
        shown: dict[str, Any] = json.loads(
            block.locator(".opblock-section-request-body code").first.inner_text()
        )
        assert shown.items() <= PERSON.items()
