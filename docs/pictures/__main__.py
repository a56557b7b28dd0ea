"""Takes the screenshots for the README: `make pictures`. Runs three recoveries of the demo shop on the real system.

    .venv/bin/python -m docs.pictures

The shop gets a time zone in which it is morning. Requires Chromium.
"""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, Page, sync_playwright

from cli.local import demo_shop
from cli.local.boot import boot
from cli.local.demo_shop import SHOP, SHOP_PHONE
from cli.local.demo_story import DemoFailedError, DemoStory, wait_for
from cli.local.system import System
from docs.pictures import history
from domain.sign_in_codes import token_hash

IMAGES = Path(__file__).parents[1] / "images"
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 780}
MORNING = 10
"""The local hour at which the screenshots are taken."""

NEXT_OF = """
SELECT a.id FROM appointments a JOIN performers p ON p.id = a.performer_id
 WHERE a.shop_id = %s AND a.status = 'booked' AND p.name = %s AND a.starts_at > now() + interval '9 hours'
   AND (a.starts_at AT TIME ZONE %s)::time = %s ORDER BY a.starts_at LIMIT 1
"""
SLOT_OF = "SELECT id FROM slot_openings WHERE source_appointment_id = %s"
LIVE_OFFER = """
SELECT c.phone FROM slot_offers o JOIN customers c ON c.id = o.customer_id
 WHERE o.slot_opening_id = %s AND o.status = 'sent' AND c.phone <> %s
"""
INTENT = """
SELECT p.stripe_payment_intent_id AS id FROM payments p JOIN appointments a ON a.id = p.appointment_id
 WHERE a.source_slot_opening_id = %s AND p.stripe_payment_intent_id IS NOT NULL AND p.status = 'pending'
"""
SETTLED = """
SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM pending_tasks WHERE settled_at IS NULL AND due_at < now())
"""


def main() -> None:
    """Replaces all screenshots in docs/images."""
    demo_shop.ZONE = _morning_zone()
    folder = Path(tempfile.mkdtemp(prefix="slots-pictures-"))
    system = System(folder, environment={**os.environ, "TICK_SECONDS": "1"})
    try:
        boot(system, fill=history.insert, stopping=lambda: False)
        demo_shop.name_phones(system.settings)
        stage = DemoStory(system.settings)
        sold, held, offered = _play(stage)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--lang=en-GB"]
            )
            _take(browser, stage, {"sold": sold, "held": held, "offered": offered})
            browser.close()
    finally:
        system.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _morning_zone() -> ZoneInfo:
    """Returns a time zone in which the hour is MORNING. The sign in the name of an Etc/GMT zone is inverted."""
    offset = (MORNING - datetime.now(UTC).hour + 11) % 24 - 11
    return ZoneInfo(f"Etc/GMT{-offset:+d}" if offset else "Etc/GMT")


def _play(stage: DemoStory) -> tuple[str, str, str]:
    """Creates three cancelled times: one that is sold, one that is held for a payment, and one that is being offered
    to its third customer.
    """
    sold = _cancel(stage, "Mira", "14:00")
    first = _asked(stage, sold)
    _text(stage, first, "NO")
    second = _asked(stage, sold, besides=first)
    _text(stage, second, "YES")
    intent = wait_for(lambda: stage.row(INTENT, sold), "a payment link")
    stage.post("SANDBOX_URL", f"/sandbox/payment_intents/{intent['id']}/succeed", {})
    wait_for(lambda: stage.row("SELECT 1 FROM slot_openings WHERE id = %s AND status = 'filled'", sold), "a sale")
    held = _cancel(stage, "Jonas", "11:00")
    _text(stage, _asked(stage, held), "YES")
    wait_for(lambda: stage.row(INTENT, held), "a payment link")
    offered = _cancel(stage, "Mira", "09:30")
    silent = _asked(stage, offered)
    stage.row("UPDATE slot_offers SET expires_at = now() WHERE slot_opening_id = %s RETURNING id", offered)
    declining = _asked(stage, offered, besides=silent)
    _text(stage, declining, "No thanks")
    _asked(stage, offered, besides=declining)
    for sender, to, body in history.texts():
        stage.post("SANDBOX_URL", "/sandbox/inbound", {"from": sender, "to": to, "body": body})
    wait_for(lambda: stage.row(SETTLED), "everything to be settled")
    return sold, held, offered


def _cancel(stage: DemoStory, performer: str, start: str) -> str:
    """Cancels the performer's next booking at this time of day; returns the id of the slot opening."""
    found = _row(stage, NEXT_OF, SHOP, performer, demo_shop.ZONE.key, start)
    secret = {"x-internal-secret": stage.settings["INTERNAL_SECRET"]}
    stage.post("WEB_URL", f"/api/appointments/{found['id']}/cancel", {}, **secret)
    return str(wait_for(lambda: stage.row(SLOT_OF, found["id"]), "the slot")["id"])


def _row(stage: DemoStory, statement: str, *values: object) -> dict[str, Any]:
    """Returns the first row. Raises DemoFailedError if no row exists."""
    found = stage.row(statement, *values)
    if found is None:
        raise DemoFailedError(f"nothing was found by {statement}")
    return found


def _asked(stage: DemoStory, slot: str, *, besides: str = "") -> str:
    """Waits for an offer to a customer other than `besides`; returns the customer's phone number."""
    return str(wait_for(lambda: stage.row(LIVE_OFFER, slot, besides), "an offer")["phone"])


def _text(stage: DemoStory, sender: str, body: str) -> None:
    stage.post("SANDBOX_URL", "/sandbox/inbound", {"from": sender, "to": SHOP_PHONE, "body": body})


def _take(browser: Browser, stage: DemoStory, slots: Mapping[str, str]) -> None:
    token = _session(stage)
    tomorrow = _row(
        stage,
        "SELECT (starts_at AT TIME ZONE %s)::date AS day FROM slot_openings WHERE id = %s",
        demo_shop.ZONE.key,
        slots["offered"],
    )
    conversation = _row(stage, "SELECT id FROM conversations ORDER BY last_message_at LIMIT 1")
    day = f"/app/calendar?day={tomorrow['day']}"
    with _window(browser, stage, token) as page:
        _shoot(page, "/app/", "overview")
        _shoot(page, day, "calendar")
        _reply(page, f"/app/inbox/{conversation['id']}")
        _shoot(page, f"/app/inbox/{conversation['id']}", "inbox")
        _shoot(page, f"/app/slot-openings/{slots['offered']}", "slot-offering")
        _shoot(page, "/app/appointments", "appointments")
        _shoot(page, f"/app/slot-openings/{slots['offered']}/ask_next", "step-in")
        _shoot(page, f"{stage.settings['SANDBOX_URL']}/phones", "phones")
    with _window(browser, stage, token, dark=True) as page:
        _shoot(page, "/app/", "overview-dark")
        _shoot(page, f"/app/slot-openings/{slots['sold']}", "slot-recovered-dark")
    with _window(browser, stage, token, size=PHONE) as page:
        _shoot(page, "/app/", "overview-phone")
        _shoot(page, day, "calendar-phone")
        _shoot(page, f"/app/slot-openings/{slots['offered']}", "slot-offering-phone")


def _reply(page: Page, path: str) -> None:
    page.goto(path)
    page.get_by_label("Reply by text").fill(history.REPLY)
    page.get_by_role("button", name="Send reply").click()
    page.get_by_text(history.REPLY).first.wait_for()


def _session(stage: DemoStory) -> str:
    """Signs the shop's owner in; returns the token of the session."""
    token = secrets.token_urlsafe()
    stage.row(
        "INSERT INTO staff_sessions (shop_id, staff_id, token_hash)"
        " SELECT shop_id, id, %s FROM staff WHERE shop_id = %s RETURNING id",
        token_hash(token),
        SHOP,
    )
    return token


@contextmanager
def _window(
    browser: Browser, stage: DemoStory, token: str, *, size: dict[str, int] = DESK, dark: bool = False
) -> Iterator[Page]:
    address = stage.settings["WEB_URL"]
    context = browser.new_context(
        base_url=address, viewport=size, color_scheme="dark" if dark else "light", locale="en-GB"
    )
    context.add_cookies([{"name": "slots_staff", "value": token, "url": address}])
    yield context.new_page()
    context.close()


def _shoot(page: Page, path: str, name: str) -> None:
    """Takes a screenshot of the visible part of the page."""
    page.goto(path)
    page.wait_for_timeout(400)
    page.screenshot(path=IMAGES / f"{name}.png")


if __name__ == "__main__":
    main()
