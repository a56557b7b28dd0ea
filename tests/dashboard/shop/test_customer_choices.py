"""On a slot's page, staff skip a customer or choose the customer to ask next."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.builders import Built, a_customer, a_settled_booking, a_shop, a_slot, insert
from tests.dashboard.shop.conftest import StaffBrowser

TASKS = text("SELECT args FROM pending_tasks WHERE name = 'choose_customer' ORDER BY created_at")


@pytest.fixture
def slot(session: Session, salon: Built) -> Built:
    return a_slot(session, salon)


def customer(session: Session, salon: Built, name: str, **columns: object) -> Built:
    """Inserts a customer who visited three days ago."""
    made = a_customer(session, salon, name=name, **columns)
    a_settled_booking(session, made, days_ago=3)
    session.commit()
    return made


def test_staff_skip_or_pick_from_the_line(
    desk: StaffBrowser, session: Session, salon: Built, slot: Built, mia: Built
) -> None:
    ana = customer(session, salon, "Ana Silva")
    page = desk.get(f"/app/slot-openings/{slot.id}").text
    for action, words in (
        ("pick", "Ana Silva will get the offer right away"),
        ("skip", "Ana Silva won&#39;t be asked about this slot."),
    ):
        path = f"/app/slot-openings/{slot.id}/customers/{ana.id}/{action}"
        assert path in page
        assert words in desk.get(path).text
        assert desk.post(path, form=path).status_code == 303
    session.rollback()
    assert [row.args for row in session.execute(TASKS)] == [
        [str(slot.id), action, str(ana.id), str(mia.id)] for action in ("pick", "skip")
    ]


def test_the_page_of_a_pick_names_the_rule_that_forbids_it(
    desk: StaffBrowser, session: Session, salon: Built, slot: Built
) -> None:
    ana = customer(session, salon, "Ana Silva", sms_opt_in=False)
    page = desk.get(f"/app/slot-openings/{slot.id}/customers/{ana.id}/pick").text
    assert "Ana Silva can&#39;t be asked next. Has not agreed to texts." in page
    assert 'method="post"' not in page.partition("<main")[2].partition("</main>")[0]


def test_the_line_shows_who_was_chosen_and_the_search_who_was_skipped(
    desk: StaffBrowser, session: Session, salon: Built, slot: Built
) -> None:
    customer(session, salon, "Ana Silva")
    ben, cara = customer(session, salon, "Ben Okafor"), customer(session, salon, "Cara Lind")
    for who, choice in ((ben, "next"), (cara, "skip")):
        values = {"shop_id": salon.id, "slot_opening_id": slot.id, "customer_id": who.id}
        insert(session, "slot_choices", choice=choice, **values)
    session.commit()
    page = desk.get(f"/app/slot-openings/{slot.id}").text
    line = page.partition('id="next-title"')[2].partition("</ol>")[0]
    assert line.index("Ben Okafor") < line.index("Chosen by your team") < line.index("Ana Silva")
    assert "Cara Lind" not in line
    found = desk.get(f"/app/slot-openings/{slot.id}", query_string={"who": "Cara"}).text
    assert "Was skipped for this slot by your team." in found
    assert f"/customers/{cara.id}/unskip" in found
    assert "Can be asked." in desk.get(f"/app/slot-openings/{slot.id}", query_string={"who": "Ana"}).text


def test_nobody_of_another_shop_is_found(desk: StaffBrowser, session: Session, slot: Built) -> None:
    stranger = a_customer(session, a_shop(session), name="Zed")
    session.commit()
    path = f"/app/slot-openings/{slot.id}/customers/{stranger.id}/pick"
    assert desk.get(path).status_code == 404
    assert desk.post(path, form=f"/app/slot-openings/{slot.id}").status_code == 404


def test_without_the_right_to_act_there_are_no_buttons(
    desk: StaffBrowser, session: Session, salon: Built, slot: Built, mia: Built
) -> None:
    ana = customer(session, salon, "Ana Silva")
    session.execute(text("UPDATE staff SET role = 'read_only' WHERE id = :id"), {"id": mia.id})
    session.commit()
    assert "/pick" not in desk.get(f"/app/slot-openings/{slot.id}").text
    assert desk.get(f"/app/slot-openings/{slot.id}/customers/{ana.id}/pick").status_code == 403
