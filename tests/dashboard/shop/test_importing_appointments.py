"""Importing appointments: a preview that writes nothing, the import, and the rows that cannot be booked."""

from __future__ import annotations

import csv
import html
import io
import re

import pytest
from flask import Flask
from openpyxl import Workbook
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.builders import Built, a_customer, a_number, a_performer, a_staff_member, insert
from tests.dashboard.shop.conftest import StaffBrowser

PATH = "/app/appointments/import"
LIST = """name,phone,date,time,minutes,service,with,room
Ana,+447700900100,2027-03-01,10:00,,Cut,Lou,1
Ben,+447700900101,2027-03-01,10:30,30,,lou,1
Cara,+447700900102,2027-03-01,12:00,,,,
Dev,+447700900103,01/02/2027,12:00,30,,,
Eve,+447700900104,2027-03-28,01:30,30,,,
Fay,07700 900105,2027-03-01,15:00,30,,,
Gus,+447700900106,2020-03-01,15:00,30,,,
Hal,+447700900107,2027-03-01,2:15 pm,30,Perm,,
Ida,+447700900108,2027-03-01,2:15 pm,30,,,
"""
REASONS = (
    "overlaps another appointment",
    "There is no length",
    "must be a date like",
    "clocks go forward",
    "country code",
    "in the past",
    "no active service named “Perm”",
)
COUNTS = "SELECT (SELECT count(*) FROM appointments), (SELECT count(*) FROM customers)"


def bring(desk: StaffBrowser, content: bytes | str, **fields: str) -> TestResponse:
    data = content.encode() if isinstance(content, str) else content
    return desk.post_multipart(PATH, file=(io.BytesIO(data), "list.csv"), **fields)


def rows(session: Session, statement: str) -> list[tuple[object, ...]]:
    session.rollback()
    return [tuple(row) for row in session.execute(text(statement))]


@pytest.fixture
def cut(session: Session, salon: Built) -> Built:
    """Inserts a service, the performer Lou and the customer Ana; returns the service."""
    service = insert(session, "services", shop_id=salon.id, name="Cut", duration_minutes=60, price_cents=5500)
    a_performer(session, salon)
    a_customer(session, salon, name="Ana Silva", phone="+447700900100")
    session.commit()
    return service


def test_a_preview_shows_every_row_and_writes_nothing(desk: StaffBrowser, session: Session, cut: Built) -> None:
    page = bring(desk, LIST).text
    assert "2 appointments will be booked, 1 with a new customer, and 7 rows will be skipped." in page
    for reason in REASONS:
        assert html.escape(reason) in page
    assert "Columns that were not read: “room”." in page
    assert rows(session, COUNTS) == [(0, 1)]
    assert rows(session, "SELECT 1 FROM audit_logs WHERE event = 'AppointmentsImported'") == []


def test_the_file_of_the_preview_is_imported_without_being_chosen_again(
    desk: StaffBrowser, session: Session, cut: Built
) -> None:
    found = re.search(r'name="held_file" value="([^"]+)"', bring(desk, LIST).text)
    assert found is not None
    page = desk.post_multipart(PATH, held_file=html.unescape(found[1]), **{"import": "1"})
    assert "2 appointments were booked, 1 with a new customer, and 7 rows were skipped." in page.text
    assert rows(session, COUNTS) == [(2, 2)]


def test_an_import_books_what_the_preview_showed(
    desk: StaffBrowser, session: Session, mia: Built, cut: Built
) -> None:
    assert (
        "2 appointments were booked, 1 with a new customer, and 7 rows were skipped."
        in bring(desk, LIST, **{"import": "1"}).text
    )
    kept = """SELECT c.name, to_char(a.starts_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'), a.ends_at - a.starts_at
              = interval '1 hour', a.service_id, a.price_cents, c.sms_opt_in
              FROM appointments a JOIN customers c ON c.id = a.customer_id ORDER BY c.name"""
    assert rows(session, kept) == [
        ("Ana Silva", "2027-03-01 10:00", True, cut.id, 5500, True),
        ("Ida", "2027-03-01 14:15", False, None, None, False),
    ]
    noted = "SELECT actor, because FROM audit_logs WHERE event = 'AppointmentsImported'"
    assert rows(session, noted) == [(str(mia.id), "Appointments were imported: 2 booked, 7 skipped.")]


def test_the_same_list_again_books_nothing_twice(desk: StaffBrowser, session: Session, cut: Built) -> None:
    bring(desk, LIST, **{"import": "1"})
    page = bring(desk, LIST, **{"import": "1"}).text
    assert "0 appointments were booked, 0 with a new customer, and 9 rows were skipped." in page
    assert "already has an appointment" in page
    assert rows(session, COUNTS) == [(2, 2)]


def test_the_rows_that_failed_are_downloaded_with_their_reasons(desk: StaffBrowser, cut: Built) -> None:
    found = re.search(r'name="rejected_rows" value="([^"]+)"', bring(desk, LIST).text)
    assert found is not None
    file = desk.post_multipart(PATH, rejected_rows=html.unescape(found[1]))
    assert file.headers["Content-Disposition"] == 'attachment; filename="rejected-appointments.csv"'
    lines = list(csv.reader(io.StringIO(file.get_data().decode("utf-8-sig"))))
    assert {line[0] for line in lines[1:]} == {"Ben", "Cara", "Dev", "Eve", "Fay", "Gus", "Hal"}
    assert lines[0][-1] == "reason"


def test_a_workbook_with_one_start_column_is_read(desk: StaffBrowser, session: Session, salon: Built) -> None:
    book, file = Workbook(), io.BytesIO()
    for row in (["Client", "Mobile", "Start", "End"], ["Ana", "+447700900100", "2027-07-01 10:00", "11:30"]):
        book.active.append(row)
    book.save(file)
    bring(desk, file.getvalue(), **{"import": "1"})
    kept = "SELECT to_char(starts_at AT TIME ZONE 'UTC', 'HH24:MI'), extract(epoch FROM ends_at - starts_at)::int"
    assert rows(session, f"{kept} FROM appointments") == [("09:00", 5400)]


@pytest.mark.parametrize("content", ["", "name,phone\nAna,+447700900100", "date,time\n2027-01-01,10:00"])
def test_a_file_without_the_columns_is_refused_beside_the_field(desk: StaffBrowser, content: str) -> None:
    answer = bring(desk, content)
    assert answer.status_code == 422
    assert 'id="wrong-file"' in answer.text


def test_only_owners_import(app: Flask, session: Session, salon: Built) -> None:
    kim = a_staff_member(session, salon, role="staff", name="Kim", phone=a_number(), email=None)
    session.commit()
    assert StaffBrowser(app.test_client(), session).signs_in(kim).get(PATH).status_code == 403


@pytest.mark.long
def test_a_file_that_is_larger_than_other_forms_is_read(desk: StaffBrowser, session: Session, salon: Built) -> None:
    day = "2027-03-01T10:00,30"
    row = f"Ana,+447700900100,{day},{'x' * 1900}\n"
    page = bring(desk, "name,phone,start,minutes,note\n" + row * 200).text
    assert "1 appointment will be booked" in page
