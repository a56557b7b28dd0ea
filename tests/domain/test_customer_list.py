"""Each row of a customer list is imported, or rejected with its line, customer, cell and reason."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest

from domain.channels import CHANNELS, Channel
from domain.csv_cells import write_rows
from domain.customer_list.read_list import LARGEST_FILE, MOST_LINES, ImportedRow, RejectedRow, read_list, with_reasons

HEADING = "name,phone,email,sms_opt_in,consent_source"
ANA = "Ana,+447700900201,ana@example.com,yes,booking form"
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def read(*lines, country=None):
    return rows("\n".join([HEADING, *lines]), country=country)


def rows(text, country=None):
    taken = read_list(text if isinstance(text, bytes) else text.encode(), now=NOW, country=country)
    assert taken.problem == ""
    return list(taken.lines)


def test_a_line_is_a_customer():
    assert read(ANA) == [
        ImportedRow(
            line=2,
            name="Ana",
            phone="+447700900201",
            email="ana@example.com",
            opt_ins={"sms_opt_in": True, "whatsapp_opt_in": None, "email_opt_in": None},
            consents={
                column: "booking form" if column.endswith("source") else None
                for one in CHANNELS.values()
                for column in one.consent_columns
            },
            timezone=None,
            locale=None,
        )
    ]


def test_characters_that_nobody_sees_are_left_out():
    """Invisible characters could reverse the text next to the name, or form a name that looks empty."""
    (ana,) = read("\u202eA\u200bna\u2069,\u202a+447700900201\u202c,ana@example.com\ufeff,yes\u00ad,form")
    assert (ana.name, ana.phone, ana.email, ana.sms_opt_in) == ("Ana", "+447700900201", "ana@example.com", True)


@pytest.mark.parametrize(
    ("line", "column", "reason"),
    [
        (",+447700900201,,no,", "name", "name is missing"),
        ("Eve,,,no,", "", "neither a phone number nor an e-mail"),
        ("Eve,+447700900201,,maybe,", "sms_opt_in", "must be yes or no"),
        ("Eve,07700 900201,,no,", "phone", "country code"),
        ("Eve,4.477E+11,,no,", "phone", "shortened"),
        ("Eve,,eve,no,", "email", "e-mail address isn't valid"),
        ("Eve,,eve@example.com,yes,form", "sms_opt_in", "Without a phone number"),
        ("Eve,+447700900201,,yes,", "sms_opt_in", "consent_source"),
        ("Eve", "", "neither a phone number nor an e-mail"),
        ("E" * 600 + ",,eve@example.com,,", "name", "too long"),
        ("E\0e,,eve@example.com,,", "name", "invalid character"),
    ],
)
def test_each_reason_names_its_cell(line, column, reason):
    (rejected,) = read(line)

    assert (rejected.line, rejected.column, reason in rejected.reason) == (2, column, True)


def test_a_rejected_row_names_the_customer_and_masks_the_number():
    (rejected,) = rows("Client name;Mobile\nBen Stone;07700 900202")

    assert (rejected.name, rejected.column, rejected.found) == ("Ben Stone", "Mobile", "••••• ••0202")
    assert rejected.cells == ("Ben Stone", "07700 900202")


def test_a_source_that_is_named_for_the_whole_list_is_that_of_rows_without_one():
    text = b"name,phone,Accepts SMS marketing,consent_source\nAna,+447700900201,Yes,\nBen,+447700900202,Yes,form"

    lines = read_list(text, now=NOW, consent_source="Fresha").lines
    assert [(row.sms_opt_in, row.consents["consent_source"]) for row in lines] == [(True, "Fresha"), (True, "form")]


def test_a_consent_of_one_channel_takes_nothing_from_the_consent_to_texts():
    heading = "name,phone,sms_opt_in,consent_source,consent_wording,whatsapp_opt_in,whatsapp_consent_source"
    (ana,) = rows(f"{heading}\nAna,+447700900201,yes,form,Text me,yes,join page")
    (ben,) = rows(f"{heading}\nBen,+447700900202,yes,form,Text me,yes,")

    whatsapp = CHANNELS[Channel.WHATSAPP].consent_columns
    assert [ana.consents[column] for column in whatsapp] == ["join page", None, None]
    assert [ben.consents[column] for column in whatsapp] == ["form", "Text me", None]


def test_rejected_rows_can_be_corrected_and_read_again():
    taken = read_list(f"{HEADING}\nBen,07700 900202,,no,\n{ANA}".encode(), now=NOW)
    heading, ben = with_reasons(taken.heading, [row for row in taken.lines if isinstance(row, RejectedRow)])

    assert (heading[-1], "country code" in ben[-1]) == ("reason", True)
    corrected = io.StringIO()
    write_rows(corrected, [heading, ["Ben", "+447700900202", *ben[2:]]])
    assert [row.phone for row in rows(corrected.getvalue())] == ["+447700900202"]


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("timezone", "Europe/Londn", "time zone"),
        ("timezone", "../etc", "time zone"),
        ("consent_at", "soon", "like 2026"),
        ("consent_at", "9999-12-31T23:59:59-12:00", "like 2026"),
        ("consent_at", "0001-01-01T00:00+14:00", "like 2026"),
        ("consent_at", "9999-12-31", "in the future"),
        ("consent_at", "2026-11-30", "in the future"),
        ("consent_at", "0026-01-31", "before 1990"),
        ("consent_at", "3/4/2026", "like 2026"),
        ("whatsapp_consent_at", "3/4/2026", "like 2026"),
        ("email_consent_wording", "x" * 501, "too long"),
    ],
)
def test_columns_that_are_seldom_there_are_judged_as_well(column, cell, reason):
    (rejected,) = rows(f"name,email,{column}\nEve,eve@example.com,{cell}")

    assert (rejected.column, reason in rejected.reason) == (column, True)


@pytest.mark.parametrize("typed", ["2026-01-31T10:30", "2026-01-31T11:30+01:00"])
def test_a_moment_without_an_offset_is_utc(typed):
    (eve,) = rows(f"name,email,consent_at\nEve,eve@example.com,{typed}")

    assert eve.consents["consent_at"] == datetime(2026, 1, 31, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize("typed", ["31.1.2026", "2026-01-31", "20260131"])
def test_a_date_that_can_only_mean_one_day_is_taken(typed):
    (eve,) = rows(f"name;email;consent_at\nEve;eve@example.com;{typed}")

    assert eve.consents["consent_at"] == datetime(2026, 1, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("first", "again", "what"),
    [
        (ANA, "Anna,+44 7700 900201,,no,", "phone number"),
        ("Ben,,ben@example.com,no,", "ben,,BEN@example.com,no,", "e-mail address"),
        ("Ben,,ben@müller.example,no,", "ben,,ben@xn--mller-kva.example,no,", "e-mail address"),
    ],
)
def test_a_customer_listed_twice_is_imported_once(first, again, what):
    assert read(first, again)[1].reason == f"The {what} is already in row 2."


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_spreadsheets_separate_as_they_like(sign):
    (ana,) = rows(f"{HEADING}\n{ANA}".replace(",", sign))

    assert ana.phone == "+447700900201"


def test_a_comma_in_a_cell_is_not_what_separates():
    (ana,) = rows("name;phone;notes, all of them, since 2019\nSilva, Ana;+447700900201;a, b, c")

    assert (ana.name, ana.phone) == ("Silva, Ana", "+447700900201")


@pytest.mark.parametrize(("country", "phone"), [("GB", "+447700900202"), ("XX", None)])
def test_numbers_without_a_country_code_use_the_given_one(country, phone):
    (ben,) = read("Ben,07700 900202,,no,", country=country)

    assert getattr(ben, "phone", None) == phone


@pytest.mark.parametrize("text", ["first name,telefax\nAna,+447700900201", "phone\n+447700900201", "name\nAna", "x"])
def test_a_file_that_is_not_a_list_is_rejected_as_a_whole(text):
    taken = read_list(text.encode(), now=NOW)

    assert "a column for the name" in taken.problem
    assert (text.split("\n")[0].replace(",", ", ") in taken.problem, list(taken.lines)) == (True, [])


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xef\xbb\xbf", b",,,\n;;;\n", b"\0" * 50])
def test_an_empty_file_is_called_empty(data):
    assert read_list(data, now=NOW).problem == "The file is empty."


def test_a_file_that_is_too_large_is_refused():
    assert "larger than 16 MB" in read_list(b"x" * (LARGEST_FILE + 1), now=NOW).problem


def test_empty_lines_and_a_byte_order_mark_are_nothing():
    assert [line.line for line in rows(f"\ufeff{HEADING}\n\n,,,,\n{ANA}\n\n")] == [4]


def test_an_unclosed_quote_is_reported():
    (*_, rejected) = read(ANA, '"' + "x" * 200_000)

    assert (rejected.line, "can't be read after this row" in rejected.reason) == (3, True)


@pytest.mark.long
def test_a_list_of_too_many_rows_is_read_up_to_there():
    lines = rows("name,email\n" + "Eve\n" * (MOST_LINES + 2))

    assert (len(lines), "100,000" in lines[-1].reason) == (MOST_LINES + 1, True)
