"""What members of staff are sent: the code they asked for, and word of what needs a human."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from db import pending_tasks
from db.dashboard import codes
from domain.effects import Severity, TellStaff
from domain.sign_in import code_of
from tests.builders import a_number, a_shop, a_staff_member
from tests.jobs.floor import Floor, Outside
from worker.effects import tell_staff


def ask(session: Session, floor: Floor, who: str) -> str:
    """The code that somebody asks for, as the web would know it."""
    code_id = uuid4()
    codes.ask(session, code_id=code_id, who=who, browser_hash="a browser")
    pending_tasks.add(session, "send_sign_in_code", code_id)
    session.commit()
    row = session.execute(text("SELECT nonce FROM otp_codes WHERE id = :id"), {"id": code_id}).one_or_none()
    key = floor.tools.settings.staff.secret_key.get_secret_value()
    return code_of(key, code_id, row.nonce) if row else ""


def test_a_code_comes_by_text(session: Session, floor: Floor, outside: Outside) -> None:
    mia = a_staff_member(session, a_shop(session), phone=a_number())
    code = ask(session, floor, mia.phone)
    floor.work_off()
    (sent,) = outside.texts(mia.phone)
    assert re.findall(r"\d{6}", sent["Body"]) == [code]


def test_a_code_comes_by_email(session: Session, floor: Floor, outside: Outside) -> None:
    mia = a_staff_member(session, a_shop(session), email="mia@salon.example")
    code = ask(session, floor, mia.email.upper())
    floor.work_off()
    (sent,) = outside.emails(mia.email)
    assert code in sent["text"]


def test_a_stranger_gets_nothing(session: Session, floor: Floor, outside: Outside) -> None:
    assert ask(session, floor, a_number()) == ""
    floor.work_off()
    assert not outside.texts()


def test_two_members_with_one_address_get_one_e_mail(session: Session, floor: Floor, outside: Outside) -> None:
    shop = a_shop(session)
    for address in ("desk@salon.example", "Desk@Salon.example ", "mia@salon.example"):
        a_staff_member(session, shop, email=address)
    for _ in range(2):
        tell_staff(
            session, shop_id=shop.id, effect=TellStaff("dispute", "A dispute.", Severity.CRITICAL), dedupe_key="one"
        )
        pending_tasks.add(session, "alert_staff", shop.id)
        session.commit()
        floor.work_off()
    assert sorted(letter["to"][0].lower().strip() for letter in outside.emails()) == [
        "desk@salon.example",
        "mia@salon.example",
    ]


@pytest.mark.parametrize(("kind", "letters"), [("needs_human", 1), ("recovered", 0)])
def test_what_needs_a_human_is_emailed_once(
    session: Session, floor: Floor, outside: Outside, kind: str, letters: int
) -> None:
    shop = a_shop(session)
    a_staff_member(session, shop, email="mia@salon.example")
    a_staff_member(session, shop, email="kim@salon.example", email_alerts=False)
    for _ in range(2):
        tell_staff(
            session, shop_id=shop.id, effect=TellStaff(kind, "Money is stuck.", Severity.CRITICAL), dedupe_key="one"
        )
    pending_tasks.add(session, "alert_staff", shop.id)
    session.commit()
    floor.work_off()
    sent = outside.emails()
    assert len(sent) == letters
    assert all("Money is stuck." in letter["text"] for letter in sent)
