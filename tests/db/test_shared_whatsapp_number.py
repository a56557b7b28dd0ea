"""If several shops share a WhatsApp number, a reply belongs to the shop that sent the last message."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from db.recoveries import offers
from intake import incoming_texts
from providers.twilio.webhook_forms import read_text
from tests.builders import a_customer, a_message, a_shop, a_slot, an_offer, in_

SHARED, ANA = "+447700900001", "+447700900555"


@pytest.mark.parametrize(
    ("status", "minutes"),
    [
        ("queued", None),
        ("suppressed", 0),
        ("expired", 0),
        ("failed", 0),
        # This text was sent after the customer's reply.
        ("sent", 5),
    ],
)
def test_a_reply_does_not_refer_to_a_text_that_was_not_received(session, status, minutes):
    later = {"status": status, "claimed_at": None if minutes is None else in_(minutes=minutes)}
    offered = []
    for number, sent in ((0, {"status": "delivered", "claimed_at": in_(minutes=-5)}), (1, later)):
        shop = a_shop(session, sms_from=f"+44770090001{number}")
        ana = a_customer(session, shop, phone=ANA, whatsapp_opt_in=True)
        offer = an_offer(session, a_slot(session, shop), ana, channel="whatsapp", created_at=in_(minutes=-6 + number))
        whatsapp = {"channel": "whatsapp", "from_address": SHARED, "created_at": in_(minutes=-6 + number)}
        a_message(session, ana, **whatsapp, **sent, slot_offer_id=offer.id, purpose="offer", direction="outbound")
        offered.append(offer)
    reply = offers.replied(session, from_=ANA, to=SHARED, written_at=in_())
    assert reply.offer_id == offered[0].id


def test_a_listed_text_is_recorded_for_the_shop_that_had_written_by_then(session):
    shops = []
    for number, sent_at in ((0, in_(minutes=-5)), (1, in_(minutes=5))):
        shop = a_shop(session, sms_from=f"+44770090001{number}")
        ana = a_customer(session, shop, phone=ANA, whatsapp_opt_in=True)
        whatsapp = {"channel": "whatsapp", "from_address": SHARED, "direction": "outbound", "purpose": "offer"}
        a_message(session, ana, **whatsapp, status="delivered", claimed_at=sent_at, created_at=sent_at)
        shops.append(shop)
    form = {"MessageSid": "SM" + "1" * 32, "From": f"whatsapp:{ANA}", "To": f"whatsapp:{SHARED}", "Body": "YES"}
    listed = read_text(form | {"DateSent": in_().isoformat()})
    id = incoming_texts.record_listed(session, listed)
    recorded = session.execute(text("SELECT shop_id FROM webhook_events WHERE id = :id"), {"id": id}).scalar_one()
    assert recorded == shops[0].id
