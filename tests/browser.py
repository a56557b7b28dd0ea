"""Starts Chromium for tests that need a browser. Without Chromium, these tests are skipped with a message."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests.waiting import PATIENCE_SECONDS

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
WHY_NOT = "no Chromium found (looked for CHROMIUM_PATH and on the PATH for {})".format(", ".join(NAMES))
# Chromium's own sandbox cannot run as root or in a container.
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars"]
STILL: dict[str, Any] = {"reduced_motion": "reduce"}
"""Applies to every window: a pulsing dot would take half a processor while its page is open."""


def chromium() -> str | None:
    """Returns the path of the Chromium executable."""
    return os.environ.get("CHROMIUM_PATH") or next(filter(None, map(shutil.which, NAMES)), None)


def launch() -> Iterator[Browser]:
    """Launches Chromium. Without Chromium, skips the test, or fails it if SLOTS_REQUIRE_BROWSER is 1, as in CI."""
    path = chromium()
    if path is None:
        if os.environ.get("SLOTS_REQUIRE_BROWSER") == "1":
            pytest.fail(WHY_NOT)
        pytest.skip(WHY_NOT)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=FLAGS, timeout=PATIENCE)
        yield opened
        opened.close()


# The time limits are long, because other tests may keep the machine busy.
PATIENCE = PATIENCE_SECONDS * 1000
"""In milliseconds."""
expect.set_options(timeout=PATIENCE)


def patient_context(browser: Browser, **looks: Any) -> BrowserContext:
    """Returns a new context whose pages have the time limit of all waits."""
    context = browser.new_context(**looks)
    context.set_default_timeout(PATIENCE)
    return context


ANSWER_OF_4XX = "Failed to load resource"


class Complaints(list[str]):
    """Collects the errors in the browser's console: failed scripts, and content that the content policy blocked."""

    def listen_to(self, page: Page) -> None:
        page.on("pageerror", self._note)
        page.on("console", self._record)

    def stop_listening(self, page: Page) -> None:
        page.remove_listener("pageerror", self._note)
        page.remove_listener("console", self._record)

    def _note(self, error: object) -> None:
        self.append(str(error))

    def _record(self, message: ConsoleMessage) -> None:
        if message.type == "error" and ANSWER_OF_4XX not in message.text:
            self.append(message.text)


@contextmanager
def without_complaints(page: Page) -> Iterator[None]:
    """Fails the test if the browser's console has errors."""
    complaints = Complaints()
    complaints.listen_to(page)
    try:
        yield
    finally:
        complaints.stop_listening(page)
    assert not complaints


_kept: dict[str, Page] = {}
"""The open windows of the browser by their fixed looks."""
SIZE: Any = {"width": 1280, "height": 720}


@contextmanager
def kept_page(browser: Browser, *, viewport: Any = SIZE, color_scheme: Any = "light", **looks: Any) -> Iterator[Page]:
    """Returns an empty window with this size and theme and without cookies."""
    looks_alike = repr(sorted(looks.items()))
    page = _kept.pop(looks_alike, None) or patient_context(browser, **looks).new_page()
    page.set_viewport_size(viewport)
    page.emulate_media(color_scheme=color_scheme)
    try:
        yield page
        page.unroute_all()
        page.goto("about:blank")
        page.context.clear_cookies()
    except BaseException:
        page.context.close()
        raise
    if len(page.context.pages) > 1:
        page.context.close()
    else:
        _kept[looks_alike] = page
