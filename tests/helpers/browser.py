"""A real browser, to look at what a project serves."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@contextmanager
def chromium() -> Iterator["Browser"]:
    """Run Debian's Chromium without a window until the block ends.

    Yields:
        The browser.
    """
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        sentence = "No Chromium is installed; `apt-get install chromium` brings it."
        if os.environ.get("CI") == "true":
            pytest.fail(sentence)
        pytest.skip(sentence)
    with sync_playwright() as playwright:
        # Root has no sandbox of Chromium's, and only our own pages are opened.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()
