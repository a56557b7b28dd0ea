"""Starts Chromium for the tests that need a browser; if none is installed, they are skipped with a message."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
WHY_NOT = "no Chromium found (looked for CHROMIUM_PATH and on the PATH for {})".format(", ".join(NAMES))
# Chromium's own sandbox cannot be set up as root or in a container.
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars"]
STILL: dict[str, Any] = {"reduced_motion": "reduce"}
"""Applies to every window: a pulsing dot would take half a processor while its page is open."""


def chromium() -> str | None:
    """Returns the path of the Chromium executable."""
    return os.environ.get("CHROMIUM_PATH") or next(filter(None, map(shutil.which, NAMES)), None)


def launch() -> Iterator[Browser]:
    """Skips the test if no Chromium is found; fails it if SLOTS_REQUIRE_BROWSER is 1, as it is on a build server."""
    path = chromium()
    if path is None:
        if os.environ.get("SLOTS_REQUIRE_BROWSER") == "1":
            pytest.fail(WHY_NOT)
        pytest.skip(WHY_NOT)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield opened
        opened.close()


# Long, since the machine may be busy with other tests.
expect.set_options(timeout=15_000)

ANSWER_OF_4XX = "Failed to load resource"


class Complaints(list[str]):
    """Collects the errors in the browser's console: failed scripts and everything the content policy blocked."""

    def listen_to(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.append(str(error)))
        page.on("console", self._hear)

    def _hear(self, said: ConsoleMessage) -> None:
        if said.type == "error" and ANSWER_OF_4XX not in said.text:
            self.append(said.text)
