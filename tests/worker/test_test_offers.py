"""A test offer is sent to a member's own phone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from db.recoveries import test_offers
from messaging.staff_messages import write_test_offer
from tests.builders import a_number, a_shop, a_staff_member, insert


@pytest.mark.parametrize(("own", "words"), [(None, "A slot opened "), ("Free {{ when }} at {{ shop }}", "Free ")])
def test_the_offer_is_read_as_a_customer_reads_it(session: Session, own: str | None, words: str) -> None:
    shop = a_shop(session, name="Salon Lou", timezone="Europe/London", deposit_cents=2000)
    mia = a_staff_member(session, shop, phone="+447700900456")
    if own:
        insert(session, "shop_texts", shop_id=shop.id, kind="offer", language="en", body=own)
    member = test_offers.recipient(session, mia.id)
    assert member is not None
    assert write_test_offer(session, member) == "written"
    (sent,) = session.execute(text("SELECT to_address, from_address, body, staff_id FROM messages")).all()
    assert (sent.to_address, sent.from_address, sent.staff_id) == ("+447700900456", shop.sms_from, mia.id)
    assert sent.body.startswith(f"Test from Salon Lou. Customers receive: {words}")
    assert session.execute(text("SELECT test_offer_at FROM shops")).scalar_one() <= datetime.now(UTC)


def test_two_clicks_send_one_text(session: Session) -> None:
    mia = a_staff_member(session, a_shop(session), phone=a_number())
    for _ in range(2):
        member = test_offers.recipient(session, mia.id)
        assert member is not None
        write_test_offer(session, member)
    assert session.execute(text("SELECT count(*) FROM messages")).scalar_one() == 1


@pytest.mark.parametrize("member", [{"phone": None, "email": "mia@example.com"}, {"confirmed_at": None}])
def test_no_address_that_nobody_confirmed_gets_one(session: Session, member: dict[str, object]) -> None:
    mia = a_staff_member(session, a_shop(session), **({"phone": a_number()} | member))
    assert test_offers.recipient(session, mia.id) is None


def test_a_shop_without_a_number_sends_none(session: Session) -> None:
    mia = a_staff_member(session, a_shop(session, sms_from=None), phone=a_number())
    member = test_offers.recipient(session, mia.id)
    assert member is not None
    assert write_test_offer(session, member) == "no sender"
    assert session.execute(text("SELECT test_offer_at FROM shops")).scalar_one() is None
