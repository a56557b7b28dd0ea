"""Lists the paths of all pages of the dashboard and inserts the rows that these pages show."""

from __future__ import annotations

import re

from sqlalchemy.orm import Session

from dashboard.shop.settings.sections import SECTIONS
from providers.calendars.registry import PROVIDERS
from tests.builders import Built, a_customer, a_performer, a_slot, in_, insert
from tests.dashboard.shop.scenes import RecoveryRows

NO_PAGE = re.compile(r"\.csv$|\.json$|/callback$|/stream\b|/invitations/|/login/code$")
"""Routes of downloads, streams, provider callbacks and pages for visitors who are not signed in."""


def every_page(session: Session, shop: Built, staff: Built, busy: dict[str, RecoveryRows]) -> list[str]:
    """Inserts the rows that the pages show, and returns the paths."""
    found, offered = busy["recovered"], busy["offered"]
    assert found.booking is not None
    next_one = a_customer(session, shop, name="Dora Lind")
    freed = {"freed_by_slot_opening_id": offered.slot.id, "chain_depth": 1}
    later = a_slot(session, shop, starts_at=in_(hours=90), **freed)
    ids = {
        name: insert(session, table, shop_id=shop.id, **values).id
        for name, table, values in (
            ("service", "services", {"name": "Cut", "duration_minutes": 30}),
            ("conversation", "conversations", {"address": next_one.phone, "customer_id": next_one.id, "unread": 1}),
            ("endpoint", "webhook_endpoints", {"url": "https://hooks.example/", "secret": "x"}),
            ("calendar", "calendars", {"kind": "calcom", "name": "Cal.com"}),
        )
    }
    insert(session, "waitlist_entries", shop_id=shop.id, customer_id=next_one.id)
    payment = insert(
        session,
        "payments",
        shop_id=shop.id,
        appointment_id=found.booking.id,
        amount_cents=2000,
        currency="gbp",
        status="succeeded",
        attempt=2,
        stripe_payment_intent_id="pi_every_page",
    )
    performer = a_performer(session, shop, name="Jonas")
    session.commit()
    booking, customer, slot = (
        f"/app/appointments/{found.booking.id}",
        f"/app/customers/{found.asked.id}",
        f"/app/slot-openings/{offered.slot.id}",
    )
    place = "/app/settings"
    return [
        *(
            "/app/",
            "/app/?period=week",
            "/app/appointments",
            "/app/appointments?q=nobody",
            "/app/appointments/import",
        ),
        *(booking, f"{booking}/cancel", f"{booking}/move", f"{booking}/payments/{payment.id}/refund"),
        *("/app/calendar", "/app/calendar?view=week", "/app/calendar/new"),
        *("/app/customers", "/app/customers?q=nobody", "/app/customers/import", "/app/customers/new"),
        *(f"{customer}{part}" for part in ("", "/edit", "/erase", "/merge", "/merge?q=a", "/opt-out", "/waitlist")),
        *("/app/inbox", f"/app/inbox/{ids['conversation']}", "/app/notifications", "/app/notifications?show=unread"),
        *(f"/app/slot-openings/{scene.slot.id}" for scene in busy.values()),
        *(f"{slot}{part}" for part in ("?steps=all", "?who=a", "/stop", "/ask_next", "/sold_by_hand")),
        *(f"{slot}/customers/{next_one.id}/{action}" for action in ("pick", "skip")),
        *(f"/app/slot-openings/{later.id}", f"/app/slot-openings/{later.id}/chain"),
        *("/app/start", "/app/shops", "/app/waitlist", "/app/waitlist/import", "/app/customers/nobody"),
        *(place, *(f"{place}/{section.slug}" for section in SECTIONS)),
        *(f"{place}/people/{staff.id}", f"{place}/performers/{performer.id}", f"{place}/services/{ids['service']}"),
        *(f"{place}/texts?language=fr", f"{place}/texts/offer?language=fr", f"{place}/texts/confirmation"),
        *(f"{place}/calendars/{ids['calendar']}", f"{place}/calendars/{ids['calendar']}/reconnect"),
        *(f"{place}/calendars/connect?kind={kind}" for kind in PROVIDERS),
        *(f"{place}/calendars/connect?kind={kind}&by=token" for kind in ("square", "google")),
        *(f"{place}/webhooks/{ids['endpoint']}", "/app/login?again=1"),
    ]
