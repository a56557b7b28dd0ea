"""Importing a waiting list: a preview that writes nothing, the import, and the rows that cannot be added."""

from __future__ import annotations

import html
import io
import re

from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.builders import Built, a_customer, a_performer, insert
from tests.dashboard.shop.conftest import StaffBrowser

PATH = "/app/waitlist/import"
LIST = """name,phone,sms_opt_in,consent_source,service,with,weekdays,time from
Ana,+447700900100,yes,form,Cut,Lou,Thu Fri,17:00
Ben,+447700900101,no,,,,,
Cara,+447700900102,yes,,,,,
Dan,+447700900103,no,,,,Sometime,
"""
COUNTS = text("SELECT (SELECT count(*) FROM waitlist_entries), (SELECT count(*) FROM customers)")


def bring(desk: StaffBrowser, **fields: object) -> TestResponse:
    return desk.post_multipart(PATH, **fields)


def counts(session: Session) -> tuple[int, ...]:
    session.rollback()
    return tuple(session.execute(COUNTS).one())


def test_a_preview_writes_nothing_and_the_import_adds_people_and_entries(
    desk: StaffBrowser, session: Session, salon: Built
) -> None:
    insert(session, "services", shop_id=salon.id, name="Cut")
    a_performer(session, salon)
    a_customer(session, salon, name="Ana Silva", phone="+447700900100")
    session.commit()
    page = bring(desk, file=(io.BytesIO(LIST.encode()), "list.csv")).text
    assert "2 entries will be added, 1 with a new customer" in page
    assert "days like" in html.unescape(page)
    assert counts(session) == (0, 1)
    held = re.search(r'name="held_file" value="([^"]+)"', page)
    assert held
    done = bring(desk, held_file=held[1], **{"import": "1"}).text
    assert "2 entries were added, 1 with a new customer, 0 already existed, and 2 rows were skipped" in done
    assert counts(session) == (2, 2)
    (log,) = session.execute(text("SELECT because FROM audit_logs WHERE event = 'WaitlistImported'")).scalars()
    assert log == "A waiting list was imported: 2 added, 2 skipped."


def test_a_list_may_be_larger_than_a_form(desk: StaffBrowser, session: Session) -> None:
    rows = f"name,phone,sms_opt_in,biography\nAna,+447700900100,no,{'x' * 70_000}\n"
    page = bring(desk, file=(io.BytesIO(rows.encode()), "list.csv"))
    assert page.status_code == 200
    assert "1 entry will be added" in page.text
    assert counts(session) == (0, 0)


def test_a_row_with_more_cells_than_columns_is_skipped(desk: StaffBrowser) -> None:
    page = bring(desk, file=(io.BytesIO(b"name,phone,note\nAna,+447700900100,left, early\n"), "list.csv"))
    assert "Put quotes around cells that contain the separator." in page.text


def test_only_who_may_manage_imports(desk: StaffBrowser, session: Session, mia: Built) -> None:
    session.execute(text("UPDATE staff SET role = 'staff' WHERE id = :id"), {"id": mia.id})
    session.commit()
    assert desk.get(PATH).status_code == 403


def test_the_example_can_be_imported(desk: StaffBrowser, session: Session, salon: Built) -> None:
    example = desk.get(f"{PATH}/example.csv").data
    page = bring(desk, file=(io.BytesIO(example), "example.csv")).text
    assert "2 entries will be added" in page
