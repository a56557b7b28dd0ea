"""A chain of move-ups is summarised on one page, to which each slot of the chain links."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.builders import Built, a_customer, a_shop, a_slot, an_appointment, in_
from tests.dashboard.shop.conftest import StaffBrowser

SENTENCE = "After one cancellation, three customers moved to earlier times, and the last free time was sold to Dana."
SOLD = text("UPDATE slot_openings SET status = 'filled' WHERE id = :id")


@pytest.fixture
def slots(session: Session, salon: Built) -> list[Built]:
    return a_chain(session, salon)


def a_chain(session: Session, shop: Built) -> list[Built]:
    """Inserts a chain: Ana, Ben and Cleo moved up after Zoe's cancellation, and Dana booked the last free time."""
    zoe = a_customer(session, shop, name="Zoe")
    source = an_appointment(session, zoe, starts_at=in_(30), status="cancelled")
    made, freed = [], source
    for depth, name in enumerate(("Ana", "Ben", "Cleo", "Dana")):
        before = made[-1].id if made else None
        slot = a_slot(
            session,
            shop,
            starts_at=freed.starts_at,
            source_appointment_id=freed.id,
            chain_depth=depth,
            freed_by_slot_opening_id=before,
        )
        who = a_customer(session, shop, name=name)
        old = None
        if name != "Dana":
            later = freed.starts_at + timedelta(days=1)
            old = an_appointment(session, who, starts_at=later, status="cancelled", cancel_reason="moved up")
        an_appointment(
            session,
            who,
            starts_at=freed.starts_at,
            source_slot_opening_id=slot.id,
            moved_from_appointment_id=old and old.id,
        )
        session.execute(SOLD, {"id": slot.id})
        made.append(slot)
        freed = old or freed
    session.commit()
    return made


def test_the_chain_is_one_story_linked_from_each_slot(desk: StaffBrowser, slots: list[Built]) -> None:
    for slot in slots:
        page = desk.get(f"/app/slot-openings/{slot.id}").text
        assert SENTENCE in page
        assert f"/app/slot-openings/{slot.id}/chain" in page
    page = desk.get(f"/app/slot-openings/{slots[2].id}/chain").text
    story = page.partition('<ol class="chain">')[2].partition("</ol>")[0]
    sentences = ("Zoe cancelled.", "Ana</a> moved here", "Ben</a> moved here", "Cleo</a> moved here", "Sold to")
    places = [story.index(words) for words in sentences]
    assert places == sorted(places)
    assert [f"/app/slot-openings/{slot.id}" in story for slot in slots] == [True] * 4


def test_a_slot_by_itself_has_no_chain(desk: StaffBrowser, session: Session, salon: Built) -> None:
    slot = a_slot(session, salon)
    session.commit()
    assert "/chain" not in desk.get(f"/app/slot-openings/{slot.id}").text
    assert desk.get(f"/app/slot-openings/{slot.id}/chain").status_code == 404


def test_the_chain_of_another_shop_is_not_found(desk: StaffBrowser, session: Session) -> None:
    theirs = a_chain(session, a_shop(session))
    assert desk.get(f"/app/slot-openings/{theirs[0].id}/chain").status_code == 404
