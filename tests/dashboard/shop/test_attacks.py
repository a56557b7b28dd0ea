"""Attacks on sign-in, sessions, forms, roles and tenants."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from domain.sign_in_codes import BACK_OFF, code_of
from tests.builders import Built, a_number, a_shop, a_staff_member, reload
from tests.dashboard.conftest import SETTINGS, shared_app, wired
from tests.dashboard.shop.conftest import TOKEN, StaffBrowser, link_of
from tests.effort import long_except
from tests.servers import Clock

PLACE = "/app/appointments"
PEOPLE = "/app/settings/people"

NOBODY = "d10a88ab-d432-4651-8c65-864cb463371b"
"""An id that belongs to no member."""


def count(session: Session, statement: str, **values: object) -> int:
    session.rollback()
    return int(session.execute(text(statement), values).scalar_one())


def sessions(session: Session) -> int:
    return count(session, "SELECT count(*) FROM staff_sessions WHERE revoked_at IS NULL")


def token_on(desk: StaffBrowser, page: str) -> str:
    found = TOKEN.search(desk.get(page).text)
    assert found
    return found[1]


def another_than(code: str) -> str:
    return str((int(code) + 1) % 10**6).zfill(6)


@pytest.fixture
def another(app: Flask, session: Session) -> StaffBrowser:
    """The browser of another person."""
    return StaffBrowser(app.test_client(), session)


@pytest.fixture
def kim(session: Session, salon: Built) -> Built:
    member = a_staff_member(session, salon, role="staff", name="Kim", phone=a_number(), email="kim@salon.example")
    session.commit()
    return member


@pytest.fixture
def reader(session: Session, salon: Built) -> Built:
    member = a_staff_member(session, salon, role="read_only", name="Rae", phone=a_number(), email=None)
    session.commit()
    return member


@pytest.fixture
def olaf(session: Session) -> Built:
    """The owner of another shop."""
    member = a_staff_member(session, a_shop(session, name="Theirs"), name="Olaf", phone=a_number(), email=None)
    session.commit()
    return member


ADDRESSES: dict[str, Callable[[Built], str]] = {
    "two numbers": lambda mia: f"{mia.phone},{mia.phone}",
    "two e-mail addresses": lambda mia: f"{mia.email},thief@example.com",
    "a second header": lambda mia: f"{mia.email}\r\nBcc: thief@example.com",
    "a wildcard": lambda mia: "%@%",
    "an SQL condition": lambda mia: "' OR 1=1 --@",
    "a name before it": lambda mia: f"Mia <{mia.email}>",
    "nothing but an @": lambda mia: "@",
    "an emoji": lambda mia: "😀@😀",
    "letters for digits": lambda mia: "+44O77OO9OO1",
}


@pytest.mark.long
@pytest.mark.parametrize("odd", ADDRESSES)
def test_an_odd_address_gets_no_code_and_the_usual_answer(
    stranger: StaffBrowser, mia: Built, session: Session, odd: str
) -> None:
    answer = stranger.asks_for_a_code(ADDRESSES[odd](mia))
    assert (answer.status_code, answer.location) in {(303, "/app/login/code"), (422, None)}
    assert count(session, "SELECT count(*) FROM otp_codes") == 0


def test_of_two_addresses_in_one_form_one_is_asked_for(stranger: StaffBrowser, mia: Built, olaf: Built) -> None:
    stranger.web.post(
        "/app/login", data={"csrf_token": token_on(stranger, "/app/login"), "who": [mia.phone, olaf.phone]}
    )
    assert count(stranger.session, "SELECT count(*) FROM otp_codes") == 1


@pytest.mark.long
@pytest.mark.parametrize("typed", ["", "²²²²²²", "١٢٣٤٥٦", "0" * 40, "-1", "None", "1e5", "123456" * 7])
def test_an_odd_code_is_a_wrong_code(stranger: StaffBrowser, mia: Built, typed: str) -> None:
    stranger.asks_for_a_code(mia.phone)
    assert stranger.types(typed).status_code == 422


def test_a_code_refused_by_a_limit_is_invalid(stranger: StaffBrowser, mia: Built, session: Session) -> None:
    for _ in range(BACK_OFF.free + 1):
        stranger.asks_for_a_code(mia.phone)
    assert stranger.types(stranger.newest_code()).status_code == 422
    assert sessions(session) == 0


def at_once(times: int, act: Callable[[int], object]) -> list[object]:
    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(act, range(times)))


def test_guesses_at_once_are_counted_one_by_one(
    app: Flask, stranger: StaffBrowser, mia: Built, session: Session
) -> None:
    stranger.asks_for_a_code(mia.phone)
    code = stranger.newest_code()
    token, kept = token_on(stranger, "/app/login/code"), stranger.web.get_cookie("slots")
    assert kept is not None

    def guess(number: int) -> int:
        browser = app.test_client()
        browser.set_cookie("slots", kept.value)
        typed = code if number == 11 else another_than(code)
        return browser.post("/app/login/code", data={"code": typed, "csrf_token": token}).status_code

    at_once(12, guess)
    assert count(session, "SELECT attempts FROM otp_codes") <= 5


def test_one_code_used_at_once_opens_one_session(
    app: Flask, stranger: StaffBrowser, mia: Built, session: Session
) -> None:
    stranger.asks_for_a_code(mia.phone)
    code = stranger.newest_code()
    token, kept = token_on(stranger, "/app/login/code"), stranger.web.get_cookie("slots")
    assert kept is not None

    def use(_: int) -> int:
        browser = app.test_client()
        browser.set_cookie("slots", kept.value)
        return browser.post("/app/login/code", data={"code": code, "csrf_token": token}).status_code

    assert at_once(5, use).count(303) == 1
    assert sessions(session) == 1


def test_asking_at_once_gets_no_more_codes(app: Flask, mia: Built, session: Session) -> None:
    at_once(12, lambda _: StaffBrowser(app.test_client(), session).asks_for_a_code(mia.phone).status_code)
    assert count(session, "SELECT count(*) FROM otp_codes WHERE refused IS NULL") == BACK_OFF.free


def test_an_invitation_used_at_once_opens_one_session(app: Flask, desk: StaffBrowser, session: Session) -> None:
    desk.post(PEOPLE, form="/app/settings", name="Lee", phone=a_number(), role="staff")
    link = link_of(session, "Lee")
    before = sessions(session)
    browsers = [StaffBrowser(app.test_client(), session) for _ in range(5)]
    tokens = [token_on(browser, link) for browser in browsers]
    answers = at_once(5, lambda n: browsers[n].web.post(link, data={"csrf_token": tokens[n]}).status_code)
    assert answers.count(303) == 1
    assert sessions(session) == before + 1


def test_a_number_that_is_given_away_and_returned_opens_nothing_old(
    app: Flask, stranger: StaffBrowser, kim: Built, session: Session
) -> None:
    signed_in = StaffBrowser(app.test_client(), session).signs_in(kim)
    stranger.asks_for_a_code(kim.phone)
    code = stranger.newest_code()
    for phone in ("+447700900777", kim.phone):
        session.execute(text("UPDATE staff SET phone = :phone WHERE id = :id"), {"phone": phone, "id": kim.id})
        session.commit()
    assert stranger.types(code).status_code == 422
    assert signed_in.get(PLACE).status_code == 303


FORGED = {
    "another key": URLSafeTimedSerializer("guessed", salt="cookie-session").dumps({"sign_in": {}}),
    "no signature": "eyJzaWduX2luIjp7fX0",
    "not base64": "*" * 100,
    "long": "A" * 3500,
}


@pytest.mark.long
@pytest.mark.parametrize("cookie", ["slots", "slots_staff", "slots_known"])
@pytest.mark.parametrize("value", FORGED)
def test_a_forged_cookie_opens_nothing_and_breaks_nothing(
    stranger: StaffBrowser, mia: Built, cookie: str, value: str
) -> None:
    stranger.web.set_cookie(cookie, FORGED[value])
    assert stranger.get(PLACE).status_code == 303
    assert stranger.get("/app/login").status_code == 200
    stranger.web.set_cookie(cookie, FORGED[value])
    assert stranger.web.post("/app/login/code", data={"code": "123456"}).status_code in {303, 400}


def test_the_hash_of_a_session_is_not_the_session(
    desk: StaffBrowser, session: Session, another: StaffBrowser
) -> None:
    stolen = session.execute(text("SELECT token_hash FROM staff_sessions")).scalar_one()
    another.web.set_cookie("slots_staff", stolen)
    assert another.get(PLACE).status_code == 303


METHODS = ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"]


@pytest.mark.long
@pytest.mark.parametrize("method", METHODS)
def test_no_other_method_confirms_signs_out_or_changes(desk: StaffBrowser, session: Session, method: str) -> None:
    desk.post(PEOPLE, form="/app/settings", name="Lee", phone=a_number(), role="staff")
    for path in (link_of(session, "Lee"), "/app/logout", PEOPLE, "/app/login"):
        assert desk.web.open(path, method=method).status_code in {400, 405}
    assert desk.get(PLACE).status_code == 200
    assert count(session, "SELECT count(*) FROM staff WHERE confirmed_at IS NULL") == 1


@pytest.mark.parametrize(
    "trick", [{"query_string": {"_method": "POST"}}, {"headers": {"X-HTTP-Method-Override": "POST"}}]
)
def test_a_get_that_calls_itself_a_post_confirms_nothing(
    desk: StaffBrowser, another: StaffBrowser, session: Session, trick: dict[str, object]
) -> None:
    desk.post(PEOPLE, form="/app/settings", name="Lee", phone=a_number(), role="staff")
    assert another.get(link_of(session, "Lee"), **trick).status_code == 200
    assert count(session, "SELECT count(*) FROM staff WHERE confirmed_at IS NULL") == 1


SITES = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://evil.example"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://localhost:81"},
    {"Origin": "http://[::1"},
    {"Origin": "localhost"},
]


def test_another_sites_page_changes_nothing_even_with_the_token(desk: StaffBrowser, session: Session) -> None:
    form = {"csrf_token": token_on(desk, "/app/settings"), "name": "Eve", "phone": a_number(), "role": "owner"}
    for headers in SITES:
        assert desk.web.post(PEOPLE, data=form, headers=headers).status_code == 403, headers
    assert count(session, "SELECT count(*) FROM staff WHERE name = 'Eve'") == 0


def test_the_token_of_another_browser_is_none(app: Flask, desk: StaffBrowser, session: Session) -> None:
    form = {"csrf_token": token_on(StaffBrowser(app.test_client(), session), "/app/login")}
    assert desk.web.post("/app/logout", data=form).status_code == 400


def test_a_token_from_before_the_sign_in_is_none_afterwards(stranger: StaffBrowser, mia: Built) -> None:
    before = token_on(stranger, "/app/login")
    stranger.signs_in(mia)
    assert stranger.web.post("/app/logout", data={"csrf_token": before}).status_code == 400


PLACES = [
    "/app/\r\nSet-Cookie: x=1",
    "/app/\n",
    "/app/\t//evil.example",
    "/app/\x00",
    "/app/\x85",
    "/app/\u2028",
    "/app/\\evil.example",
    "/appx",
    " /app/",
    "http:/app/",
]


@pytest.mark.parametrize("place", long_except(PLACES, PLACES[0], "/app/\\evil.example", "http:/app/"))
def test_no_next_leads_elsewhere_or_breaks_the_answer(stranger: StaffBrowser, mia: Built, place: str) -> None:
    assert stranger.asks_for_a_code(mia.phone, next=place).status_code == 303
    assert stranger.types(stranger.newest_code(), next=place).location == "/app/"


def test_a_foreign_host_gets_no_form(stranger: StaffBrowser) -> None:
    for host in ("evil.example", "localhost@evil.example", ""):
        assert stranger.get("/app/login", headers={"Host": host}).status_code == 400, host


def test_forwarded_headers_move_no_link_and_no_cookie(engine: Engine, redis_url: str, session: Session) -> None:
    forwarded = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "gopher", "X-Forwarded-Prefix": "/evil"}
    app = shared_app(wired(engine, redis_url, trusted_proxies="1"))
    answer = StaffBrowser(app.test_client(), session).get(PLACE, headers=forwarded)
    assert (answer.status_code, answer.location) == (303, "/app/login?next=/app/appointments")


def test_no_forwarded_address_breaks_the_sign_in(engine: Engine, redis_url: str, session: Session) -> None:
    app = shared_app(wired(engine, redis_url, trusted_proxies="1"))
    desk = StaffBrowser(app.test_client(), session)
    for header in ("", ",", "unknown", "_hidden", "1.2.3.4.5", "x" * 5000, "::1%eth0", "999.1.1.1"):
        desk.web.environ_base["HTTP_X_FORWARDED_FOR"] = header
        assert desk.asks_for_a_code("+447700900999").status_code == 303, header


@pytest.mark.parametrize("who", ["kim", "reader"])
def test_only_an_owner_grants_roles(
    request: pytest.FixtureRequest, app: Flask, session: Session, who: str, mia: Built
) -> None:
    member: Built = request.getfixturevalue(who)
    theirs = StaffBrowser(app.test_client(), session).signs_in(member)
    form = "/app/appointments"
    fields = {"name": "Kim", "phone": member.phone, "role": "owner"}
    assert theirs.post(PEOPLE, form=form, **fields).status_code == 403
    for one in (member, mia):
        assert theirs.post(f"{PEOPLE}/{one.id}", form=form, **fields).status_code == 403
        assert theirs.post(f"{PEOPLE}/{one.id}/leave", form=form).status_code == 403
    session.rollback()
    assert reload(session, "staff", member.id).role == member.role


def test_rights_that_are_taken_away_end_with_the_next_request(
    app: Flask, session: Session, salon: Built, desk: StaffBrowser
) -> None:
    second = a_staff_member(session, salon, name="Two", phone=a_number(), email=None)
    session.commit()
    theirs = StaffBrowser(app.test_client(), session).signs_in(second)
    token = token_on(theirs, "/app/settings")
    session.execute(text("UPDATE staff SET role = 'read_only' WHERE id = :id"), {"id": second.id})
    session.commit()
    form = {"csrf_token": token, "name": "Eve", "phone": a_number(), "role": "owner"}
    assert theirs.web.post(PEOPLE, data=form).status_code == 403


def test_an_old_sign_in_gives_nobody_rights(desk: StaffBrowser, session: Session, clock: Clock) -> None:
    token = token_on(desk, "/app/settings")
    clock.shift(timedelta(minutes=16))
    form = {"csrf_token": token, "name": "Eve", "phone": a_number(), "role": "owner"}
    assert "/app/login" in desk.web.post(PEOPLE, data=form).location
    assert count(session, "SELECT count(*) FROM staff WHERE name = 'Eve'") == 0


def test_members_of_another_shop_are_nobodys_to_change(desk: StaffBrowser, olaf: Built, session: Session) -> None:
    fields = {"name": "Mine", "phone": a_number(), "role": "read_only"}
    assert desk.post(f"{PEOPLE}/{olaf.id}", form="/app/settings", **fields).status_code == 404
    assert desk.post(f"{PEOPLE}/{olaf.id}/leave", form="/app/settings").status_code == 404
    session.rollback()
    assert reload(session, "staff", olaf.id) == olaf


def test_nobody_goes_over_to_a_shop_they_do_not_work_in(desk: StaffBrowser, olaf: Built, mia: Built) -> None:
    for wanted in (str(olaf.id), "", "\x00", "x" * 5000, NOBODY, f"{mia.id}' OR 1=1 --"):
        assert desk.post("/app/shops", staff=wanted).status_code == 404, wanted


def test_nobody_goes_over_while_the_other_shop_lets_them_go(
    engine: Engine, desk: StaffBrowser, mia: Built, olaf: Built, session: Session
) -> None:
    """An unconfirmed invitation gives no access to a second shop."""
    session.execute(
        text("UPDATE staff SET phone = :phone, confirmed_at = NULL WHERE id = :id"),
        {"phone": mia.phone, "id": olaf.id},
    )
    session.commit()
    assert desk.post("/app/shops", staff=str(olaf.id)).status_code == 404


EMAILS = [
    "a@x.example,b@y.example",
    "a@x.example;b@y.example",
    "Mia <a@x.example>",
    "a@x.example\nBcc: b@y.example",
    '"a@x.example"@y.example',
    "a@[127.0.0.1]",
    "a@@x.example",
    "@x.example",
    "a" * 40_000 + "@",
]


@pytest.mark.long
@pytest.mark.parametrize("email", EMAILS)
def test_an_address_that_a_mail_program_reads_as_several_is_refused(
    desk: StaffBrowser, session: Session, email: str
) -> None:
    desk.post(PEOPLE, form="/app/settings", name="Eve", email=email, role="staff")
    assert count(session, "SELECT count(*) FROM staff WHERE name = 'Eve'") == 0


def test_a_name_is_text_on_every_page(
    desk: StaffBrowser, another: StaffBrowser, session: Session, salon: Built
) -> None:
    evil = "<script>alert(1)</script>"
    session.execute(text("UPDATE shops SET name = :name WHERE id = :id"), {"name": evil, "id": salon.id})
    session.commit()
    desk.post(PEOPLE, form="/app/settings", name=evil, phone=a_number(), role="staff")
    session.rollback()
    id = session.execute(text("SELECT id FROM staff WHERE confirmed_at IS NULL")).scalar_one()
    pages = [desk.get("/app/settings/people"), desk.get(f"{PEOPLE}/{id}"), another.get(link_of(session, evil))]
    assert all(page.status_code == 200 and evil not in page.text for page in pages)


def test_the_page_of_an_invitation_keeps_to_itself(
    desk: StaffBrowser, another: StaffBrowser, session: Session
) -> None:
    desk.post(PEOPLE, form="/app/settings", name="Lee", phone=a_number(), role="staff")
    answer = another.get(link_of(session, "Lee"))
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer.headers["Cache-Control"]
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_the_cookie_of_a_known_browser_is_for_this_host_alone(
    engine: Engine, redis_url: str, session: Session, mia: Built
) -> None:
    app = shared_app(wired(engine, redis_url, app_url="https://localhost"))
    browser = StaffBrowser(app.test_client(), session)
    browser.web.environ_base["wsgi.url_scheme"] = "https"
    browser.signs_in(mia)
    kept = browser.web.get_cookie("__Host-known")
    assert kept is not None
    assert (kept.secure, kept.http_only, kept.same_site, kept.path) == (True, True, "Lax", "/")
    assert mia.phone not in kept.value


def test_a_known_browser_opens_nothing_by_itself(
    app: Flask, stranger: StaffBrowser, session: Session, mia: Built
) -> None:
    kept = stranger.signs_in(mia).web.get_cookie("slots_known")
    assert kept is not None
    other = StaffBrowser(app.test_client(), session)
    other.web.set_cookie("slots_known", kept.value)
    assert other.get(PLACE).status_code == 303


def test_no_other_spelling_goes_round_the_limit(stranger: StaffBrowser) -> None:
    token = token_on(stranger, "/app/login")
    for path in ("/app/login/", "/app//login", "/APP/login", "/app/./login", "/app/login;x=1"):
        answer: TestResponse = stranger.web.post(path, data={"csrf_token": token, "who": "+447700900999"})
        assert answer.status_code in {303, 308, 404, 405}, path
        assert not re.search("/app/login/code", answer.location or ""), path


def test_a_code_of_one_row_is_not_the_code_of_another(session: Session, mia: Built) -> None:
    key, nonce = SETTINGS["secret_key"], "the same nonce"
    assert len({code_of(key, uuid4(), nonce) for _ in range(50)}) > 45


def test_a_form_as_large_as_a_file_is_not_read_before_the_sign_in(stranger: StaffBrowser) -> None:
    token = token_on(stranger, "/app/login")
    answer = stranger.web.post("/app/login", data={"csrf_token": token, "who": "x" * 200_000})
    assert answer.status_code == 413
