"""Starts Chromium for the tests that need a browser; they are skipped, with a message, if none is installed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
WHY_NOT = "no Chromium found (looked for CHROMIUM_PATH and on the PATH for {})".format(", ".join(NAMES))
# As root and in containers, Chromium's own sandbox cannot be set up.
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars"]
STILL: dict[str, Any] = {"reduced_motion": "reduce"}
"""For every window: a dot that pulses would take half a processor for as long as its page is open."""


def chromium() -> str | None:
    """The path of the program."""
    return os.environ.get("CHROMIUM_PATH") or next(filter(None, map(shutil.which, NAMES)), None)


def launch() -> Iterator[Browser]:
    """Skips the test if no Chromium is found; fails it if SLOTS_REQUIRE_BROWSER is 1, as on a build server."""
    path = chromium()
    if path is None:
        if os.environ.get("SLOTS_REQUIRE_BROWSER") == "1":
            pytest.fail(WHY_NOT)
        pytest.skip(WHY_NOT)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield opened
        opened.close()


# Generous, since the machine may be busy with other tests.
expect.set_options(timeout=15_000)

ANSWER_OF_4XX = "Failed to load resource"


class Complaints(list[str]):
    """The errors in the browser's console: scripts that failed, and everything that the content policy blocked."""

    def listen_to(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.append(str(error)))
        page.on("console", self._hear)

    def _hear(self, said: ConsoleMessage) -> None:
        if said.type == "error" and ANSWER_OF_4XX not in said.text:
            self.append(said.text)
