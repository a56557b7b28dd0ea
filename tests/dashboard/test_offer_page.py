"""The content of the offer page in each state, and the effect of its two buttons."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.builders import Built, a_customer, a_payment, a_performer, a_shop, a_slot, an_appointment, an_offer, insert
from tests.dashboard.scenes import FRIDAY, SALON, change, minutes_from_now

YES, NO, PAY, SEE = 'value="yes"', 'value="no"', 'href="/pay/', 'href="/manage/'
LATER = FRIDAY + timedelta(days=3)


@dataclass(frozen=True)
class Asked:
    """Ana, and the slot offered to her."""

    shop: Built
    ana: Built
    slot: Built
    offer: Built

    @property
    def page(self) -> str:
        return f"/offer/{self.offer.token}"


def asked(session: Session, slot: dict[str, Any] | None = None, **offer: Any) -> Asked:
    salon = a_shop(session, **SALON, deposit_cents=2000)
    lou, ana = a_performer(session, salon, name="Lou"), a_customer(session, salon, name="Ana")
    freed = a_slot(session, salon, **({"starts_at": FRIDAY, "performer_id": lou.id, "status": "open"} | (slot or {})))
    made = an_offer(session, freed, ana, **({"expires_at": minutes_from_now(15)} | offer))
    session.commit()
    return Asked(salon, ana, freed, made)


STAGES: dict[str, tuple[dict[str, Any], dict[str, Any], str, set[str]]] = {
    "open": ({}, {}, "Offered to you", {YES, NO}),
    "not sent yet": ({}, {"status": "pending"}, "Offered to you", {YES, NO}),
    "the window is over": ({}, {"expires_at": minutes_from_now(-1)}, "Expired", {YES}),
    "expired": ({}, {"status": "expired"}, "Expired", {YES}),
    "expired, in line": ({}, {"status": "expired", "late_yes_at": minutes_from_now(-1)}, "In line", set()),
    "expired, sold": ({"status": "filled"}, {"status": "expired"}, "Taken", set()),
    "sold by hand": ({"status": "expired", "closed_as": "sold_by_hand"}, {"status": "expired"}, "Taken", set()),
    "closed": ({"status": "expired", "closed_as": "stopped"}, {"status": "expired"}, "Ended", set()),
    "declined": ({}, {"status": "declined"}, "Declined", set()),
    "not delivered": ({}, {"status": "failed"}, "Ended", set()),
    "begun": ({"starts_at": minutes_from_now(-5)}, {}, "Ended", set()),
}


@pytest.mark.parametrize(("slot", "offer", "badge", "offered"), STAGES.values(), ids=STAGES.keys())
def test_each_stage_says_what_it_is_and_what_may_be_answered(
    session: Session, web: FlaskClient, slot: dict[str, Any], offer: dict[str, Any], badge: str, offered: set[str]
) -> None:
    page = web.get(asked(session, slot, **offer).page)

    assert page.status_code == 200
    assert f"</svg> {badge}</p>" in page.text
    assert {button for button in (YES, NO, PAY, SEE) if button in page.text} == offered


@pytest.mark.parametrize(
    ("booking", "minutes_to_pay", "badge", "offered"),
    [
        ("pending_payment", 9, "On hold", {PAY}),
        ("pending_payment", -1, "Ended", set()),
        ("booked", None, "Booked", {SEE}),
        ("cancelled", None, "Ended", set()),
    ],
)
def test_afterwards_it_leads_to_the_payment_or_the_booking(
    session: Session, web: FlaskClient, booking: str, minutes_to_pay: int | None, badge: str, offered: set[str]
) -> None:
    scene = asked(session, {"status": "filled"}, status="accepted")
    made = an_appointment(session, scene.ana, starts_at=FRIDAY, source_slot_opening_id=scene.slot.id, status=booking)
    unpaid = {"status": "pending", "expires_at": minutes_from_now(minutes_to_pay)} if minutes_to_pay else {}
    a_payment(session, made, **unpaid)
    session.commit()

    page = web.get(scene.page).text

    assert f"</svg> {badge}</p>" in page
    assert {button for button in (YES, NO, PAY, SEE) if button in page} == offered


def test_the_appointment_and_the_amount_are_shown(session: Session, web: FlaskClient) -> None:
    page = " ".join(web.get(asked(session).page).text.split())

    for part in ("Salon Lou", "with Lou", "4 December 2037", "10:30", "£20", "Please answer by"):
        assert part in page


@pytest.mark.parametrize(("offer", "shown"), [({"deposit_cents": 1500, "currency": "EUR"}, "€15"), ({}, "£20")])
def test_the_deposit_of_the_offer_is_shown(
    session: Session, web: FlaskClient, offer: dict[str, Any], shown: str
) -> None:
    page = web.get(asked(session, **offer).page).text

    assert re.findall("[£€][0-9.]+", page) == [shown]


def test_a_deposit_does_not_exceed_the_price(session: Session, web: FlaskClient) -> None:
    scene = asked(session)
    cheap = insert(session, "services", shop_id=scene.shop.id, name="Trim", price_cents=1200)
    change(session, "slot_openings", scene.slot, service_id=cheap.id)

    assert re.findall("£[0-9.]+", web.get(scene.page).text) == ["£12", "£12"]


def test_a_move_says_what_it_moves(session: Session, web: FlaskClient) -> None:
    scene = asked(session)
    later = an_appointment(session, scene.ana, starts_at=LATER, status="booked")
    change(session, "slot_offers", scene.offer, move_from_appointment_id=later.id, move_from_starts_at=LATER)

    page = web.get(scene.page).text

    assert "An earlier time is free" in page
    assert "Yes, move my appointment" in page
    assert "Monday, 7 December" in page or "Monday 7 December" in page
    assert "£20" not in page


def presses(web: FlaskClient, scene: Asked, answer: str) -> TestResponse:
    return web.post(scene.page, data={"csrf_token": token_of(web, scene.page), "answer": answer})


def token_of(web: FlaskClient, path: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', web.get(path).text)
    assert found
    return found[1]


def tasks(session: Session) -> list[tuple[str, list[str]]]:
    session.rollback()
    return [tuple(row) for row in session.execute(text("SELECT name, args FROM pending_tasks ORDER BY created_at"))]


@pytest.mark.parametrize(("answer", "task"), [("yes", "accept_offer"), ("no", "decline_offer")])
def test_a_button_is_an_answer_like_a_text(session: Session, web: FlaskClient, answer: str, task: str) -> None:
    scene = asked(session)

    pressed = presses(web, scene, answer)

    assert (pressed.status_code, pressed.location) == (303, scene.page)
    assert tasks(session) == [(task, [str(scene.offer.id)])]
    waiting = web.get(scene.page).text
    assert "We&#39;re recording your answer" in waiting
    assert 'http-equiv="refresh"' in waiting
    assert YES not in waiting


def test_the_first_of_two_answers_counts(session: Session, web: FlaskClient) -> None:
    scene = asked(session)
    token = token_of(web, scene.page)

    for answer in ("yes", "yes", "no"):
        web.post(scene.page, data={"csrf_token": token, "answer": answer})

    assert tasks(session) == [("accept_offer", [str(scene.offer.id)])]


def test_opening_the_link_changes_nothing(session: Session, web: FlaskClient) -> None:
    scene = asked(session)

    assert web.get(f"{scene.page}?answer=yes").status_code == 200
    assert web.head(scene.page).status_code == 200

    assert tasks(session) == []


def test_an_answer_after_the_end_changes_nothing(session: Session, web: FlaskClient) -> None:
    scene = asked(session)
    token = token_of(web, scene.page)
    change(session, "slot_openings", scene.slot, status="filled")
    change(session, "slot_offers", scene.offer, status="expired")

    for answer in ("yes", "no"):
        assert web.post(scene.page, data={"csrf_token": token, "answer": answer}).status_code == 303

    assert tasks(session) == []


def test_a_form_without_token_or_answer_is_refused(session: Session, app: Flask, web: FlaskClient) -> None:
    scene = asked(session)
    token = token_of(web, scene.page)

    assert app.test_client().post(scene.page, data={"answer": "yes"}).status_code == 400
    assert web.post(scene.page, data={"csrf_token": token, "answer": "maybe"}).status_code == 400
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert web.post(scene.page, data={"csrf_token": token, "answer": "yes"}, headers=foreign).status_code == 403
    assert tasks(session) == []


def test_every_offer_has_a_token_of_its_own(session: Session) -> None:
    one, other = asked(session), asked(session)

    assert len({one.offer.token, other.offer.token}) == 2
    assert len(one.offer.token) >= 32


def test_an_unknown_or_old_link_has_a_helpful_page(session: Session, web: FlaskClient) -> None:
    old = asked(session, {"starts_at": minutes_from_now(-60 * 24 * 40)})

    assert web.get("/offer/" + "f" * 34).status_code == 404
    assert web.post("/offer/" + "f" * 34).status_code in {400, 404}
    assert web.get(old.page).status_code == 410


def test_it_is_in_the_customers_language_and_runs_no_script(session: Session, web: FlaskClient) -> None:
    scene = asked(session)
    change(session, "customers", scene.ana, locale="de_DE")

    page = web.get(scene.page)

    assert '<html lang="de">' in page.text
    assert "Ja, buchen" in page.text
    assert "<script" not in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["Referrer-Policy"] == "no-referrer"
