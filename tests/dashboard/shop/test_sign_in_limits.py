"""Limits on sign-in by visitor, member, channel and shop, including behind proxies and without Redis."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from cli.local.servers.embedded_valkey import Valkey
from domain.sign_in_codes import BACK_OFF, MOST_FOR_A_SHOP, TRIES
from tests.builders import Built, a_number, a_shop, a_staff_member
from tests.dashboard.conftest import create_app, shared_app, wired
from tests.dashboard.shop.conftest import TOKEN, StaffBrowser
from tests.effort import long_except
from tests.servers import Clock

NOBODY = "+447700900999"
MOST = 60


def behind(app: Flask, session: Session, forwarded: str, proxy: str = "10.0.0.1") -> StaffBrowser:
    """A browser whose requests pass through a proxy."""
    browser = app.test_client()
    browser.environ_base |= {"REMOTE_ADDR": proxy, "HTTP_X_FORWARDED_FOR": forwarded}
    return StaffBrowser(browser, session)


def form_of(desk: StaffBrowser, who: str) -> dict[str, str]:
    found = TOKEN.search(desk.get("/app/login").text)
    assert found
    return {"who": who, "csrf_token": found[1]}


def asks(desk: StaffBrowser, times: int) -> set[int]:
    form = form_of(desk, NOBODY)
    return {desk.web.post("/app/login", data=form).status_code for _ in range(times)}


def written(session: Session) -> int:
    session.rollback()
    return int(session.execute(text("SELECT count(*) FROM otp_codes WHERE refused IS NULL")).scalar_one())


@pytest.fixture
def proxied(engine: Engine, redis_url: str) -> Flask:
    return shared_app(wired(engine, redis_url, trusted_proxies="1"))


def test_behind_a_proxy_one_visitor_does_not_shut_out_another(proxied: Flask, session: Session) -> None:
    assert asks(behind(proxied, session, "198.51.100.7"), MOST + 1) == {303, 429}
    assert asks(behind(proxied, session, "203.0.113.9"), 1) == {303}


def test_a_visitor_cannot_invent_addresses(proxied: Flask, session: Session) -> None:
    """The trusted proxy appends the last address. The addresses before it come from the visitor."""
    answers = set()
    for number in range(MOST + 1):
        answers |= asks(behind(proxied, session, f"192.0.2.{number}, 198.51.100.7"), 1)
    assert answers == {303, 429}


@pytest.mark.long
def test_without_a_trusted_proxy_the_header_counts_for_nothing(app: Flask, session: Session) -> None:
    answers = set()
    for number in range(MOST + 1):
        answers |= asks(behind(app, session, f"192.0.2.{number}"), 1)
    assert answers == {303, 429}


@pytest.mark.parametrize(
    ("trusted", "forwarded", "warnings"),
    [
        ("0", "", []),
        ("0", "198.51.100.7", ["proxy_not_trusted"]),
        ("1", "198.51.100.7", []),
        ("1", "", ["client_address_missing"]),
        ("2", "198.51.100.7", ["client_address_missing"]),
    ],
)
def test_a_proxy_whose_clients_share_a_limit_is_logged_once(
    engine: Engine, redis_url: str, session: Session, trusted: str, forwarded: str, warnings: list[str]
) -> None:
    app = create_app(wired(engine, redis_url, trusted_proxies=trusted))
    with capture_logs() as lines:
        for _ in range(2):
            assert behind(app, session, forwarded).get("/app/login").status_code == 200
    assert [line["event"] for line in lines if line["log_level"] == "warning"] == warnings


@pytest.mark.parametrize(
    ("one", "other", "same"),
    long_except(
        [
            ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
            ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
            ("::ffff:198.51.100.7", "198.51.100.7", True),
            ("198.51.100.7:4711", "198.51.100.7", True),
            ("[2001:db8:1:2::1]:4711", "2001:db8:1:2::2", True),
            ("nonsense", "other nonsense", True),
        ],
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
    ),
)
def test_addresses_that_count_as_one_visitor(
    proxied: Flask, session: Session, one: str, other: str, same: bool
) -> None:
    assert 429 in asks(behind(proxied, session, one), MOST + 1)
    assert asks(behind(proxied, session, other), 1) == ({429} if same else {303})


@pytest.mark.long
def test_all_web_processes_count_together(engine: Engine, redis_url: str, session: Session) -> None:
    one, other = (StaffBrowser(create_app(wired(engine, redis_url)).test_client(), session) for _ in range(2))
    assert 429 in asks(one, MOST + 1)
    assert asks(other, 1) == {429}


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[Valkey]:
    server = Valkey(tmp_path / "valkey", settings={"appendonly": "no"}).start()
    yield server
    server.stop()


def test_without_redis_nobody_is_shut_out_and_nobody_tries_without_end(
    engine: Engine, own_redis: Valkey, session: Session
) -> None:
    desk = StaffBrowser(create_app(wired(engine, own_redis.url)).test_client(), session)
    assert asks(desk, 1) == {303}
    own_redis.stop()
    assert asks(desk, MOST) == {303}
    assert 429 in asks(desk, 2)


def test_the_wait_for_the_next_code_grows_from_a_minute_to_a_day(
    stranger: StaffBrowser, mia: Built, session: Session, clock: Clock
) -> None:
    for _ in range(BACK_OFF.free):
        stranger.asks_for_a_code(mia.phone)
    assert written(session) == BACK_OFF.free
    wait = BACK_OFF.first
    for further in range(1, 8):
        clock.shift(wait / 2)
        stranger.asks_for_a_code(mia.phone)
        assert written(session) == BACK_OFF.free + further - 1
        clock.shift(wait / 2)
        stranger.asks_for_a_code(mia.phone)
        assert written(session) == BACK_OFF.free + further
        wait *= 2


@pytest.mark.long
def test_guesses_in_a_month_are_few(stranger: StaffBrowser, mia: Built, session: Session) -> None:
    """An attacker requests a code every hour from changing addresses. Each code allows five guesses."""
    form = form_of(stranger, mia.phone)
    for hour in range(24 * 30):
        stranger.web.environ_base["REMOTE_ADDR"] = f"198.51.100.{hour % 250}"
        assert stranger.web.post("/app/login", data=form).status_code == 303
        session.execute(text("UPDATE shifted_clock.shift SET by = by + interval '1 hour'"))
        session.commit()
    assert 20 < written(session) < 300 / TRIES


def test_the_other_channel_stays_open(stranger: StaffBrowser, mia: Built, session: Session) -> None:
    for _ in range(BACK_OFF.free + 3):
        stranger.asks_for_a_code(mia.phone)
    stranger.asks_for_a_code(mia.email)
    assert stranger.types(stranger.newest_code()).status_code == 303


def test_a_stranger_does_not_lock_a_member_out_of_their_own_browser(
    app: Flask, stranger: StaffBrowser, mia: Built, session: Session
) -> None:
    own = StaffBrowser(app.test_client(), session).signs_in(mia)
    own.post("/app/logout", form="/app/")
    for _ in range(BACK_OFF.free + 5):
        stranger.asks_for_a_code(mia.phone)
    own.asks_for_a_code(mia.phone)
    assert own.types(own.newest_code()).status_code == 303


def test_the_cookie_of_a_known_browser_cannot_be_made(
    app: Flask, stranger: StaffBrowser, mia: Built, session: Session
) -> None:
    for _ in range(BACK_OFF.free + 1):
        stranger.asks_for_a_code(mia.phone)
    before = written(session)
    for forged in (f'["{mia.id}"]', "x", "a.b.c", "%00", ""):
        stranger.web.set_cookie("slots_known", forged)
        assert stranger.asks_for_a_code(mia.phone).status_code == 303
    assert written(session) == before


def test_a_code_that_is_used_makes_no_wait(app: Flask, mia: Built, session: Session) -> None:
    for _ in range(BACK_OFF.free + 3):
        desk = StaffBrowser(app.test_client(), session).signs_in(mia)
        assert desk.web.get("/app/").status_code == 200


def test_one_shop_does_not_use_up_the_codes_of_another(stranger: StaffBrowser, mia: Built, session: Session) -> None:
    other = a_shop(session)
    values = {"shop": other.id, "most": MOST_FOR_A_SHOP * 5}
    session.execute(text("INSERT INTO otp_codes (shop_id) SELECT :shop FROM generate_series(1, :most)"), values)
    session.commit()
    stranger.asks_for_a_code(mia.phone)
    assert stranger.types(stranger.newest_code()).status_code == 303


def test_codes_of_a_shop_are_limited_by_channel(stranger: StaffBrowser, mia: Built, session: Session) -> None:
    values = {"shop": mia.shop_id, "most": MOST_FOR_A_SHOP}
    session.execute(text("INSERT INTO otp_codes (shop_id) SELECT :shop FROM generate_series(1, :most)"), values)
    session.commit()
    stranger.asks_for_a_code(mia.phone)
    assert written(session) == MOST_FOR_A_SHOP
    stranger.asks_for_a_code(mia.email)
    assert stranger.types(stranger.newest_code()).status_code == 303


def test_a_shop_that_can_send_is_preferred(stranger: StaffBrowser, session: Session, salon: Built) -> None:
    silent = a_shop(session, sms_from=None, name="Without a number")
    number = a_number()
    able = a_staff_member(session, salon, phone=number, email=None)
    a_staff_member(session, silent, phone=number, email=None)
    session.commit()
    stranger.asks_for_a_code(number)
    assert session.execute(text("SELECT staff_id FROM otp_codes")).scalar_one() == able.id
