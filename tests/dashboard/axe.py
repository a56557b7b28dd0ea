"""Finds accessibility violations on a page with axe-core."""

from __future__ import annotations

import importlib.resources
from functools import cache
from typing import Any

from playwright.sync_api import Page

SERIOUS = ("serious", "critical")

# The content policy blocks injected script elements, but not code that is evaluated through the browser. Preloading
# would fetch the style sheets again for a rule that is disabled by default.
RUN = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"], preload: false });
  return violations.map(({ id, impact, help, nodes }) => ({ id, impact, help, where: nodes.map((n) => n.html) }));
}"""


@cache
def _source() -> str:
    return importlib.resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


def barriers(page: Page) -> list[str]:
    """Returns a sentence for each serious violation of axe-core's default rules."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(_source())
    found: list[dict[str, Any]] = page.evaluate(RUN)
    return [f"{one['help']} ({one['id']}): {one['where'][:3]}" for one in found if one["impact"] in SERIOUS]
