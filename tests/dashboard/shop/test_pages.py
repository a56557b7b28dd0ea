"""The content of the shop's pages, and the role and confirmation that each change requires."""

from __future__ import annotations

import csv
import io
import re
from datetime import time

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from dashboard.shop.settings.sections import SECTIONS
from domain.statistics import Statistics
from tests.builders import Built, a_customer, a_number, a_staff_member, a_suppression, insert, reload
from tests.dashboard.shop.conftest import StaffBrowser
from tests.dashboard.shop.scenes import RecoveryRows, a_busy_shop, a_closed_slot, a_recovered_slot, an_offered_slot

MOST_STATEMENTS = 9
# Statements that look up the signed-in member or begin a page's transaction.
OF_THE_FRAME = re.compile(r"staff_sessions|SET TRANSACTION|set_config|SELECT pg_catalog|select current_schema")


@pytest.fixture
def busy(session: Session, salon: Built) -> dict[str, RecoveryRows]:
    return a_busy_shop(session, salon)


def pages_of(busy: dict[str, RecoveryRows]) -> list[str]:
    one = busy["recovered"]
    assert one.booking is not None
    return [
        "/app/",
        "/app/appointments",
        "/app/appointments?q=Ana&from=2020-01-01&until=2036-01-01&order=newest",
        f"/app/appointments/{one.booking.id}",
        *(f"/app/slot-openings/{scene.slot.id}" for scene in busy.values()),
        f"/app/slot-openings/{busy['offered'].slot.id}?who=Zoe&steps=all",
        f"/app/slot-openings/{busy['offered'].slot.id}/stop",
        "/app/customers",
        f"/app/customers/{one.asked.id}",
        f"/app/customers/{one.asked.id}/opt-out",
        "/app/customers/import",
        "/app/settings",
        *(f"/app/settings/{section.slug}" for section in SECTIONS),
        "/app/settings/texts/offer?language=de",
        "/app/start",
        "/app/shops",
        "/app/notifications",
    ]


def test_a_page_executes_at_most_nine_statements_and_changes_nothing(
    desk: StaffBrowser, busy: dict[str, RecoveryRows], statements: list[str]
) -> None:
    for path in pages_of(busy):
        for headers in ({}, {"X-Part": "live"}):
            statements.clear()
            assert desk.get(path, headers=headers).status_code == 200, path
            own = [statement for statement in statements if not OF_THE_FRAME.search(statement)]
            assert len(own) <= MOST_STATEMENTS, path
            assert not [one for one in statements if re.search(r"\b(INSERT|UPDATE|DELETE)\b", one)], path


def test_nothing_runs_inline(desk: StaffBrowser, busy: dict[str, RecoveryRows]) -> None:
    inline = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", re.IGNORECASE)
    for path in [*pages_of(busy), "/app/login?again=1", "/app/customers/none"]:
        answer = desk.get(path)
        assert not inline.search(answer.text), path
        assert "'unsafe-inline'" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"


def test_text_typed_by_a_customer_is_escaped(desk: StaffBrowser, session: Session, salon: Built) -> None:
    scene = an_offered_slot(session, salon, name="<img src=x onerror=alert(1)>")
    for path in ("/app/appointments", f"/app/slot-openings/{scene.slot.id}", "/app/customers"):
        assert "<img" not in desk.get(path).text


def test_the_list_says_what_each_recovery_is_at(desk: StaffBrowser, busy: dict[str, RecoveryRows]) -> None:
    page = desk.get("/app/appointments").text
    assert "Slot recovery" in page
    assert "Asking Ana Silva until" in page
    assert page.count("View booking") == 1
    assert f"/app/appointments/{busy['recovered'].booking.id}" in page  # type: ignore[union-attr]
    for label in ("Offering", "Recovered", "No customers left"):
        assert f"</svg> {label}</span>" in page


def test_tabs_narrow_the_list(desk: StaffBrowser, busy: dict[str, RecoveryRows]) -> None:
    for tab, names in {"offering": {"Ana"}, "recovered": {"Ben"}, "lost": set(), "open": set()}.items():
        section = desk.get(f"/app/appointments?tab={tab}").text.partition("Upcoming appointments")[0]
        assert {name for name in ("Ana", "Ben", "Cara") if f"{name} " in section} == names, tab


def test_an_empty_shop_shows_what_to_expect(desk: StaffBrowser) -> None:
    assert "No cancellations yet" in desk.get("/app/appointments").text


def test_no_match_offers_to_clear_the_filters(desk: StaffBrowser, busy: dict[str, RecoveryRows]) -> None:
    assert "Clear filters" in desk.get("/app/appointments?q=nobody").text


def test_pages_of_a_list_are_in_its_address(desk: StaffBrowser, session: Session, salon: Built) -> None:
    for number in range(27):
        a_recovered_slot(session, salon, name=f"Customer {number}", hours=24 + 2 * number)
    first, second = (desk.get(f"/app/appointments?page={page}").text for page in (1, 2))
    found = [re.findall(r'<tr id="slot-([^"]+)"', page) for page in (first, second)]
    assert [len(page) for page in found] == [25, 2]
    assert not set(found[0]) & set(found[1])


def test_nonsense_in_the_address_is_left_out(desk: StaffBrowser, busy: dict[str, RecoveryRows]) -> None:
    some = ("page=0", "page=x", "from=never", "performer=1", "tab=?", "order=;", "q=%00", "page=9999999999")
    for nonsense in some:
        assert desk.get(f"/app/appointments?{nonsense}").status_code == 200, nonsense


def test_any_id_leads_to_its_page(desk: StaffBrowser, busy: dict[str, RecoveryRows]) -> None:
    one = busy["recovered"]
    assert one.booking is not None
    leads = {
        str(one.slot.id): f"/app/slot-openings/{one.slot.id}",
        str(one.offer.id): f"/app/slot-openings/{one.slot.id}",
        str(one.booking.id): f"/app/appointments/{one.booking.id}",
        f"pi_{one.booking.id.hex}": f"/app/appointments/{one.booking.id}",
        str(one.asked.id): f"/app/customers/{one.asked.id}",
    }
    assert {words: desk.get(f"/app/appointments?q={words}").location for words in leads} == leads


def test_people_are_found_as_one_would_type_them(desk: StaffBrowser, session: Session, salon: Built) -> None:
    a_customer(session, salon, name="élodie Blanc", phone="+447700900123")
    a_customer(session, salon, name="Somebody else", phone="+447700800777")
    session.commit()
    for typed in ("07700 9001", "+44 7700-900123", "900123", "élodie", "E BLANC"):
        page = desk.get("/app/customers", query_string={"q": typed}).text
        assert "élodie Blanc" in page, typed
        assert "Somebody else" not in page, typed


def test_the_file_holds_what_is_shown_and_no_formula(desk: StaffBrowser, session: Session, salon: Built) -> None:
    an_offered_slot(session, salon, name="=HYPERLINK(1)")
    answer = desk.get("/app/appointments/recoveries.csv?tab=offering")
    (line,) = csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")))
    assert line["Customer"] == "'=HYPERLINK(1)"
    assert line["Status"] == "open"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="slot-recovery.csv"'


def test_an_export_is_logged_with_its_actor(
    desk: StaffBrowser, busy: dict[str, RecoveryRows], session: Session, mia: Built
) -> None:
    desk.get("/app/appointments/recoveries.csv")
    session.rollback()
    noted = session.execute(text("SELECT actor, because FROM audit_logs WHERE event = 'RecoveriesExported'")).one()
    assert tuple(noted) == (str(mia.id), "Exported 3 recoveries as CSV.")


def test_the_page_of_a_slot_says_why_a_customer_is_not_asked(
    desk: StaffBrowser, session: Session, salon: Built
) -> None:
    scene = an_offered_slot(session, salon)
    hugo = a_customer(session, salon, name="Hugo")
    a_suppression(session, salon, hugo.phone)
    a_customer(session, salon, name="Ines", sms_opt_in=False)
    session.commit()
    page = desk.get(f"/app/slot-openings/{scene.slot.id}?who=Hugo").text.partition("Customer eligibility")[2]
    assert "Opted out of texts." in page
    page = desk.get(f"/app/slot-openings/{scene.slot.id}").text.partition("Customer eligibility")[2]
    assert "Has not agreed to texts." in page
    assert "Cancelled this appointment." in page or "Zoe" in page


def test_an_asked_customer_is_listed_only_among_the_asked(desk: StaffBrowser, session: Session, salon: Built) -> None:
    sold = a_recovered_slot(session, salon)
    asked, _, others = desk.get(f"/app/slot-openings/{sold.slot.id}").text.partition("Customer eligibility")
    assert "Ben Okafor" in asked
    assert "Ben Okafor" not in others
    looked_for = desk.get(f"/app/slot-openings/{sold.slot.id}?who=Ben").text.partition("Customer eligibility")[2]
    assert "Was already asked about this slot." in looked_for
    assert "View offer" in looked_for


def test_the_live_part_is_asked_for_cheaply(
    desk: StaffBrowser, busy: dict[str, RecoveryRows], statements: list[str]
) -> None:
    path = f"/app/slot-openings/{busy['offered'].slot.id}"
    first = desk.get(path, headers={"X-Part": "live"})
    assert "<html" not in first.text
    statements.clear()
    again = desk.get(path, headers={"X-Part": "live", "If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.text) == (304, "")
    assert len([statement for statement in statements if not OF_THE_FRAME.search(statement)]) == 1


def test_a_change_is_noticed(desk: StaffBrowser, busy: dict[str, RecoveryRows], session: Session) -> None:
    path = f"/app/slot-openings/{busy['offered'].slot.id}"
    first = desk.get(path, headers={"X-Part": "live"})
    session.execute(
        text("UPDATE messages SET status = 'undelivered' WHERE slot_offer_id = :id"), {"id": busy["offered"].offer.id}
    )
    session.commit()
    again = desk.get(path, headers={"X-Part": "live", "If-None-Match": first.headers["ETag"]})
    assert "Not delivered" in again.text


def test_a_step_is_left_to_the_worker_in_the_name_of_who_wanted_it(
    desk: StaffBrowser, busy: dict[str, RecoveryRows], session: Session, mia: Built
) -> None:
    path = f"/app/slot-openings/{busy['offered'].slot.id}/ask_next"
    assert "Ana Silva&#39;s offer will end." in desk.get(path).text
    assert desk.post(path).status_code == 303
    session.rollback()
    args = session.execute(text("SELECT args FROM pending_tasks WHERE name = 'step_in'")).scalar_one()
    assert args == [str(busy["offered"].slot.id), "ask_next", str(mia.id)]


def test_a_read_only_member_changes_nothing(
    app: Flask, session: Session, salon: Built, busy: dict[str, RecoveryRows]
) -> None:
    ben = a_staff_member(session, salon, role="read_only", phone=a_number(), email=None)
    session.commit()
    looker, slot = StaffBrowser(app.test_client(), session).signs_in(ben), busy["offered"].slot.id
    page = looker.get(f"/app/slot-openings/{slot}").text
    assert busy["offered"].asked.phone not in page
    assert "Stop asking" not in page
    opt_out = f"/app/customers/{busy['offered'].asked.id}/opt-out"
    tried = (f"/app/slot-openings/{slot}/stop", opt_out, "/app/settings/shop")
    assert {looker.post(path, form="/app/appointments").status_code for path in tried} == {403}


@pytest.mark.parametrize("path", ["/app/settings/recovery", "/app/settings/people", "/app/customers/import"])
def test_staff_who_are_no_owners_manage_nothing(app: Flask, session: Session, salon: Built, path: str) -> None:
    kim = a_staff_member(session, salon, role="staff", phone=a_number(), email=None)
    session.commit()
    assert (
        StaffBrowser(app.test_client(), session).signs_in(kim).post(path, form="/app/appointments").status_code == 403
    )


def test_an_opt_out_recorded_by_staff_is_permanent(desk: StaffBrowser, session: Session, salon: Built) -> None:
    ana = a_customer(session, salon)
    session.commit()
    desk.post(f"/app/customers/{ana.id}/opt-out")
    desk.post(f"/app/customers/{ana.id}/opt-in", form="/app/appointments", source="She said so")
    session.rollback()
    assert reload(session, "customers", ana.id).sms_opt_in is False
    events = session.execute(text("SELECT event FROM audit_logs WHERE event LIKE 'Customer%'")).scalars().all()
    assert events == ["CustomerOptedOutByStaff"]


@pytest.mark.parametrize(("source", "agreed"), [("", False), ("Signed form of 3 March", True)])
def test_an_opt_in_needs_its_source(
    desk: StaffBrowser, session: Session, salon: Built, source: str, agreed: bool
) -> None:
    ana = a_customer(session, salon, sms_opt_in=False)
    session.commit()
    desk.post(f"/app/customers/{ana.id}/opt-in", form="/app/appointments", source=source)
    session.rollback()
    assert reload(session, "customers", ana.id).sms_opt_in is agreed


def settings_form(desk: StaffBrowser, section: str, **other: str) -> dict[str, str]:
    page = desk.get(f"/app/settings/{section}").text
    inputs = re.findall(r'<input id="(\w+)" name="\w+"[^>]*?value="([^"]*)"', page)
    chosen = re.findall(r'<select id="(\w+)" name="\w+"(?:(?!</select>).)*?<option value="([^"]*)" selected', page)
    switches = dict.fromkeys(re.findall(r'<input type="checkbox" id="(\w+)"[^>]* checked', page), "1")
    return {**dict(inputs), **dict(chosen), **switches, **other}


def test_settings_are_saved_and_count_for_new_offers(desk: StaffBrowser, session: Session, salon: Built) -> None:
    changes = {
        "recovery": {"offer_window_minutes": "20"},
        "deposits": {"deposit": "12.50"},
        "quiet-hours": {"quiet_from": "20:00", "quiet_until": "09:30"},
    }
    for section, typed in changes.items():
        answer = desk.post(f"/app/settings/{section}", **settings_form(desk, section, **typed))
        assert answer.status_code == 303, answer.text
    session.rollback()
    row = reload(session, "shops", salon.id)
    assert (row.offer_window_minutes, row.deposit_cents, row.recovery_enabled) == (20, 1250, True)
    assert (row.quiet_from, row.quiet_until) == (time(20), time(9, 30))
    assert "applies to new offers" in desk.get("/app/settings/recovery").text.lower()


@pytest.mark.parametrize(("chosen", "status", "kept"), [("DE", 303, "DE"), ("", 303, None), ("XX", 422, "GB")])
def test_the_country_of_the_shop_is_chosen_from_a_list(
    desk: StaffBrowser, session: Session, salon: Built, chosen: str, status: int, kept: str | None
) -> None:
    session.execute(text("UPDATE shops SET country = 'GB' WHERE id = :id"), {"id": salon.id})
    session.commit()
    assert '<option value="GB" selected>United Kingdom</option>' in desk.get("/app/settings/region").text
    answer = desk.post("/app/settings/region", **settings_form(desk, "region", country=chosen))
    session.rollback()
    assert (answer.status_code, reload(session, "shops", salon.id).country) == (status, kept)


@pytest.mark.parametrize(
    ("section", "field", "value"),
    [
        ("recovery", "offer_window_minutes", "0"),
        ("region", "timezone", "Mars/Base"),
        ("deposits", "deposit", "-1"),
        ("quiet-hours", "quiet_until", ""),
    ],
)
def test_a_wrong_setting_saves_nothing(
    desk: StaffBrowser, session: Session, salon: Built, section: str, field: str, value: str
) -> None:
    before = reload(session, "shops", salon.id)
    path = f"/app/settings/{section}"
    others = {"cooldown_hours": "3", "payment_attempts": "4", "country": "DE", "quiet_from": "20:00"}
    answer = desk.post(path, **settings_form(desk, section, **others | {field: value}))
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    session.rollback()
    assert reload(session, "shops", salon.id) == before


def test_an_unknown_section_is_not_found(desk: StaffBrowser) -> None:
    assert desk.get("/app/settings/nothing").status_code == 404
    assert desk.post("/app/settings/nothing", form="/app/settings").status_code == 404


def test_a_path_of_no_page_leads_back(desk: StaffBrowser) -> None:
    answer = desk.get("/app/nothing/here")
    assert answer.status_code == 404
    assert 'href="/app/customers"' in answer.text
    assert "whole link" not in answer.text
    assert desk.get("/").headers["Location"].endswith("/app/")


def test_a_customer_is_found_by_a_part_of_their_address(desk: StaffBrowser, session: Session, salon: Built) -> None:
    a_customer(session, salon, name="Ana Ruiz", email="Ana.Ruiz@example.com")
    a_customer(session, salon, name="Ben Webb", email="ben@example.com")
    session.commit()
    found = desk.get("/app/customers?q=ruiz@example").text
    assert "Ana Ruiz" in found
    assert "Ben Webb" not in found


def test_a_text_is_shown_as_it_will_be_sent(desk: StaffBrowser) -> None:
    seen = desk.post(
        "/app/settings/texts/preview", form="/app/settings", name="offer", source="Free {{ when }} ✂"
    ).json
    assert seen is not None
    assert seen["text"].startswith("Free tomorrow at")
    assert seen["cost"].startswith("1 SMS, ")
    assert seen["cost"].endswith(" of 70 characters, due to special characters")


def test_the_notification_of_a_recovered_slot_names_customer_time_and_money(
    desk: StaffBrowser, session: Session, salon: Built, busy: dict[str, RecoveryRows]
) -> None:
    session.execute(text("UPDATE payments SET succeeded_at = now()"))
    slot_id = busy["recovered"].slot.id
    insert(session, "notifications", shop_id=salon.id, kind="recovered", text="Sold again.", slot_opening_id=slot_id)
    session.commit()
    page = desk.get("/app/notifications").text
    found = re.search(r"Sold again\. Ben Okafor is booked for <time [^>]+>[^<]+</time>.* and paid £20\.", page)
    assert found


def test_notifications_are_counted_and_read(desk: StaffBrowser, busy: dict[str, RecoveryRows]) -> None:
    assert '1<span class="unseen"> unread' in desk.get("/app/appointments").text
    desk.post("/app/notifications/read", form="/app/notifications")
    assert "none unread" in desk.get("/app/appointments").text


def test_one_notification_is_read(
    desk: StaffBrowser, busy: dict[str, RecoveryRows], session: Session, salon: Built
) -> None:
    insert(session, "notifications", shop_id=salon.id, text="Another.")
    session.commit()
    (one, _) = re.findall(r'name="id" value="([^"]+)"', desk.get("/app/notifications").text)
    desk.post("/app/notifications/read", form="/app/notifications", id=one)
    assert '1<span class="unseen"> unread' in desk.get("/app/appointments").text
    assert one not in desk.get("/app/notifications?show=unread").text


def test_a_removed_member_is_signed_out_immediately(
    app: Flask, desk: StaffBrowser, session: Session, salon: Built
) -> None:
    kim = a_staff_member(session, salon, role="staff", name="Kim", phone=a_number(), email=None)
    session.commit()
    theirs = StaffBrowser(app.test_client(), session).signs_in(kim)
    desk.post(f"/app/settings/people/{kim.id}/leave", form="/app/settings")
    assert theirs.get("/app/appointments").status_code == 303


def test_rights_are_changed_only_soon_after_signing_in(desk: StaffBrowser, session: Session) -> None:
    session.execute(text("UPDATE staff_sessions SET reauthenticated_at = now() - interval '20 minutes'"))
    session.commit()
    answer = desk.post("/app/settings/people", form="/app/appointments", name="Eve", email="eve@example.com")
    assert "/app/login" in answer.location
    assert desk.get("/app/appointments/recoveries.csv").status_code == 303


def test_the_lists_behind_the_figures_hold_as_many(
    desk: StaffBrowser, busy: dict[str, RecoveryRows], session: Session, salon: Built
) -> None:
    # The slot starts now, so it is in this month on any date.
    by_hand = a_closed_slot(session, salon, hours=0)
    session.execute(
        text("UPDATE slot_openings SET closed_as = 'sold_by_hand' WHERE id = :id"), {"id": by_hand.slot.id}
    )
    session.commit()
    page = desk.get("/app/").text
    links = re.findall(r"<dt>([\w ]+)</dt><dd[^>]*><a href=\"([^\"]+)\">(\d+)</a>", page)
    assert links
    for name, link, number in links:
        rows = desk.get(link.replace("&amp;", "&")).text.count('<tr id="slot-')
        assert rows == int(number), name


def test_a_single_recovery_has_its_time_and_no_percentile(desk: StaffBrowser, session: Session, salon: Built) -> None:
    a_recovered_slot(session, salon, hours=0)
    month = desk.get("/app/").text
    assert re.search(r"Time to fill</dt><dd[^>]*>[\w ]+</dd>", month)


@pytest.mark.parametrize(("times", "shown"), [(0, False), (9, False), (10, True)])
def test_the_90th_percentile_is_shown_from_ten_recoveries_on(times: int, shown: bool) -> None:
    assert Statistics(recovered=times).shows_90th_percentile is shown


def test_the_figures_lead_to_their_lists(desk: StaffBrowser, busy: dict[str, RecoveryRows]) -> None:
    page = desk.get("/app/").text
    assert "Fill rate" in page
    assert "tab=recovered" in page
