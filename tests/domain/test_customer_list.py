"""A list of customers as CSV: each line is taken, or rejected with its number and the reason."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from domain.customer_list import WHOLE_LIST, Brought, Rejected, read_list

HEADING = "name,phone,email,sms_opt_in,consent_source"
ANA = "Ana,+447700900201,ana@example.com,yes,booking form"


def read(*lines, country=None):
    return read_list("\n".join([HEADING, *lines]), country=country)


def test_a_line_is_a_customer():
    assert read(ANA) == [
        Brought(
            line=2,
            name="Ana",
            phone="+447700900201",
            email="ana@example.com",
            sms_opt_in=True,
            consent_source="booking form",
            consent_wording=None,
            consent_at=None,
            timezone=None,
            locale=None,
        )
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (",+447700900201,,no,", "name is missing"),
        ("Eve,,,no,", "neither a phone number nor an e-mail"),
        ("Eve,+447700900201,,maybe,", "must be yes or no"),
        ("Eve,07700 900201,,no,", "country code"),
        ("Eve,,eve,no,", "e-mail address isn't valid"),
        ("Eve,,eve@example.com,yes,form", "Without a phone number"),
        ("Eve,+447700900201,,yes,", "consent_source"),
        ("Eve,+447700900201", "It has 2 cells"),
        ("E" * 600 + ",,eve@example.com,,", "too long"),
        ("E\0e,,eve@example.com,,", "isn't text"),
    ],
)
def test_each_reason_is_said(line, reason):
    (said,) = read(line)

    assert (said.line, reason in said.reason) == (2, True)


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("timezone", "Europe/Londn", "time zone"),
        ("timezone", "../etc", "time zone"),
        ("consent_at", "soon", "like 2026"),
    ],
)
def test_columns_that_are_seldom_there_are_judged_as_well(column, cell, reason):
    (said,) = read_list(f"name,email,{column}\nEve,eve@example.com,{cell}")

    assert reason in said.reason


@pytest.mark.parametrize("typed", ["2026-01-31T10:30", "2026-01-31T11:30+01:00"])
def test_a_moment_without_an_offset_is_utc(typed):
    (eve,) = read_list(f"name,email,consent_at\nEve,eve@example.com,{typed}")

    assert eve.consent_at == datetime(2026, 1, 31, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("first", "again", "what"),
    [
        (ANA, "Anna,+44 7700 900201,,no,", "phone number"),
        ("Ben,,ben@example.com,no,", "ben,,BEN@example.com,no,", "e-mail address"),
    ],
)
def test_who_is_listed_twice_is_taken_once(first, again, what):
    assert read(first, again)[1] == Rejected(3, f"The {what} is already on line 2.")


@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_spreadsheets_separate_as_they_like(sign):
    (ana,) = read_list(f"{HEADING}\n{ANA}".replace(",", sign))

    assert ana.phone == "+447700900201"


@pytest.mark.parametrize(("country", "phone"), [("GB", "+447700900202"), ("de", "+497700900202"), ("XX", None)])
def test_numbers_without_a_country_code_take_the_one_that_is_said(country, phone):
    (ben,) = read("Ben,07700 900202,,no,", country=country)

    assert getattr(ben, "phone", None) == phone


@pytest.mark.parametrize("text", ["", "first name,phone\nAna,+447700900201", "phone\n+447700900201", "name\nAna"])
def test_what_is_no_list_is_rejected_as_a_whole(text):
    (said, *_) = read_list(text)

    assert said.line == WHOLE_LIST
    assert "name, and phone or email" in said.reason


def test_empty_lines_and_a_byte_order_mark_are_nothing():
    assert [line.line for line in read_list(f"\ufeff{HEADING}\n\n,,,,\n{ANA}\n\n")] == [4]


def test_a_quote_that_never_ends_is_said():
    (*_, said) = read(ANA, '"' + "x" * 200_000)

    assert (said.line, "can't be read from here" in said.reason) == (3, True)
