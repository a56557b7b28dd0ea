"""Importing customers on the page: imported rows, rejected rows with their reasons, and unreadable files."""

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

from domain.customer_list.read_list import COLUMNS, LARGEST_FILE
from tests.builders import Built, a_customer, a_number, a_shop, a_staff_member, a_suppression
from tests.dashboard.shop.conftest import TOKEN, StaffBrowser

PATH = "/app/customers/import"
LIST = """name,phone,email,sms_opt_in,consent_source
Ana,+44 7700 900100,,yes,booking form
Ben,07700 900101,,no,
Cara,+447700900102,,yes,
Dev,+447700900103,,yes,booking form
Ana again,+447700900100,,no,
=Eve(1),+447700900104,,0,
"""


def bring(
    desk: StaffBrowser, content: bytes | str, name: str = "list.csv", source: str = "", *, preview: bool = False
) -> TestResponse:
    """Posts the form as a browser does. Werkzeug's client would leave the temporary file of a large upload open."""
    token = TOKEN.search(desk.get(PATH).text)
    assert token is not None
    data = content.encode() if isinstance(content, str) else content
    source_field = b'name="consent_source"', source.encode()
    way = b'name="import"', b"" if preview else b"1"
    fields = (
        source_field,
        way,
        (b'name="csrf_token"', token[1].encode()),
        (b'name="file"; filename="%b"' % name.encode(), data),
    )
    parts = (b"--bound\r\nContent-Disposition: form-data; %b\r\n\r\n%b\r\n" % field for field in fields)
    body = b"".join(parts) + b"--bound--\r\n"
    return desk.web.post(PATH, data=body, content_type="multipart/form-data; boundary=bound")


def test_the_example_of_a_list_is_taken_whole_and_the_page_names_its_columns(desk: StaffBrowser) -> None:
    page = desk.get(PATH).text
    assert re.findall(r"<dt><code>(\w+)</code>", page) == list(COLUMNS)
    answer = bring(desk, desk.get(f"{PATH}/example.csv").data)
    assert "3 customers were added, 0 already existed, and 0 were skipped.<" in answer.text


def test_a_list_is_taken_but_for_the_rows_that_are_wrong(desk: StaffBrowser, session: Session, salon: Built) -> None:
    a_suppression(session, salon, "+447700900103")
    a_customer(session, salon, name="Eve", phone="+447700900104", sms_opt_in=True)
    session.commit()
    answer = bring(desk, LIST)
    assert "2 customers were added, 1 already existed, and 3 were skipped. Check 5 rows below." in answer.text
    for reason in ("country code", "consent_source", "opted out", "already in row 2", "Still opted in"):
        assert reason in answer.text
    assert "phone: ••••• ••0101" in answer.text
    assert "900101" not in answer.text
    session.rollback()
    known = session.execute(text("SELECT name, sms_opt_in FROM customers ORDER BY name")).all()
    assert [tuple(row) for row in known] == [("Ana", True), ("Dev", False), ("Eve", True)]


def held(page: TestResponse) -> str:
    found = re.search(r'name="held_file" value="([^"]+)"', page.text)
    assert found is not None
    return html.unescape(found[1])


def test_a_file_is_previewed_first_and_imported_without_being_chosen_again(
    desk: StaffBrowser, session: Session
) -> None:
    page = desk.post_multipart(PATH, file=(io.BytesIO(LIST.encode()), "list.csv"), consent_source="till")
    assert "Nothing has been imported yet." in page.text
    assert "4 customers will be added, 0 already exist, and 2 will be skipped." in page.text
    assert "3 customers have agreed to texts and can be asked." in page.text
    assert "Import 4 customers" in page.text
    assert customers(session) == 0
    again = desk.post_multipart(PATH, held_file=held(page), consent_source="till", **{"import": "1"})
    assert "4 customers were added, 0 already existed, and 2 were skipped." in again.text
    assert customers(session) == 4


def test_a_preview_says_that_nobody_agreed_to_texts(desk: StaffBrowser) -> None:
    assert "The file records no consent to texts" in bring(desk, "name,phone\nAna,+447700900100", preview=True).text


def test_a_held_file_is_of_this_shop(app: Flask, desk: StaffBrowser, session: Session) -> None:
    token = held(bring(desk, LIST, preview=True))
    kim = a_staff_member(session, a_shop(session, name="Other"), phone=a_number())
    session.commit()
    answer = StaffBrowser(app.test_client(), session).signs_in(kim).post_multipart(PATH, held_file=token)
    assert (answer.status_code, "Please choose a file." in answer.text) == (422, True)


@pytest.mark.long
def test_a_large_file_must_be_chosen_again(desk: StaffBrowser) -> None:
    rows = "".join(f"Ana {i},+4477009{i:05},{'x' * 2000}\n" for i in range(1_200))
    page = bring(desk, f"name,phone,notes\n{rows}", preview=True).text
    assert "Choose the file again below to import it." in page
    assert 'name="import" value="1">Import customers' in page


def customers(session: Session) -> int:
    session.rollback()
    return int(session.execute(text("SELECT count(*) FROM customers")).scalar_one())


def test_the_rejected_rows_are_downloaded_corrected_and_imported_again(desk: StaffBrowser, session: Session) -> None:
    answer = bring(desk, LIST)
    found = re.search(r'name="rejected_rows" value="([^"]+)"', answer.text)
    assert found is not None
    file = desk.post_multipart(PATH, rejected_rows=html.unescape(found[1]))
    assert file.headers["Content-Disposition"] == 'attachment; filename="rejected-customers.csv"'
    rows = list(csv.reader(io.StringIO(file.get_data().decode("utf-8-sig"))))
    assert [row[0] for row in rows] == ["name", "Ben", "Cara", "Ana again"]
    assert (rows[0][-1], rows[1][1], "country code" in rows[1][-1]) == ("reason", "07700 900101", True)
    corrected = file.get_data().replace(b"07700 900101", b"+447700900101")
    assert "1 customer was added, 1 already existed, and 1 was skipped." in bring(desk, corrected).text


@pytest.mark.parametrize("change", ["", "x", "another shop's"])
def test_only_rows_that_were_rejected_here_are_returned(
    app: Flask, desk: StaffBrowser, session: Session, change: str
) -> None:
    found = re.search(r'name="rejected_rows" value="([^"]+)"', bring(desk, LIST).text)
    assert found is not None
    token = found[1]
    if change == "another shop's":
        kim = a_staff_member(session, a_shop(session, name="Other"), phone=a_number())
        session.commit()
        desk = StaffBrowser(app.test_client(), session).signs_in(kim)
    answer = desk.post_multipart(PATH, rejected_rows="x" + token if change == "x" else token)
    assert answer.status_code == (400 if change else 200)


def test_a_workbook_is_imported(desk: StaffBrowser, session: Session) -> None:
    book, file = Workbook(), io.BytesIO()
    for row in (["First Name", "Last Name", "Mobile", "Birthday"], ["Ana", "Silva", "+447700900100", "1 May"]):
        book.active.append(row)
    book.save(file)
    answer = bring(desk, file.getvalue(), "clients.xlsx")
    assert "1 customer was added, 0 already existed, and 0 were skipped." in answer.text
    assert "Columns that were not read: “Birthday”." in answer.text


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "The file is empty."),
        (b"first name,telefax\nAna,1", "No heading row was found"),
        (b"%PDF-1.7", "This is a PDF."),
        (b"x" * (LARGEST_FILE + 1), "larger than 16 MB"),
    ],
    ids=["empty", "no heading", "PDF", "one byte too many"],
)
def test_a_file_that_is_refused_says_so_beside_the_field(desk: StaffBrowser, content: bytes, problem: str) -> None:
    expect_error_beside_the_field(bring(desk, content), problem)


def test_a_request_that_is_too_large_says_so_beside_the_field(desk: StaffBrowser) -> None:
    body = b"x" * (LARGEST_FILE + 100_000)
    answer = desk.web.post(PATH, data=body, content_type="multipart/form-data; boundary=b")
    expect_error_beside_the_field(answer, "larger than 16 MB")


def test_a_stranger_s_request_that_is_too_large_is_sent_to_sign_in(stranger: StaffBrowser) -> None:
    body = b"x" * (LARGEST_FILE + 100_000)
    answer = stranger.web.post(PATH, data=body, content_type="multipart/form-data; boundary=b")
    assert answer.status_code in {303, 413}
    assert "wrong-file" not in answer.text


def expect_error_beside_the_field(answer: TestResponse, problem: str) -> None:
    assert answer.status_code in {413, 422}
    (field,) = re.findall(r'<input id="file"[^>]*>', answer.text)
    assert 'aria-invalid="true" aria-describedby="wrong-file"' in field
    (shown,) = re.findall(r'<span class="wrong" id="wrong-file" role="alert">([^<]+)</span>', answer.text)
    assert problem in shown


def test_the_source_of_consent_applies_to_the_whole_list_and_stays_in_a_refused_form(
    desk: StaffBrowser, session: Session
) -> None:
    assert 'value="Fresha &amp; co"' in bring(desk, "", source="Fresha & co").text
    found = bring(desk, "name,phone,sms_opt_in\nAna,+447700900100,yes\n", source="Fresha & co")
    assert "1 customer was added" in found.text
    assert session.execute(text("SELECT consent_source FROM customers")).scalar_one() == "Fresha & co"


def test_no_file_is_refused_beside_the_field(desk: StaffBrowser) -> None:
    assert "Please choose a file." in desk.post_multipart(PATH).text


@pytest.mark.long
def test_a_file_of_the_promised_size_is_read(desk: StaffBrowser, session: Session) -> None:
    comment = "x" * 9_000
    rows = "".join(f"Ana {i},+4477009{i:05},{comment}\n" for i in range(1_800))
    content = f"name,phone,notes\n{rows}"
    assert LARGEST_FILE - 600_000 < len(content) <= LARGEST_FILE
    assert "1,800 customers were added, 0 already existed, and 0 were skipped." in bring(desk, content).text


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00+14:00", "9999-12-31"])
def test_a_consent_at_the_end_of_time_is_a_reason(desk: StaffBrowser, session: Session, moment: str) -> None:
    answer = bring(desk, f"name,email,consent_at\nAna,ana@example.com,{moment}\n")
    assert (answer.status_code, "consent_at: " + moment in answer.text) == (200, True)
    assert desk.get("/app/customers").status_code == 200


def test_a_list_brings_consent_to_whatsapp_and_email(desk: StaffBrowser, session: Session, salon: Built) -> None:
    a_suppression(session, salon, "+447700900105")
    session.commit()
    rows = (
        "name,phone,email,whatsapp_opt_in,email_opt_in,consent_source",
        "Ana,+447700900104,ana@example.com,yes,no,form",
        "Ben,,ben@example.com,,yes,form",
        "Cleo,+447700900105,cleo@example.com,yes,yes,form",
        "Dana,,dana@example.com,yes,,form",
        "Eve,+447700900106,,yes,,",
    )
    page = bring(desk, "\n".join(rows) + "\n").text
    assert "Without a phone number, there can be no opt-in to WhatsApp." in page
    found = session.execute(
        text(
            "SELECT name, whatsapp_opt_in, email_opt_in, whatsapp_consent_source, email_consent_source,"
            " email_consent_at IS NOT NULL FROM customers WHERE name IN ('Ana', 'Ben', 'Cleo', 'Dana', 'Eve')"
            " ORDER BY name"
        )
    ).all()
    assert [tuple(row) for row in found][:3] == [
        ("Ana", True, False, "form", None, False),
        ("Ben", False, True, None, "form", True),
        ("Cleo", False, None, None, None, False),
    ]
