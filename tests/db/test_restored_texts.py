"""Texts that only the carrier's list contains are assigned to the right message and customer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from db.messages import messages, restored_texts
from db.messages.restored_texts import SentText
from domain.channels import Channel
from tests.builders import Built, a_customer, a_message, a_number, a_shop, reload

INSTALLATION = "+447700900999"
BY_WHATSAPP = {"channel": "whatsapp", "from_address": INSTALLATION}


def sent(to: Built, sender: str | None, words: str = "See you at ten", **values: object) -> SentText:
    usual = SentText("SM1", Channel.SMS, str(sender), False, to.phone, words, datetime.now(UTC))
    return replace(usual, **values)  # type: ignore[arg-type]


def by_whatsapp(to: Built, words: str) -> SentText:
    return sent(to, INSTALLATION, words, channel=Channel.WHATSAPP, shared=True)


def recorded(session: Session) -> list[Built]:
    return list(session.execute(text("SELECT * FROM messages WHERE purpose = 'sent_before_restore'")))


def test_a_text_belongs_to_the_shop_whose_number_sent_it(session: Session) -> None:
    without, shop = a_shop(session, sms_from=None), a_shop(session)
    phone = a_number()
    theirs, ours = (a_customer(session, one, phone=phone) for one in (without, shop))

    assert restored_texts.note(session, sent(ours, shop.sms_from)) == "recorded"

    assert [row.customer_id for row in recorded(session)] == [ours.id]
    assert reload(session, "customers", theirs.id).last_asked_at is None
    assert reload(session, "customers", ours.id).last_asked_at is not None


def test_a_shared_number_is_that_of_the_shop_that_wrote_last(session: Session) -> None:
    phone = a_number()
    _first, second = (a_customer(session, a_shop(session), phone=phone) for _ in range(2))
    lost = by_whatsapp(second, "See you")
    assert restored_texts.note(session, lost) is None
    assert recorded(session) == []

    a_message(session, second, purpose="offer", body="Free?", status="delivered", **BY_WHATSAPP)
    assert restored_texts.note(session, replace(lost, at=datetime.now(UTC))) == "recorded"
    assert [row.customer_id for row in recorded(session)] == [second.id]


def test_the_words_are_not_kept(session: Session) -> None:
    shop = a_shop(session)
    ana = a_customer(session, shop)
    restored_texts.note(session, sent(ana, shop.sms_from, "Your code: 123456"))
    assert [("123456" in str(row), row.body) for row in recorded(session)] == [(False, "")]


def test_the_same_text_is_noted_once(session: Session) -> None:
    shop = a_shop(session)
    ana = a_customer(session, shop)
    one = sent(ana, shop.sms_from)
    restored_texts.note(session, one)
    waiting = a_message(session, ana, from_address=shop.sms_from, body=one.words)

    assert restored_texts.note(session, one) is None
    assert reload(session, "messages", waiting.id).status == "queued"


@pytest.mark.parametrize(
    ("passed", "of_the_same_shop", "status"),
    [
        (timedelta(hours=1), True, "expired"),
        (timedelta(hours=25), True, "sending"),
        (timedelta(hours=1), False, "sending"),
    ],
)
def test_the_same_words_wait_a_day_in_the_same_shop(
    session: Session, passed: timedelta, of_the_same_shop: bool, status: str
) -> None:
    shop, other = a_shop(session), a_shop(session)
    ana = a_customer(session, shop)
    restored_texts.note(session, sent(ana, shop.sms_from, at=datetime.now(UTC) - passed))
    sender = ana if of_the_same_shop else a_customer(session, other, phone=ana.phone)
    again = a_message(session, sender, purpose="answer", from_address=shop.sms_from, body="See you at ten ")

    messages.claim(session, again.id)

    assert reload(session, "messages", again.id).status == status


@pytest.mark.parametrize(("words", "outcome"), [("See you", "matched"), ("Bring a friend. See you", "recorded")])
def test_a_message_that_waits_matches_its_own_words_only(session: Session, words: str, outcome: str) -> None:
    shop = a_shop(session)
    ana = a_customer(session, shop)
    a_message(session, ana, from_address=shop.sms_from, body="See you")
    assert restored_texts.note(session, sent(ana, shop.sms_from, words)) == outcome


def test_the_same_words_come_before_an_older_template(session: Session) -> None:
    ana = a_customer(session, a_shop(session))
    template = a_message(session, ana, body="Free?", template={"content_sid": "HX1"}, **BY_WHATSAPP)
    same = a_message(session, ana, body="See you", **BY_WHATSAPP)
    assert restored_texts.note(session, by_whatsapp(ana, "See you")) == "matched"
    assert [reload(session, "messages", one.id).status for one in (template, same)] == ["queued", "sent"]


@pytest.mark.parametrize(("waiting", "outcome"), [(1, "matched"), (2, "recorded")])
def test_a_template_matches_other_words_only_if_no_other_waits(session: Session, waiting: int, outcome: str) -> None:
    ana = a_customer(session, a_shop(session))
    for number in range(waiting):
        a_message(session, ana, body=f"Free? {number}", template={"content_sid": "HX1"}, **BY_WHATSAPP)
    assert restored_texts.note(session, by_whatsapp(ana, "A time is free")) == outcome
