"""Triggers maintain the columns that summarise a customer's history, whichever program writes the rows."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.builders import a_customer, a_shop, a_slot, an_appointment, an_offer, in_, reload


def change(session, table, row, what):
    session.execute(text(f"UPDATE {table} SET {what} WHERE id = :id"), {"id": row.id})


def test_the_most_recent_settled_booking_counts(session, ana):
    an_appointment(session, ana, starts_at=in_(-48), status="settled")
    an_appointment(session, ana, starts_at=in_(-96), status="settled")
    an_appointment(session, ana, starts_at=in_(-24), status="voided")
    assert reload(session, "customers", ana.id).last_settled_at == in_(-48)


def test_a_booking_counts_from_when_it_is_settled(session, ana):
    booking = an_appointment(session, ana, starts_at=in_(-48))
    assert reload(session, "customers", ana.id).last_settled_at is None
    change(session, "appointments", booking, "status = 'settled'")
    assert reload(session, "customers", ana.id).last_settled_at == in_(-48)


@pytest.mark.parametrize("what", ["status = 'voided'", "starts_at = starts_at - interval '99 days'"])
def test_a_settled_booking_that_is_undone_no_longer_counts(session, ana, what):
    an_appointment(session, ana, starts_at=in_(-96), status="settled")
    latest = an_appointment(session, ana, starts_at=in_(-48), status="settled")
    change(session, "appointments", latest, what)
    assert reload(session, "customers", ana.id).last_settled_at == in_(-96)


def test_a_settled_booking_given_to_another_customer_counts_for_that_one(session, ana):
    ben = a_customer(session, reload(session, "shops", ana.shop_id), name="Ben")
    booking = an_appointment(session, ana, starts_at=in_(-48), status="settled")
    session.execute(
        text("UPDATE appointments SET customer_id = :ben WHERE id = :id"), {"ben": ben.id, "id": booking.id}
    )
    assert reload(session, "customers", ana.id).last_settled_at is None
    assert reload(session, "customers", ben.id).last_settled_at == in_(-48)


def test_a_deleted_booking_counts_no_more(session, ana):
    booking = an_appointment(session, ana, starts_at=in_(-48), status="settled")
    session.execute(text("DELETE FROM appointments WHERE id = :id"), {"id": booking.id})
    assert reload(session, "customers", ana.id).last_settled_at is None


def test_the_cooldown_is_as_long_as_the_shop_chooses(session, slot, ana):
    offer = an_offer(session, slot, ana, sent_at=in_())
    assert offer.cooldown_until == in_(24)
    asked = reload(session, "customers", ana.id)
    assert (asked.last_asked_at, asked.cooldown_until) == (in_(), in_(24))


def test_a_shop_without_a_cooldown_sets_none(session):
    shop = a_shop(session, cooldown_hours=0)
    ana = a_customer(session, shop)
    offer = an_offer(session, a_slot(session, shop), ana)
    assert offer.cooldown_until is None
    assert reload(session, "customers", ana.id).cooldown_until is None


def test_a_later_change_of_the_policy_moves_no_cooldown(session, slot, ana):
    an_offer(session, slot, ana, sent_at=in_())
    session.execute(text("UPDATE shops SET cooldown_hours = 1"))
    session.execute(text("UPDATE slot_offers SET status = 'expired'"))
    assert reload(session, "customers", ana.id).cooldown_until == in_(24)


def test_the_cooldown_starts_with_the_text_not_with_the_decision(session, slot, ana):
    offer = an_offer(session, slot, ana, status="pending", sent_at=None)
    change(session, "slot_offers", offer, "status = 'sent', sent_at = created_at + interval '5 minutes'")
    moved = reload(session, "slot_offers", offer.id).cooldown_until - offer.cooldown_until
    assert moved == timedelta(minutes=5)
    assert reload(session, "customers", ana.id).cooldown_until == offer.cooldown_until + moved


def test_an_undeliverable_offer_removes_its_cooldown(session, slot, ana):
    earlier = a_slot(session, reload(session, "shops", ana.shop_id), starts_at=in_(72))
    an_offer(session, earlier, ana, status="expired", sent_at=in_(-20))
    offer = an_offer(session, slot, ana)
    change(session, "slot_offers", offer, "status = 'failed'")
    left = reload(session, "customers", ana.id)
    assert (left.last_asked_at, left.cooldown_until) == (in_(-20), in_(4))


def test_a_cooldown_that_ended_before_the_insert_is_not_set(session, slot, ana):
    an_offer(session, slot, ana, status="expired", sent_at=in_(-48))
    assert reload(session, "customers", ana.id).cooldown_until is None


def test_an_offer_that_is_not_inserted_because_of_a_conflict_sets_no_cooldown(session, slot, ana):
    ben = a_customer(session, reload(session, "shops", ana.shop_id), name="Ben")
    an_offer(session, slot, ana)
    session.execute(
        text(
            "INSERT INTO slot_offers (shop_id, slot_opening_id, customer_id, status)"
            " VALUES (:shop, :slot, :ben, 'sent') ON CONFLICT DO NOTHING"
        ),
        {"shop": ana.shop_id, "slot": slot.id, "ben": ben.id},
    )
    assert reload(session, "customers", ben.id).cooldown_until is None
