"""Excel workbooks: cells are read as typed, and small files that would unpack to gigabytes are rejected."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook

from domain.customer_list.read_list import read_list

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
HEADING = ["Name", "Phone", "SMS opt-in", "consent_source", "consent_at"]


def workbook(*sheets):
    """Returns a workbook; each sheet has a name and rows."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def with_part(data, name, content):
    """Returns the workbook with one of its parts replaced."""
    file = io.BytesIO()
    with ZipFile(io.BytesIO(data)) as old, ZipFile(file, "w", ZIP_DEFLATED) as new:
        for part in old.namelist():
            if part != name:
                new.writestr(part, old.read(part))
        new.writestr(name, content)
    return file.getvalue()


def test_numbers_dates_and_yes_or_no_are_read_as_they_were_typed():
    data = workbook(
        (
            "Sheet1",
            [
                HEADING,
                ["Ana", "+447700900201", True, "form", date(2026, 1, 31)],
                ["Ben", "+44 7700 900202", False, None, datetime(2026, 1, 31, 10, 30)],  # noqa: DTZ001 - Excel stores no time zone
            ],
        )
    )

    ana, ben = read_list(data, now=NOW).lines

    assert (ana.name, ana.phone, ana.sms_opt_in) == ("Ana", "+447700900201", True)
    assert ana.consents["consent_at"] == datetime(2026, 1, 31, tzinfo=UTC)
    assert (ben.sms_opt_in, ben.consents["consent_at"]) == (False, datetime(2026, 1, 31, 10, 30, tzinfo=UTC))


@pytest.mark.parametrize("cell", [447700900113, 447700900113.0])
def test_a_number_as_a_number_has_no_decimals(cell):
    (row,) = read_list(workbook(("Sheet1", [["Name", "Phone"], ["Ana", cell]])), now=NOW).lines

    assert row.cells == ("Ana", "447700900113")


def test_the_sheet_with_the_customers_is_found_and_named():
    rows = [["List of clients"], [], HEADING[:2], ["Ana", "+447700900201"], [None, None], ["Ben", "+447700900202"]]
    read = read_list(workbook(("Prices", [["Cut", 30]]), ("Clients", rows)), now=NOW)

    assert [(row.line, row.name) for row in read.lines] == [(4, "Ana"), (6, "Ben")]
    assert read.notes == ("Only the sheet “Clients” was read.",)


def test_cells_beside_the_list_are_nothing():
    data = workbook(("Sheet1", [[*HEADING[:2], None], ["Ana", "+447700900201", None, None, "seen"]]))

    assert [row.name for row in read_list(data, now=NOW).lines] == ["Ana"]


def test_a_cell_far_outside_costs_nothing():
    book = Workbook()
    book.active.append(HEADING[:2])
    book.active.append(["Ana", "+447700900201"])
    book.active["ZZ50000"] = "x"
    file = io.BytesIO()
    book.save(file)

    assert [row.name for row in read_list(file.getvalue(), now=NOW).lines] == ["Ana"]


SHEET, STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
GOOD = workbook(("Sheet1", [HEADING[:2], ["Ana", "+447700900201"]]))
ENTITIES = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><worksheet>&b;</worksheet>'


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (with_part(GOOD, STRINGS, b" " * (49 * 1024 * 1024)), "is too large"),
        (with_part(GOOD, SHEET, ENTITIES), "damaged"),
        (with_part(GOOD, "xl/workbook.xml", b"<"), "damaged"),
        (GOOD[:900], "damaged"),
        (GOOD[: len(GOOD) // 2] + b"\0" * 50 + GOOD[len(GOOD) // 2 + 50 :], "damaged"),
        (b"PK\x03\x04" + b"x" * 100, "damaged"),
    ],
    ids=["bomb", "entities", "no workbook", "cut", "overwritten", "no archive"],
)
def test_bombs_and_damaged_workbooks_are_refused(data, problem):
    read = read_list(data, now=NOW)

    assert problem in read.problem + "".join(row.reason for row in read.lines)


def test_an_archive_of_another_program_is_not_a_workbook():
    file = io.BytesIO()
    with ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")

    assert "not an Excel workbook" in read_list(file.getvalue(), now=NOW).problem


def test_a_damaged_sheet_keeps_the_rows_above_the_damage():
    with ZipFile(io.BytesIO(GOOD)) as archive:
        sheet = archive.read(SHEET)
    read = read_list(with_part(GOOD, SHEET, sheet[: sheet.rindex(b"</sheetData>")]), now=NOW)

    ana, rejected = read.lines
    assert (ana.name, "can't be read after this row" in rejected.reason) == ("Ana", True)
