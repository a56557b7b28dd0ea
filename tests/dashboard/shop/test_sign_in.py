"""Sign-in: which members are admitted, which codes are accepted, and when a session ends."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from domain.sign_in_codes import BACK_OFF
from tests.builders import Built
from tests.dashboard.conftest import create_app, wired
from tests.dashboard.shop.conftest import StaffBrowser
from tests.servers import Clock

PLACE = "/app/appointments"


def count(session: Session, table: str) -> int:
    session.rollback()
    return int(session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def sent(session: Session) -> int:
    """Counts the code requests that were accepted."""
    session.rollback()
    return int(session.execute(text("SELECT count(*) FROM otp_codes WHERE refused IS NULL")).scalar_one())


def another_than(code: str) -> str:
    return str((int(code) + 1) % 10**6).zfill(6)


@pytest.mark.parametrize("kind", ["phone", "email"])
def test_a_code_opens_the_page_that_was_wanted(stranger: StaffBrowser, mia: Built, kind: str) -> None:
    answer = stranger.get(PLACE)
    assert answer.location == "/app/login?next=/app/appointments"

    stranger.asks_for_a_code(getattr(mia, kind), next=PLACE)
    answer = stranger.types(stranger.newest_code(), next=PLACE)

    assert (answer.status_code, answer.location) == (303, PLACE)
    assert stranger.get(PLACE).status_code == 200


def test_the_code_is_in_no_table(stranger: StaffBrowser, mia: Built, session: Session) -> None:
    stranger.asks_for_a_code(mia.phone)
    code = stranger.newest_code()
    for table in ("otp_codes", "pending_tasks", "messages"):
        assert not any(code in str(value) for row in session.execute(text(f"SELECT * FROM {table}")) for value in row)


def test_known_and_unknown_get_the_same_answer_by_the_same_statements(
    app: Flask, stranger: StaffBrowser, mia: Built, session: Session, statements: list[str]
) -> None:
    stranger.get("/app/login")
    seen = []
    for who in (mia.phone, "+447700900999"):
        statements.clear()
        answer = stranger.asks_for_a_code(who)
        seen.append((answer.status_code, answer.location, answer.text, list(statements)))
    assert seen[0] == seen[1]
    assert count(session, "otp_codes") == 1
    wrong = stranger.types("123456")
    assert wrong.status_code == 422


def test_a_code_works_once(app: Flask, stranger: StaffBrowser, mia: Built, session: Session) -> None:
    stranger.asks_for_a_code(mia.phone)
    code, asked = stranger.newest_code(), stranger.web.get_cookie("slots")
    assert asked is not None
    stranger.types(code)
    stranger.post("/app/logout", form=PLACE)

    stranger.web.set_cookie("slots", asked.value)
    assert stranger.types(code).status_code == 422


def test_five_tries_and_no_more(stranger: StaffBrowser, mia: Built) -> None:
    stranger.asks_for_a_code(mia.phone)
    code = stranger.newest_code()
    for _ in range(5):
        assert stranger.types(another_than(code)).status_code == 422
    assert stranger.types(code).status_code == 422


def test_ten_minutes_and_no_longer(stranger: StaffBrowser, mia: Built, clock: Clock) -> None:
    stranger.asks_for_a_code(mia.phone)
    clock.shift(timedelta(minutes=10))
    assert stranger.types(stranger.newest_code()).status_code == 422


def test_another_browser_can_do_nothing_with_a_code(
    app: Flask, stranger: StaffBrowser, mia: Built, session: Session
) -> None:
    stranger.asks_for_a_code(mia.phone)
    code = stranger.newest_code()
    thief = StaffBrowser(app.test_client(), session)
    thief.asks_for_a_code("+447700900999")
    assert thief.types(code).status_code == 422


def test_codes_for_one_person_are_few(stranger: StaffBrowser, mia: Built, session: Session) -> None:
    for _ in range(BACK_OFF.free + 2):
        assert stranger.asks_for_a_code(mia.phone).status_code == 303
    assert sent(session) == BACK_OFF.free


def test_one_address_may_not_ask_without_end(app: Flask, stranger: StaffBrowser) -> None:
    stranger.get("/app/login")
    answers = {stranger.asks_for_a_code("+447700900999").status_code for _ in range(61)}
    assert answers == {303, 429}


def test_one_address_may_not_guess_without_end(app: Flask, stranger: StaffBrowser) -> None:
    stranger.asks_for_a_code("+447700900999")
    assert {stranger.types("123456").status_code for _ in range(121)} == {422, 429}


@pytest.mark.parametrize(("idle", "open_"), [(29, True), (30, False)])
def test_a_session_ends_when_nobody_does_anything(desk: StaffBrowser, clock: Clock, idle: int, open_: bool) -> None:
    clock.shift(timedelta(minutes=idle))
    assert (desk.get(PLACE).status_code == 200) is open_


def test_work_keeps_a_session_alive_for_twelve_hours_and_no_longer(desk: StaffBrowser, clock: Clock) -> None:
    for _ in range(35):
        clock.shift(timedelta(minutes=20))
        assert desk.get(PLACE).status_code == 200
    clock.shift(timedelta(minutes=20))
    assert desk.get(PLACE).status_code == 303


def test_a_page_that_asks_by_itself_keeps_nothing_alive(desk: StaffBrowser, clock: Clock) -> None:
    for _ in range(2):
        clock.shift(timedelta(minutes=20))
        answer = desk.get(PLACE, headers={"X-By-Itself": "1", "X-Part": "live"})
    assert answer.status_code == 401


def test_signing_out_ends_the_session_itself(desk: StaffBrowser) -> None:
    kept = desk.web.get_cookie("slots_staff")
    assert kept is not None
    desk.post("/app/logout", form=PLACE)
    desk.web.set_cookie("slots_staff", kept.value)
    assert desk.get(PLACE).status_code == 303


def test_signing_out_everywhere(app: Flask, desk: StaffBrowser, mia: Built, session: Session) -> None:
    elsewhere = StaffBrowser(app.test_client(), session).signs_in(mia)
    desk.post("/app/logout", form=PLACE, everywhere="1")
    assert elsewhere.get(PLACE).status_code == 303


def test_the_session_is_new_at_sign_in(stranger: StaffBrowser, mia: Built) -> None:
    stranger.web.set_cookie("slots_staff", "chosen-by-somebody-else")
    stranger.signs_in(mia)
    kept = stranger.web.get_cookie("slots_staff")
    assert kept is not None
    assert kept.value != "chosen-by-somebody-else"


def test_the_token_is_in_no_table(desk: StaffBrowser, session: Session) -> None:
    kept = desk.web.get_cookie("slots_staff")
    assert kept is not None
    rows = session.execute(text("SELECT token_hash FROM staff_sessions")).scalars().all()
    assert len(rows) == 1
    assert kept.value not in rows


@pytest.mark.parametrize(
    ("url", "name", "secure"),
    [("http://localhost", "slots_staff", False), ("https://localhost", "__Host-staff", True)],
)
def test_the_cookie_is_for_this_host_alone(
    engine: Engine, redis_url: str, session: Session, mia: Built, url: str, name: str, secure: bool
) -> None:
    browser = StaffBrowser(create_app(wired(engine, redis_url, app_url=url)).test_client(), session)
    browser.web.environ_base["wsgi.url_scheme"] = url.partition(":")[0]
    browser.signs_in(mia)
    kept = browser.web.get_cookie(name)
    assert kept is not None
    assert (kept.secure, kept.http_only, kept.same_site, kept.path) == (secure, True, "Lax", "/")


@pytest.mark.parametrize(
    "place", ["https://evil.example/", "//evil.example", "/\\evil.example", "/pay/x", "javascript:1"]
)
def test_nobody_is_sent_elsewhere(stranger: StaffBrowser, mia: Built, place: str) -> None:
    stranger.asks_for_a_code(mia.phone, next=place)
    assert stranger.types(stranger.newest_code(), next=place).location == "/app/"


def test_another_sites_form_is_refused(desk: StaffBrowser, session: Session) -> None:
    answer = desk.web.post("/app/logout", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert desk.get(PLACE).status_code == 200


def test_a_form_without_its_token_is_refused(desk: StaffBrowser) -> None:
    assert desk.web.post("/app/logout").status_code == 400
    assert desk.get(PLACE).status_code == 200


def test_signing_in_again_starts_with_ones_own_address(
    desk: StaffBrowser, stranger: StaffBrowser, mia: Built
) -> None:
    assert f'value="{mia.phone}"' in desk.get("/app/login?again=1").text


def test_a_stranger_s_sign_in_starts_empty(stranger: StaffBrowser) -> None:
    assert 'name="who" value=""' in stranger.get("/app/login?again=1").text
