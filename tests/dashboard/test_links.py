"""Invalid links, expired links, and valid links that cannot be used. No token is logged."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from cli.local.servers.free_ports import free_port
from db.calendars import mirrored_appointments
from tests.builders import a_customer, a_payment, a_shop, reload
from tests.dashboard.conftest import create_app, wired
from tests.dashboard.scenes import a_paid_booking
from tests.servers import Clock, Databases, engine_on

NOWHERE = ["f" * 34, "short", "x" * 200, "%00" * 12, "..%2f..%2fetc%2fpasswd", "a'--aaaaaaaaaaaa", "ünïcödé-ünïcödé"]


@pytest.mark.parametrize("page", ["/pay/{}", "/manage/{}", "/manage/{}/cancel", "/manage/{}/appointment.ics"])
def test_an_unknown_link_has_a_helpful_page(web: FlaskClient, page: str) -> None:
    for token in NOWHERE:
        answer = web.get(page.format(token))

        assert answer.status_code == 404, token
        assert "Page not found" in answer.text
        assert token not in answer.text


def test_a_script_that_polls_gets_json(web: FlaskClient) -> None:
    answer = web.get(f"/pay/{'f' * 34}/status")

    assert (answer.status_code, answer.json) == (404, {"error": "Not found"})


@pytest.mark.parametrize("path", ["pay", "manage"])
def test_a_month_after_the_appointment_its_links_have_expired(
    session: Session, web: FlaskClient, clock: Clock, path: str
) -> None:
    scene = a_paid_booking(session)
    clock.shift(scene.booking.ends_at - clock.now() + timedelta(days=29))
    assert web.get(getattr(scene, path)).status_code == 200

    clock.shift(timedelta(days=2))

    answer = web.get(getattr(scene, path))
    assert answer.status_code == 410
    assert "This link has expired" in answer.text


def test_the_links_of_a_customer_do_not_open_the_appointment_of_the_next_one(
    session: Session, web: FlaskClient
) -> None:
    """The customer of a booking was changed in the connected calendar."""
    scene = a_paid_booking(session)
    balance = a_payment(session, scene.booking, kind="balance", amount_cents=3500, status="pending")
    session.commit()
    links = [scene.manage, f"/pay/{balance.pay_token}"]
    assert [web.get(link).status_code for link in links] == [200, 200]
    shop = reload(session, "shops", scene.booking.shop_id)
    mirrored_appointments.change_customer(session, scene.booking.id, a_customer(session, shop, name="Ben").id)
    session.commit()
    assert [web.get(link).status_code for link in links] == [404, 404]
    after = reload(session, "appointments", scene.booking.id)
    assert web.get(f"/manage/{after.manage_token}").status_code == 200


def test_another_method_is_refused_with_what_is_allowed(session: Session, web: FlaskClient) -> None:
    scene = a_paid_booking(session)

    answer = web.put(scene.pay)

    assert answer.status_code in {400, 405}
    assert web.get("/nothing/here").status_code == 404


def test_a_foreign_host_gets_no_page(web: FlaskClient) -> None:
    assert web.get("/pay/" + "f" * 34, headers={"Host": "elsewhere.example"}).status_code == 400


def test_a_form_of_ten_megabytes_is_not_read(session: Session, web: FlaskClient) -> None:
    scene = a_paid_booking(session)

    answer = web.post(f"{scene.manage}/cancel", data={"csrf_token": "x" * 10_000_000})

    assert answer.status_code == 413


def test_without_the_database_the_page_says_so_at_once(redis_url: str) -> None:
    nobody = create_engine(f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/none")

    with create_app(wired(nobody, redis_url)).test_client() as web:
        page, status = web.get("/pay/" + "f" * 34), web.get(f"/pay/{'f' * 34}/status")

    assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
    assert "We&#39;ll be right back" in page.text
    assert (status.status_code, status.json) == (503, {"error": "Unavailable"})


def test_no_token_is_ever_logged(
    session: Session, web: FlaskClient, databases: Databases, redis_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    scene = a_paid_booking(session)
    with capture_logs() as logged:
        assert web.get(scene.pay).status_code == 200
        assert web.get(scene.manage).status_code == 200
        with without_tables(databases) as broken:
            web = create_app(wired(broken, redis_url)).test_client()
            assert web.get(scene.pay).status_code == 500
            assert web.get(scene.manage).status_code == 500

    assert [line["event"] for line in logged] == ["page_failed", "page_failed"]
    for token in (scene.payment.pay_token, scene.booking.manage_token, "pi_1_secret_1"):
        assert token not in str(logged) + caplog.text


def test_the_message_of_postgres_about_a_row_is_not_logged(session: Session, engine: Engine, redis_url: str) -> None:
    person = a_customer(session, a_shop(session), phone="+447700900123", name="Ana Silva")
    session.commit()
    app = create_app(wired(engine, redis_url))

    @app.get("/app/broken")
    def broken() -> str:
        with app.extensions["dependencies"].sessions.begin() as rows:
            rows.execute(text("UPDATE customers SET id = NULL WHERE id = :id"), {"id": person.id})
        return ""

    with capture_logs() as logged:
        assert app.test_client().get("/app/broken").status_code == 500

    (line,) = logged
    assert "test_links.py" in line["where"]
    assert "NotNullViolation" in line["where"]
    assert not [value for value in ("Ana Silva", "900123") if value in str(line)]


@contextmanager
def without_tables(databases: Databases) -> Iterator[Engine]:
    """A database without migrations."""
    url = databases.make()
    with engine_on(url) as engine:
        yield engine
    databases.drop(url)
