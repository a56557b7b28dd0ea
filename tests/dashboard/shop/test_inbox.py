"""The inbox: a text that needs a person is listed and answered once, and customers who opted out get no answer."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from db.messages import conversations
from db.messages.conversations import InboundMessage
from db.sessions import as_dashboard
from tests.builders import Built, a_customer, a_message, a_number, a_shop, a_staff_member, a_suppression, insert
from tests.dashboard.shop.conftest import StaffBrowser
from tests.dashboard.shop.test_forms import is_refused

REPLY_ID = re.compile(r'name="reply_id" value="([^"]+)"')


def receive(session: Session, shop: Built, customer: Built | None, body: str, **more: Any) -> Any:
    address = more.pop("address", None) or (customer.phone if customer else a_number())
    needs_person = more.pop("needs_person", True)
    sid = f"SM{a_number()[1:]}"
    insert(
        session,
        "messages",
        shop_id=shop.id,
        customer_id=customer.id if customer else None,
        direction="inbound",
        status="received",
        body=body,
        from_address=address,
        provider_id=sid,
    )
    inbound = InboundMessage(shop.id, sid, "sms", address, customer.id if customer else None)
    found = conversations.receive(session, inbound, needs_person=needs_person)
    session.commit()
    return found


@pytest.fixture
def ana(session: Session, salon: Built) -> Built:
    customer = a_customer(session, salon, name="Ana Ruiz")
    session.commit()
    return customer


@pytest.fixture
def asked(session: Session, salon: Built, ana: Built) -> Any:
    """The conversation opened by Ana's question."""
    return receive(session, salon, ana, "Can I move to 3pm?")


def sent(session: Session) -> list[Built]:
    session.rollback()
    return list(session.execute(text("SELECT * FROM messages WHERE purpose = 'staff_reply'")))


def reply(desk: StaffBrowser, conversation: Any, body: str = "Of course.") -> Any:
    page = f"/app/inbox/{conversation}"
    found = REPLY_ID.search(desk.get(page).text)
    assert found
    return desk.post(f"{page}/reply", form=page, body=body, reply_id=found[1])


def test_a_text_is_in_the_inbox_with_its_sender(desk: StaffBrowser, asked: Any) -> None:
    page = desk.get("/app/inbox").text
    assert "Ana Ruiz" in page
    assert "Can I move to 3pm?" in page
    assert "1 new" in page
    assert re.search(r'Inbox <span class="count figures">1', desk.get("/app").text) or "1<span" in page


def test_a_reply_is_sent_once_to_the_number_it_came_from(
    desk: StaffBrowser, session: Session, salon: Built, ana: Built, asked: Any
) -> None:
    page = f"/app/inbox/{asked}"
    found = REPLY_ID.search(desk.get(page).text)
    assert found
    for _ in range(2):
        assert desk.post(f"{page}/reply", form=page, body="Yes, 3pm.", reply_id=found[1]).status_code == 303
    (message,) = sent(session)
    assert (message.to_address, message.from_address, message.body) == (ana.phone, salon.sms_from, "Yes, 3pm.")
    tasks = session.execute(text("SELECT count(*) FROM pending_tasks WHERE name = 'send_message'")).scalar_one()
    assert tasks == 1
    assert "Yes, 3pm." in desk.get(page).text


def test_nobody_who_opted_out_is_answered(
    desk: StaffBrowser, session: Session, salon: Built, ana: Built, asked: Any
) -> None:
    page = f"/app/inbox/{asked}"
    found = REPLY_ID.search(desk.get(page).text)
    a_suppression(session, salon, ana.phone)
    session.commit()
    assert found
    answer = desk.post(f"{page}/reply", form="/app/inbox", body="Hello", reply_id=found[1])
    assert answer.status_code == 422
    assert "opted out" in answer.text
    assert sent(session) == []
    assert "<textarea" not in desk.get(page).text


def test_an_empty_or_long_reply_is_refused_beside_its_field(desk: StaffBrowser, session: Session, asked: Any) -> None:
    assert "first" in is_refused(reply(desk, asked, "  "), "body")
    assert "1000" in is_refused(reply(desk, asked, "x" * 1001), "body")
    assert sent(session) == []


def test_thanks_after_a_reply_belong_to_the_conversation(
    desk: StaffBrowser, session: Session, salon: Built, ana: Built, asked: Any
) -> None:
    reply(desk, asked)
    desk.post(f"/app/inbox/{asked}/status", form="/app/inbox", status="done")
    assert receive(session, salon, ana, "thanks!", needs_person=False) == asked
    assert "thanks!" in desk.get("/app/inbox").text


def test_a_courtesy_without_a_conversation_opens_none(session: Session, salon: Built, ana: Built) -> None:
    assert receive(session, salon, ana, "thanks!", needs_person=False) is None


def test_a_new_number_opens_a_conversation(desk: StaffBrowser, session: Session, salon: Built) -> None:
    number = a_number()
    receive(session, salon, None, "Do you do beards?", address=number)
    assert number in desk.get("/app/inbox").text


def test_done_and_assigned_conversations_are_under_their_tabs(desk: StaffBrowser, asked: Any) -> None:
    desk.post(f"/app/inbox/{asked}/assign", form="/app/inbox")
    assert "Ana Ruiz" in desk.get("/app/inbox?tab=mine").text
    desk.post(f"/app/inbox/{asked}/status", form="/app/inbox", status="done")
    assert "Ana Ruiz" not in desk.get("/app/inbox").text
    assert "Ana Ruiz" in desk.get("/app/inbox?tab=done").text


def test_those_who_only_look_see_no_number_and_cannot_reply(
    stranger: StaffBrowser, session: Session, salon: Built, ana: Built, asked: Any
) -> None:
    viewer = a_staff_member(session, salon, phone=a_number(), email="v@salon.example", role="read_only")
    session.commit()
    desk = stranger.signs_in(viewer)
    page = desk.get(f"/app/inbox/{asked}").text
    assert ana.phone not in page
    assert "<textarea" not in page
    assert desk.post(f"/app/inbox/{asked}/reply", form="/app/inbox", body="x", reply_id=str(asked)).status_code == 403


def test_another_shops_conversation_is_not_found(desk: StaffBrowser, session: Session) -> None:
    other = a_shop(session)
    theirs = receive(session, other, a_customer(session, other), "Secret")
    assert desk.get(f"/app/inbox/{theirs}").status_code == 404
    for what in ("read", "status", "assign", "reply"):
        answer = desk.post(f"/app/inbox/{theirs}/{what}", form="/app/inbox", body="x", reply_id=str(theirs))
        assert answer.status_code in (303, 404)
    session.rollback()
    row = session.execute(text("SELECT unread, status, assigned_to FROM conversations")).one()
    assert tuple(row) == (1, "open", None)


def test_the_pages_role_may_write_a_reply_and_no_other_text(session: Session, salon: Built, ana: Built) -> None:
    as_dashboard(session, salon.id)
    with pytest.raises(DBAPIError, match="row-level security"):
        insert(
            session,
            "messages",
            shop_id=salon.id,
            customer_id=ana.id,
            purpose="offer",
            purpose_key="offer:1",
            to_address=ana.phone,
            from_address=salon.sms_from,
            body="x",
        )


def test_the_thread_shows_the_offer_that_the_text_is_about(
    desk: StaffBrowser, session: Session, ana: Built, asked: Any
) -> None:
    a_message(session, ana, body="A slot opened tomorrow at 10:30.", status="delivered", purpose="offer")
    session.commit()
    page = desk.get(f"/app/inbox/{asked}").text
    assert "A slot opened tomorrow at 10:30." in page
    assert "sent automatically" in page
