"""Tests how much of the overview, and of a slot with three offers, is visible without scrolling."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy.orm import Session

from tests.builders import (
    Built,
    a_customer,
    a_message,
    a_payment,
    a_settled_booking,
    an_appointment,
    an_offer,
    in_,
    insert,
)
from tests.dashboard.conftest import window
from tests.dashboard.shop.scenes import RecoveryRows, a_busy_shop, an_offered_slot
from tests.dashboard.shop.test_in_a_browser import sign_in

pytestmark = pytest.mark.browser

SCREEN = {"width": 1280, "height": 800}
HAND = {"width": 360, "height": 740}


def note(
    session: Session, scene: RecoveryRows, event: str, reason: str, who: Built | None = None, **more: object
) -> None:
    slot, offer = scene.slot, getattr(who, "id", None)
    values = {"slot_opening_id": slot.id, "slot_offer_id": offer, "event": event, "because": reason}
    insert(session, "audit_logs", shop_id=slot.shop_id, **values | more)


def three_offers(session: Session, shop: Built, *, sold: bool) -> RecoveryRows:
    """Inserts three offers: Ana said NO, Ben's card was declined three times, and Cara is asked or has paid.

    Five more customers can be asked.
    """
    scene = an_offered_slot(session, shop)
    note(session, scene, "SlotOpened", "A paid appointment was cancelled; its time is offered to other customers.")
    endings = {"Ana": "declined", "Ben": "declined", "Cara": "accepted" if sold else "sent"}
    for name, status in endings.items():
        who = scene.asked if name == "Ana" else a_customer(session, shop, name=name)
        live = {"status": status, "ended_at": None if status == "sent" else in_()}
        offer = scene.offer if name == "Ana" else an_offer(session, scene.slot, who, **live)
        note(session, scene, "CustomerChosen", "First in line among the customers who can be asked now.", offer)
        a_message(
            session, who, slot_opening_id=scene.slot.id, slot_offer_id=offer.id, purpose="offer", status="delivered"
        )
        if name == "Ana":
            insert_end(session, offer)
            note(session, scene, "OfferDeclined", "The customer said no.", offer)
        if name == "Ben":
            note(session, scene, "OfferAccepted", "The customer said YES in time.", offer)
            for _ in range(3):
                note(session, scene, "PaymentDeclined", "The card was declined without a reason.", offer)
            note(session, scene, "PaymentCancelled", "The payment failed and can no longer succeed.", offer)
        if name == "Cara" and sold:
            note(session, scene, "OfferAccepted", "The customer said YES in time.", offer)
            booking = an_appointment(
                session, who, starts_at=scene.slot.starts_at, source_slot_opening_id=scene.slot.id
            )
            a_payment(session, booking)
            note(session, scene, "PaymentSucceeded", "The deposit is paid.", offer, appointment_id=booking.id)
            note(session, scene, "recovered", "A cancelled appointment was sold again.")
            session.connection().exec_driver_sql(
                "UPDATE slot_openings SET status = 'filled' WHERE id = %s", (scene.slot.id,)
            )
    for days in range(5, 10):
        a_settled_booking(session, a_customer(session, shop), days_ago=days)
    session.commit()
    return scene


def insert_end(session: Session, offer: Built) -> None:
    session.connection().exec_driver_sql(
        "UPDATE slot_offers SET status = 'declined', ended_at = now() WHERE id = %s", (offer.id,)
    )


@pytest.mark.long
@pytest.mark.parametrize("sold", [True, pytest.param(False, marks=pytest.mark.long)])
def test_a_slot_with_three_offers_fits_into_two_screens(
    session: Session, browser: Browser, site: str, salon: Built, mia: Built, sold: bool
) -> None:
    scene = three_offers(session, salon, sold=sold)
    with window(browser, site, viewport=SCREEN) as page:
        sign_in(page, session, mia)
        page.goto(f"/app/slot-openings/{scene.slot.id}")
        assert page.locator("[id^=offer-]").count() == 3
        assert page.evaluate("document.documentElement.scrollHeight") <= 2 * SCREEN["height"]


def lowest(page: Page, *selectors: str) -> float:
    """Returns the bottom edge of the lowest visible element, in pixels from the top."""
    boxes = [one.bounding_box() for selector in selectors for one in page.locator(selector).all()]
    return max(box["y"] + box["height"] for box in boxes if box)


@pytest.mark.long
@pytest.mark.parametrize(
    ("screen", "busy"),
    [
        pytest.param(HAND, True, id="360-busy"),
        pytest.param(SCREEN, True, id="1280-busy", marks=pytest.mark.long),
        pytest.param(HAND, False, id="360-quiet", marks=pytest.mark.long),
        pytest.param(SCREEN, False, id="1280-quiet", marks=pytest.mark.long),
    ],
)
def test_the_overview_answers_without_scrolling(
    session: Session, browser: Browser, site: str, salon: Built, mia: Built, screen: dict[str, int], busy: bool
) -> None:
    if busy:
        a_busy_shop(session, salon)
        for hours in (26, 28, 30):
            an_offered_slot(session, salon, name="Alexandra Katharina Montgomery", starts_at=in_(hours=hours))
        alert = "A slot was not resold: its deposit can't be charged. Correct it in the settings, then start again."
        for _ in range(3):
            insert(session, "notifications", shop_id=salon.id, text=alert, kind="needs_human")
        session.commit()
    with window(browser, site, viewport=screen) as page:
        sign_in(page, session, mia)
        page.goto("/app/")
        assert lowest(page, "#now-title", ".now-list", ".calm-line", ".figure--first") <= screen["height"]
        if busy:
            assert page.locator(".now-item a").first.is_visible()
            assert page.locator(".now-item--alert").first.is_visible()
