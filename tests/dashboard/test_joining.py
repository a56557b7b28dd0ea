"""Customers join a waiting list, change their entry and leave the list."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from db import invariants
from domain.join_consent import LIMITS, VERSION
from domain.sign_in_codes import TRIES, code_of
from tests.builders import Built, a_customer, a_number, a_shop, insert
from tests.dashboard.conftest import SETTINGS
from tests.dashboard.shop.conftest import StaffBrowser

PHONE = "+447700900123"


@pytest.fixture
def shop(session: Session) -> Built:
    shop = a_shop(session, name="Salon Lou", timezone="Europe/London")
    session.commit()
    return shop


@pytest.fixture
def visitor(web: FlaskClient, session: Session) -> StaffBrowser:
    return StaffBrowser(web, session)


def value(session: Session, sql: str, **values: object) -> object:
    session.rollback()
    return session.execute(text(sql), values).scalar()


def link(session: Session, shop: Built) -> str:
    return f"/join/{value(session, 'SELECT join_token FROM shops WHERE id = :id', id=shop.id)}"


def asks(desk: StaffBrowser, path: str, phone: str = PHONE, **fields: object) -> object:
    form = {"name": "Ana", "phone": phone, "consent": "yes", "version": VERSION, "language": "en"} | fields
    return desk.post(path, **{name: sent for name, sent in form.items() if sent is not None})


def code(session: Session) -> str:
    session.rollback()
    row = session.execute(text("SELECT id, nonce FROM join_requests ORDER BY created_at DESC LIMIT 1")).one()
    return code_of(SETTINGS["secret_key"], row.id, row.nonce)


def entries(session: Session) -> list:
    session.rollback()
    return list(session.execute(text("SELECT * FROM waitlist_entries ORDER BY created_at")))


def requests(session: Session) -> int:
    return value(session, "SELECT count(*) FROM join_requests")


def test_a_stranger_joins_with_wishes_and_a_proved_phone(
    visitor: StaffBrowser, session: Session, shop: Built
) -> None:
    path = link(session, shop)
    cut = insert(session, "services", shop_id=shop.id, name="Cut")
    session.commit()
    assert asks(visitor, path, service_id=str(cut.id), weekdays=["1", "3"], time_from="09:00").status_code == 303
    assert entries(session) == []
    answer = visitor.post(f"{path}/code", code=code(session))
    assert answer.status_code == 303
    (entry,) = entries(session)
    assert (entry.service_id, entry.weekdays, str(entry.time_from)) == (cut.id, [1, 3], "09:00:00")
    assert (entry.consent_version, entry.consent_address, entry.source) == (VERSION, "127.0.0.1", "join page")
    assert entry.consent_wording.startswith("Salon Lou may text me")
    assert answer.location == f"/waitlist/{entry.token}"
    customer = session.execute(text("SELECT name, phone, sms_opt_in, consent_wording FROM customers")).one()
    assert customer == ("Ana", PHONE, True, entry.consent_wording)
    assert value(session, "SELECT count(*) FROM pending_tasks WHERE name = 'confirm_joining'") == 1
    assert visitor.post(f"{path}/code", code=code(session)).status_code in {303, 400}
    assert len(entries(session)) == 1


@pytest.mark.parametrize("lacks", [{"consent": None}, {"version": "0"}, {"name": ""}, {"phone": "123"}])
def test_no_code_without_name_phone_and_the_ticked_box(
    visitor: StaffBrowser, session: Session, shop: Built, lacks: dict[str, object]
) -> None:
    answer = asks(visitor, link(session, shop), **{"phone": PHONE, **lacks})
    assert answer.status_code == 422
    assert 'class="wrong"' in answer.text
    assert requests(session) == 0


def test_the_box_is_not_ticked(visitor: StaffBrowser, session: Session, shop: Built) -> None:
    assert "checked" not in visitor.get(link(session, shop)).text


def test_known_opted_out_and_limited_phones_get_the_same_answer(app: Flask, session: Session, shop: Built) -> None:
    known, out = a_customer(session, shop, phone=a_number()), a_number()
    insert(session, "suppressions", shop_id=shop.id, phone=out, reason="STOP")
    session.commit()
    path, seen = link(session, shop), set()
    for phone in (PHONE, known.phone, out, *[PHONE] * LIMITS.line_hour):
        desk = StaffBrowser(app.test_client(), session)
        answer = asks(desk, path, phone)
        page = desk.get(f"{path}/code").text
        seen.add((answer.status_code, answer.location, page.split("<main")[1].split("csrf_token")[0]))
    assert len(seen) == 1


def test_known_and_opted_out_phones_take_the_same_statements(app: Flask, session: Session, shop: Built) -> None:
    """The same statements run in the same order, so the response time does not reveal whether a phone is known."""
    known, out = a_customer(session, shop, phone=a_number()), a_number()
    insert(session, "suppressions", shop_id=shop.id, phone=out, reason="STOP")
    session.commit()
    path, seen = link(session, shop), []
    for phone in (PHONE, known.phone, out):
        desk, statements = StaffBrowser(app.test_client(), session), []
        note = lambda *a: statements.append(a[2])  # noqa: E731, B023
        event.listen(Engine, "before_cursor_execute", note)
        assert asks(desk, path, phone).status_code == 303
        assert desk.post(f"{path}/code", code="000000").status_code == 422
        event.remove(Engine, "before_cursor_execute", note)
        seen.append(statements)
    assert len(seen[0]) > 4
    assert seen[0] == seen[1] == seen[2]


def test_an_opted_out_phone_cannot_be_joined(visitor: StaffBrowser, session: Session, shop: Built) -> None:
    path = link(session, shop)
    asks(visitor, path)
    insert(session, "suppressions", shop_id=shop.id, phone=PHONE, reason="STOP")
    session.commit()
    assert visitor.post(f"{path}/code", code=code(session)).status_code == 422
    assert entries(session) == []
    # The row is written as for any other phone, so the response time does not reveal the opt-out.
    assert value(session, "SELECT attempts FROM join_requests") == 1


def test_a_known_customer_keeps_name_and_consent(visitor: StaffBrowser, session: Session, shop: Built) -> None:
    a_customer(session, shop, name="Ana Silva", phone=PHONE, consent_source="desk")
    session.commit()
    path = link(session, shop)
    asks(visitor, path, name="Somebody")
    visitor.post(f"{path}/code", code=code(session))
    found = session.execute(text("SELECT name, consent_source FROM customers")).one()
    assert found == ("Ana Silva", "desk")
    assert len(entries(session)) == 1


def test_a_phone_is_texted_a_few_times_by_all_shops_together(app: Flask, session: Session, shop: Built) -> None:
    """The requests come from different addresses, so only the limit in Postgres applies."""
    other = a_shop(session, name="Other")
    session.commit()
    for number in range(LIMITS.line_hour + 2):
        desk = StaffBrowser(app.test_client(), session)
        desk.web.environ_base["REMOTE_ADDR"] = f"198.51.100.{number + 1}"
        assert asks(desk, link(session, [shop, other][number % 2])).status_code == 303
    assert requests(session) == LIMITS.line_hour


def test_a_visitor_can_text_few_strangers(app: Flask, session: Session, shop: Built) -> None:
    path = link(session, shop)
    for _ in range(LIMITS.visitor_hour + 2):
        asks(StaffBrowser(app.test_client(), session), path, a_number())
    assert requests(session) == LIMITS.visitor_hour
    assert value(session, "SELECT count(*) FROM pending_tasks WHERE name = 'send_join_code'") == LIMITS.visitor_hour


def test_guessing_ends_after_a_few_tries(visitor: StaffBrowser, session: Session, shop: Built) -> None:
    path = link(session, shop)
    asks(visitor, path)
    right = code(session)
    wrong = f"{(int(right) + 1) % 10**6:06}"
    assert {visitor.post(f"{path}/code", code=wrong).status_code for _ in range(TRIES)} == {422}
    assert visitor.post(f"{path}/code", code=right).status_code == 422
    assert entries(session) == []


def test_a_code_counts_in_its_browser_and_its_shop_only(app: Flask, session: Session, shop: Built) -> None:
    other = a_shop(session, name="Other")
    session.commit()
    path, elsewhere = link(session, shop), link(session, other)
    first, second = StaffBrowser(app.test_client(), session), StaffBrowser(app.test_client(), session)
    asks(second, path)
    asks(first, path)
    assert second.post(f"{path}/code", code=code(session)).status_code == 422
    assert first.post(f"{elsewhere}/code", code=code(session)).status_code == 422
    assert first.post(f"{path}/code", code=code(session)).status_code == 303


def test_another_shops_service_is_refused(visitor: StaffBrowser, session: Session, shop: Built) -> None:
    foreign = insert(session, "services", shop_id=a_shop(session).id, name="Theirs")
    session.commit()
    assert asks(visitor, link(session, shop), service_id=str(foreign.id)).status_code == 422


@pytest.mark.parametrize("days", [["9"], ["1", "x"], ["０"], ["12"]])
def test_a_day_that_is_none_is_refused_beside_its_field(
    visitor: StaffBrowser, session: Session, shop: Built, days: list[str]
) -> None:
    answer = asks(visitor, link(session, shop), weekdays=days)
    assert answer.status_code == 422
    assert 'id="wrong-weekdays"' in answer.text
    assert requests(session) == 0


NEVER = {
    "date_until": {"date_until": "2026-01-31"},
    "weekdays": {"date_from": "2031-05-05", "date_until": "2031-05-09", "weekdays": ["6", "7"]},
}


@pytest.mark.parametrize("language", ["en", "es", "fr", "de"])
@pytest.mark.parametrize("field", NEVER)
def test_wishes_that_no_slot_can_match_are_refused_beside_their_field(
    visitor: StaffBrowser, session: Session, shop: Built, field: str, language: str
) -> None:
    answer = asks(visitor, link(session, shop), language=language, **NEVER[field])
    assert answer.status_code == 422
    assert f'id="wrong-{field}"' in answer.text
    assert requests(session) == 0


@pytest.mark.parametrize(("zone", "status"), [("Pacific/Kiritimati", 422), ("Pacific/Pago_Pago", 303)])
def test_the_last_day_is_over_when_it_ends_in_the_zone_of_the_shop(
    visitor: StaffBrowser, session: Session, zone: str, status: int
) -> None:
    """When it is 10:30 UTC, it is already tomorrow in Kiritimati and still yesterday in Pago Pago."""
    shop = a_shop(session, timezone=zone)
    session.commit()
    in_pago_pago = "SELECT (now() AT TIME ZONE 'Pacific/Pago_Pago')::date"
    last = value(session, in_pago_pago)
    assert asks(visitor, link(session, shop), date_until=str(last)).status_code == status


def test_no_page_for_an_unknown_link_or_without_a_list(visitor: StaffBrowser, session: Session) -> None:
    off = a_shop(session, waitlist="off")
    session.commit()
    assert visitor.get(link(session, off)).status_code == 404
    assert visitor.get("/join/unknown-token").status_code == 404
    assert visitor.get("/waitlist/unknown-token").status_code == 404


@pytest.mark.parametrize(("language", "words"), [("es", "lista de espera"), ("fr", "liste d"), ("de", "Warteliste")])
def test_in_the_browsers_language(
    visitor: StaffBrowser, session: Session, shop: Built, language: str, words: str
) -> None:
    page = visitor.get(link(session, shop), headers={"Accept-Language": language}).text
    assert f'<html lang="{language}">' in page
    assert words in page


def test_the_link_shows_changes_and_leaves(visitor: StaffBrowser, session: Session, shop: Built) -> None:
    ana = a_customer(session, shop, name="Ana")
    insert(session, "waitlist_entries", shop_id=shop.id, customer_id=ana.id, priority=2, priority_reason="Ill.")
    session.commit()
    (entry,) = entries(session)
    page = f"/waitlist/{entry.token}"
    assert visitor.get(page).status_code == 200
    assert visitor.get(f"{page}/leave").status_code == 405
    assert entries(session) == [entry]
    assert visitor.post(page, weekdays=["5"], time_until="12:00", priority="9").status_code == 303
    (changed,) = entries(session)
    assert (changed.weekdays, str(changed.time_until), changed.priority) == ([5], "12:00:00", 2)
    assert visitor.post(page, date_from="2031-02-02", date_until="2031-02-01").status_code == 422
    assert visitor.post(f"{page}/leave", form=page).status_code == 303
    (left,) = entries(session)
    assert left.status == "left"
    assert value(session, "SELECT sms_opt_in FROM customers")
    assert "not on the waiting list" in visitor.get(page).text
    visitor.post(page, form="/join/" + link(session, shop).rpartition("/")[2], weekdays=["1"])
    assert entries(session) == [left]


def test_reading_and_unproved_forms_change_nothing(app: Flask, session: Session, shop: Built) -> None:
    """Covers links that scanners open, forms of other sites, and codes that are sent with GET."""
    ana = a_customer(session, shop, name="Ana", phone=PHONE)
    entry = insert(session, "waitlist_entries", shop_id=shop.id, customer_id=ana.id)
    session.commit()
    path, desk = link(session, shop), StaffBrowser(app.test_client(), session)
    asks(desk, path)
    session.rollback()
    before, right = invariants.state(session), code(session)
    form = {"name": "Ana", "phone": PHONE, "consent": "yes", "version": VERSION}
    for address in (path, f"{path}/code", f"/waitlist/{entry.token}"):
        for method in ("get", "head", "options", "put", "delete", "patch"):
            getattr(desk.web, method)(address, query_string={**form, "code": right, "_method": "POST"})
    for address in (path, f"{path}/code", f"/waitlist/{entry.token}", f"/waitlist/{entry.token}/leave"):
        assert desk.web.post(address, data={**form, "code": right}).status_code == 400
    session.rollback()
    assert invariants.state(session) == before


def test_one_code_joins_once_however_often_it_is_sent_at_once(app: Flask, session: Session, shop: Built) -> None:
    path, desk = link(session, shop), StaffBrowser(app.test_client(), session)
    asks(desk, path)
    right = code(session)
    page = desk.get(f"{path}/code").text
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    cookie = desk.web.get_cookie("slots")
    assert cookie is not None

    def send() -> int:
        client = app.test_client()
        client.set_cookie(cookie.key, cookie.value)
        return client.post(f"{path}/code", data={"csrf_token": token, "code": right}).status_code

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(lambda _: send(), range(4)))
    assert answers == [303, 422, 422, 422]
    assert len(entries(session)) == 1


def test_the_link_of_an_entry_shows_nothing_about_its_customer(
    visitor: StaffBrowser, session: Session, shop: Built
) -> None:
    ana = a_customer(session, shop, name="Ana Silva", phone=PHONE, email="ana@example.com")
    values = {"note": "Owes us", "priority": 2, "priority_reason": "Ill."}
    entry = insert(session, "waitlist_entries", shop_id=shop.id, customer_id=ana.id, **values)
    session.commit()
    page = visitor.get(f"/waitlist/{entry.token}")
    for secret in ("Ana Silva", PHONE, PHONE[3:], "ana@example.com", "Owes us", "Ill.", str(ana.id), str(shop.id)):
        assert secret not in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in page.headers["Cache-Control"]


def test_the_place_in_line_is_shown_where_the_shop_allows_it(
    visitor: StaffBrowser, session: Session, shop: Built
) -> None:
    found = []
    for name, wishes in (
        ("Ben", {}),
        ("Cleo", {"weekdays": "{1}"}),
        ("Dan", {"time_until": "12:00"}),
        ("Ana", {"weekdays": "{4}", "time_from": "17:00", "notice_minutes": 24 * 60}),
        ("Eve", {"priority": 1, "priority_reason": "Ill."}),
    ):
        who = a_customer(session, shop, name=name)
        found.append(insert(session, "waitlist_entries", shop_id=shop.id, customer_id=who.id, **wishes))
    session.commit()
    page = f"/waitlist/{found[3].token}"
    assert "place in line" not in visitor.get(page).text
    session.execute(text("UPDATE shops SET show_waitlist_place = true"))
    session.commit()
    # Two customers are ahead of Ana: Ben, who takes any time, and Eve, who has priority.
    # Cleo and Dan want other times.
    assert "Your place in line: 3 (Thursday, from 17:00, at least 24 hours before)" in visitor.get(page).text
    session.execute(text("UPDATE customers SET locale = 'es_ES' WHERE name = 'Ana'"))
    session.commit()
    spanish = "Su lugar en la lista: 3 (jueves, desde las 17:00, al menos 24 horas antes)"
    assert spanish in visitor.get(page).text
