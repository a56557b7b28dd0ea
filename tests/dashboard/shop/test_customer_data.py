"""The data of one customer can be exported, erased, and merged with a duplicate."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from db.customers import customer_merging, forgetting
from db.customers.customer_merging import MergeRefusedError
from tests.builders import (
    Built,
    a_customer,
    a_message,
    a_payment,
    a_shop,
    a_slot,
    an_appointment,
    an_offer,
    in_,
    insert,
    reload,
)
from tests.dashboard.shop.conftest import StaffBrowser


@pytest.fixture
def ana(session: Session, salon: Built) -> Built:
    customer = a_customer(session, salon, name="Ana Ruiz", email="ana@example.com")
    session.commit()
    return customer


@pytest.fixture
def twin(session: Session, salon: Built) -> Built:
    customer = a_customer(session, salon, name="ana ruiz", note="Left-handed")
    session.commit()
    return customer


def tasks(session: Session, name: str) -> list[list[str]]:
    session.rollback()
    return list(session.execute(text("SELECT args FROM pending_tasks WHERE name = :name"), {"name": name}).scalars())


def test_the_export_holds_everything_about_the_person_and_nobody_else(
    desk: StaffBrowser, session: Session, salon: Built, ana: Built
) -> None:
    paid = a_payment(session, an_appointment(session, ana, status="settled", starts_at=in_(hours=-50)))
    ours = {"shop_id": salon.id}
    insert(session, "refunds", **ours, payment_id=paid.id, amount_cents=500, reason="Came late", status="succeeded")
    wish = {"note": "Allergic to dye", "priority": 2, "priority_reason": "Regular", "consent_address": "192.0.2.7"}
    insert(session, "waitlist_entries", **ours, customer_id=ana.id, **wish)
    insert(session, "conversations", **ours, customer_id=ana.id, address="+15550199")
    skipped = {"slot_opening_id": a_slot(session, salon).id, "customer_id": ana.id, "choice": "skip"}
    insert(session, "slot_choices", **ours, **skipped)
    a_message(session, ana, body="Dear Ana")
    a_message(session, a_customer(session, salon), body="Dear Ben")
    session.commit()
    answer = desk.get(f"/app/customers/{ana.id}/data.json")
    content = json.loads(answer.text)
    assert content["customer"][0]["email"] == "ana@example.com"
    assert len(content["appointments"]) == len(content["payments"]) == 1
    assert {name for name, rows in content.items() if not rows} == {"offers", "opt_outs"}
    assert not [word for word in ("Came late", *map(str, wish.values())) if word not in answer.text]
    assert "Dear Ben" not in answer.text
    assert session.execute(text("SELECT count(*) FROM audit_logs WHERE event = 'CustomerExported'")).scalar_one() == 1


def test_erasing_is_requested_once_nothing_is_open(desk: StaffBrowser, session: Session, ana: Built) -> None:
    booking = an_appointment(session, ana)
    session.commit()
    assert "try again" in desk.get(f"/app/customers/{ana.id}/erase").text
    desk.post(f"/app/customers/{ana.id}/erase", form="/app/customers")
    assert tasks(session, "forget_customer") == []
    session.execute(text("UPDATE appointments SET status = 'cancelled' WHERE id = :id"), {"id": booking.id})
    session.commit()
    desk.post(f"/app/customers/{ana.id}/erase")
    assert [args[0] for args in tasks(session, "forget_customer")] == [str(ana.id)]


def test_a_duplicate_is_proposed_and_its_merge_requested(
    desk: StaffBrowser, session: Session, ana: Built, twin: Built
) -> None:
    page = f"/app/customers/{ana.id}/merge"
    assert str(twin.id) in desk.get(page).text
    desk.post(page, duplicate=str(twin.id))
    assert [args[:2] for args in tasks(session, "merge_customers")] == [[str(ana.id), str(twin.id)]]


def test_a_merge_moves_everything_and_erases_the_duplicate(
    session: Session, salon: Built, ana: Built, twin: Built
) -> None:
    booking = an_appointment(session, twin, starts_at=in_(hours=40))
    a_message(session, twin, body="Hello", status="delivered")
    slot = a_slot(session, salon, starts_at=in_(hours=60))
    both = a_slot(session, salon, starts_at=in_(hours=80))
    offer = an_offer(session, slot, twin, status="expired")
    an_offer(session, both, twin, status="expired")
    an_offer(session, both, ana, status="declined")
    session.execute(text("UPDATE appointments SET status = 'settled' WHERE id = :id"), {"id": booking.id})
    session.commit()
    customer_merging.merge(session, kept=ana.id, duplicate=twin.id)
    session.commit()
    assert reload(session, "appointments", booking.id).customer_id == ana.id
    assert reload(session, "slot_offers", offer.id).customer_id == ana.id
    kept, gone = reload(session, "customers", ana.id), reload(session, "customers", twin.id)
    assert (kept.email, kept.note) == ("ana@example.com", "Left-handed")
    assert kept.last_settled_at == booking.starts_at
    assert (gone.name, gone.phone) == ("", None)


def test_two_appointments_at_one_time_are_not_merged(session: Session, ana: Built, twin: Built, salon: Built) -> None:
    sam, kim = (
        session.execute(
            text("INSERT INTO performers (shop_id, name) VALUES (:id, :name) RETURNING id"),
            {"id": salon.id, "name": name},
        ).scalar_one()
        for name in ("Sam", "Kim")
    )
    an_appointment(session, ana, performer_id=sam, starts_at=in_(hours=40))
    an_appointment(session, twin, performer_id=kim, starts_at=in_(hours=40) + timedelta(minutes=30))
    session.commit()
    with pytest.raises(MergeRefusedError, match="same time"):
        customer_merging.merge(session, kept=ana.id, duplicate=twin.id)


def test_a_duplicate_with_an_open_offer_is_not_merged(
    session: Session, salon: Built, ana: Built, twin: Built
) -> None:
    an_offer(session, a_slot(session, salon), twin)
    with pytest.raises(MergeRefusedError, match="open offer"):
        customer_merging.merge(session, kept=ana.id, duplicate=twin.id)


def test_customers_of_two_shops_and_erased_ones_are_not_merged(session: Session, ana: Built, twin: Built) -> None:
    theirs = a_customer(session, a_shop(session))
    for duplicate in (theirs, ana):
        with pytest.raises(MergeRefusedError):
            customer_merging.merge(session, kept=ana.id, duplicate=duplicate.id)
    assert forgetting.forget(session, twin.id, by="operator")
    with pytest.raises(MergeRefusedError):
        customer_merging.merge(session, kept=ana.id, duplicate=twin.id)


def test_another_shops_customer_is_not_found(desk: StaffBrowser, session: Session, ana: Built) -> None:
    theirs = a_customer(session, a_shop(session))
    session.commit()
    for page in ("data.json", "erase", "merge"):
        assert desk.get(f"/app/customers/{theirs.id}/{page}").status_code == 404
    page = f"/app/customers/{ana.id}/merge"
    assert desk.post(page, duplicate=str(theirs.id)).status_code == 404
    assert tasks(session, "merge_customers") == []


def test_consent_without_a_number_is_not_kept_for_the_duplicates_number(
    session: Session, salon: Built, twin: Built
) -> None:
    kept = a_customer(session, salon, phone=None, sms_opt_in=True)
    customer_merging.merge(session, kept=kept.id, duplicate=twin.id)
    merged = reload(session, "customers", kept.id)
    assert (merged.phone, merged.sms_opt_in) == (twin.phone, False)


def test_an_erased_customer_is_not_listed_and_not_booked(desk: StaffBrowser, session: Session, ana: Built) -> None:
    assert forgetting.forget(session, ana.id, by="operator")
    session.commit()
    assert str(ana.id) not in desk.get("/app/customers").text
    form = {"day": "2031-05-01", "at": "10:00", "minutes": "30", "customer_id": str(ana.id)}
    answer = desk.post("/app/calendar/new", **form)
    assert answer.status_code == 422
    assert "data was erased" in answer.text
    assert session.execute(text("SELECT count(*) FROM appointments")).scalar_one() == 0


def test_a_merged_customer_is_found_by_the_external_id_of_the_duplicate(
    session: Session, salon: Built, ana: Built
) -> None:
    twin = a_customer(session, salon, external_id="crm-7")
    other = a_customer(session, salon, external_id="crm-8")
    customer_merging.merge(session, kept=ana.id, duplicate=twin.id)
    customer_merging.merge(session, kept=ana.id, duplicate=other.id)
    ids = [reload(session, "customers", one.id).external_id for one in (ana, twin, other)]
    assert ids == ["crm-7", None, None]


def test_erasing_removes_notes_about_visits(session: Session, ana: Built) -> None:
    visit = an_appointment(session, ana, starts_at=in_(hours=-50), status="settled", note="Told us about her divorce")
    assert forgetting.forget(session, ana.id, by="operator")
    assert reload(session, "appointments", visit.id).note is None
