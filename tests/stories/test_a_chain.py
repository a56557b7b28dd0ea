"""After a cancellation, three customers move to earlier times and the last free time is sold. A browser shows this
live.
"""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.dashboard.axe import barriers
from tests.dashboard.looks import faults
from tests.live_system import LiveSystem
from tests.stories.test_the_shop_watches import DESK, PHONE, browsing, pay, sign_in

pytestmark = pytest.mark.browser

PICTURES = os.environ.get("PICTURES")
"""A folder for screenshots of the pages."""
SENTENCE = "After one cancellation, three customers moved to earlier times, and the last free time was sold to Dana."


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


@pytest.mark.long
def test_the_shop_watches_a_chain_of_three(live: LiveSystem, browser: Browser) -> None:
    shop, tomorrow = live.shop(name="Aurora", move_up=True), datetime.now(UTC) + timedelta(days=1)
    zoe = shop.customer("Zoe", sms_opt_in=False)
    movers = [shop.customer(name) for name in ("Ana", "Ben", "Cleo")]
    dana = shop.customer("Dana", visited_days_ago=9)
    first = shop.appointment(zoe, starts_at=tomorrow)
    later = [shop.appointment(who, starts_at=tomorrow + timedelta(days=n)) for n, who in enumerate(movers, 1)]
    with browsing(browser, live, **DESK) as (page, phones):
        sign_in(page, phones, live, shop)
        slot = first.cancel()
        page.goto(f"/app/slot-openings/{slot.id}")
        for who, appointment in zip(movers, later, strict=True):
            assert "An earlier time is free" in who.gets("Reply YES to move")
            who.says("YES")
            who.gets("Moved: ")
            assert appointment.status == "cancelled"
        # The page receives live updates, so it is not reloaded.
        expect(page.locator(".now")).to_contain_text("Booked by Ana.")
        dana.gets("Reply YES to book")
        dana.says("YES")
        pay(page.context.new_page(), dana)
        dana.gets("Confirmed")
        for appointment in (first, *later):
            own = appointment.slot()
            assert own is not None
            page.goto(f"/app/slot-openings/{own.id}")
            expect(page.get_by_text(SENTENCE)).to_be_visible()
        picture(page, "chain-slot")
        page.get_by_role("link", name="View all steps").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(SENTENCE)
        rows = page.locator(".chain > li")
        expect(rows).to_have_count(4)
        expect(rows.nth(0)).to_contain_text(re.compile("Zoe cancelled.*Ana moved here from", re.DOTALL))
        expect(rows.nth(3)).to_contain_text("Sold to Dana.")
        picture(page, "chain-desk")
        assert [*barriers(page), *faults(page)] == []
        page.set_viewport_size(PHONE["viewport"])
        page.emulate_media(color_scheme="dark")
        picture(page, "chain-phone")
        assert [*barriers(page), *faults(page)] == []
