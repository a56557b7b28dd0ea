"""List files from spreadsheets and booking programs: headings, blank cells, encodings, separators and consent."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from domain.customer_list.columns import HEADINGS, columns_of
from domain.customer_list.read_list import ImportedRow, read_list
from domain.customer_list.rows import HEADING_WITHIN

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
ANA = ("Ana", "+447700900201")


def taken(data):
    read = read_list(data if isinstance(data, bytes) else data.encode(), now=NOW)
    assert read.problem == ""
    return list(read.lines)


def people(data):
    return [(row.name, row.phone) if isinstance(row, ImportedRow) else row.reason for row in taken(data)]


@pytest.mark.parametrize(
    "text",
    [
        "name,phone,\nAna,+447700900201,\n",
        "name,phone,,\nAna,+447700900201,,\n",
        ",name,,phone\n,Ana,,+447700900201",
        "name,phone,email,sms_opt_in\nAna,+447700900201\n",
        "name,phone\nAna,+447700900201,,,\n",
        "name,phone,\nAna,+447700900201,seen by Mia\n",
        "sep=;\nname;phone\nAna;+447700900201\n",
        '"sep=;"\r\nname;phone\r\nAna;+447700900201\r\n',
        "SEP=\t\nname\tphone\nAna\t+447700900201\n",
        "\nname,phone\nAna,+447700900201\n",
        "\r\n,\r\n\r\nname,phone\r\nAna,+447700900201\r\n",
        "Clients of Salon Lou\nexported 1 November 2026\n\nname,phone\nAna,+447700900201\n",
        "name,phone\rAna,+447700900201\r",
        '"name","phone"\n"Ana","\'+447700900201"\n',
        "Name , PHONE\n Ana , +447700900201 ",
        'name, phone, email\n"Ana", "+447700900201", ""\n',
        "name,phone\r\nAna,+447700900201\r\n\x1a",
        "name,phone\r\nAna,+447700900201\r\n" + "\0" * 200,
        "\ufeff\ufeffname,phone\nAna,+447700900201\n",
    ],
)
def test_blank_cells_blank_lines_and_lines_above_the_heading_are_ignored(text):
    assert people(text) == [ANA]


def test_the_heading_is_found_among_the_first_rows_only():
    list_below = "name,phone\nAna,+447700900201"

    assert people("title\n" * (HEADING_WITHIN - 1) + list_below) == [ANA]
    assert "No heading row" in read_list(("title\n" * HEADING_WITHIN + list_below).encode(), now=NOW).problem


def test_a_row_with_more_than_blank_cells_too_many_is_rejected_and_says_which():
    (rejected,) = taken("name,phone\nAna,+447700900201,,mum")

    assert (rejected.name, rejected.found, rejected.cells) == ("Ana", "mum", ("Ana", "+447700900201", "mum"))
    assert "4 cells for 2 columns" in rejected.reason


def test_lines_are_counted_as_an_editor_counts_them():
    assert [row.line for row in taken("sep=,\n\nname,phone\n\nAna,+447700900201\n")] == [5]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "mac_roman", "latin-1"]
)
def test_any_usual_encoding_is_read(encoding):
    text = "name;phone\r\nJosé Müller;+447700900201\r\nZoë D'Arcy;+447700900202\r\nPiñar Çelik;+447700900203\r\n"

    assert [name for name, _ in people(text.encode(encoding))] == ["José Müller", "Zoë D'Arcy", "Piñar Çelik"]


def test_an_apostrophe_of_windows_is_not_a_letter_of_a_mac():
    assert people("name,phone\nAna O’Neill,+447700900201".encode("cp1252")) == [("Ana O’Neill", "+447700900201")]


def test_polish_windows_is_not_mistaken_for_the_western_one():
    text = "Imię;Nazwisko;Telefon\r\nŁukasz;Michałek;+48501234567\r\nMałgorzata;Żak;+48501234568\r\n"

    assert [name for name, _ in people(text.encode("cp1250"))] == ["Łukasz Michałek", "Małgorzata Żak"]


@pytest.mark.parametrize(("encoding", "name"), [("cp1252", "Windows-1252"), ("mac_roman", "Mac Roman")])
def test_the_assumed_encoding_is_reported(encoding, name):
    (note,) = read_list("name,phone\nJosé,+447700900201".encode(encoding), now=NOW).notes

    assert name in note


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ("name,phone\nJosé,1\n".encode() + "José,2".encode("cp1252"), "mixes two encodings"),
        (b"name,phone\nJos\x81,+447700900201", "not text"),
        (b"%PDF-1.7\n...", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old Excel file"),
        (b"<html><table><tr><td>name", "web page"),
        (b"name,phone,sms_opt_in,Accepts SMS marketing", "“Accepts SMS marketing” repeats"),
        (b"<?xml version='1.0'?><Workbook/>", "an XML file"),
        (b"BEGIN:VCARD\r\nVERSION:3.0", "vCards"),
        (b"name,phone,Phone\nAna,+447700900201,+447700900202", "“Phone” repeats another one"),
    ],
)
def test_an_unreadable_file_is_refused_with_advice(data, problem):
    assert problem in read_list(data, now=NOW).problem


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("First Name,Last Name,Phone\nAna,Silva,+447700900201", "Ana Silva"),
        ("first_name,phone\nAna,+447700900201", "Ana"),
        ("Vorname;Nachname;Handy\nAna;Silva;+447700900201", "Ana Silva"),
        ("Name;Vorname;Telefon\nSilva;Ana;+447700900201", "Ana Silva"),
        ("Nom;Prénom;Téléphone portable\nSilva;Ana;+447700900201", "Ana Silva"),
        ("Nombre;Apellidos;Teléfono móvil\nAna;Silva López;+447700900201", "Ana Silva López"),
        ("Full name,First name,Last name,Mobile\nAna Maria Silva,Ana,Silva,+447700900201", "Ana Maria Silva"),
        ("Name,Given Name,Family Name,Phone 1 - Value\nAna Silva,Ana,Silva,+447700900201", "Ana Silva"),
        ("Name,Last name,Phone\nHannah,An,+447700900201", "Hannah An"),
        ("Prénom;Nom;Adresse de messagerie;Tél. mobile\nAna;Silva;;+447700900201", "Ana Silva"),
        ("Nome;Sobrenome;Celular;E-mail\nAna;Silva;+447700900201;", "Ana Silva"),
        ("Nome;Cognome;Cellulare;Posta elettronica\nAna;Silva;+447700900201;", "Ana Silva"),
        ("Voornaam;Achternaam;Mobiel;E-mailadres\nAna;Silva;+447700900201;", "Ana Silva"),
        ("Imię;Nazwisko;Telefon\nAna;Silva;+447700900201", "Ana Silva"),
        ("Förnamn;Efternamn;Mobilnummer;E-post\nAna;Silva;+447700900201;", "Ana Silva"),
        ("First,Last,Phone\nAna,Silva,+447700900201", "Ana Silva"),
        ("Invitee Name,Invitee Email,Text Reminder Number\nAna Silva,,+447700900201", "Ana Silva"),
        ("First Name,Last Name,Phone\n,Silva,+447700900201", "Silva"),
    ],
)
def test_names_come_whole_or_in_halves_in_several_languages(text, expected):
    assert people(text) == [(expected, "+447700900201")]


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("name,Home Phone,Mobile Phone\nAna,+442079460001,+447700900201", "+447700900201"),
        ("name,Phone,Mobile\nAna,+447700900209,+447700900201", "+447700900201"),
        ("name,Mobile,Phone\nAna,,+447700900209", "+447700900209"),
        ("name,email,Home Phone\nAna,ana@example.com,+442079460001", None),
    ],
)
def test_the_mobile_number_is_preferred_and_a_home_number_never_taken(text, phone):
    (row,) = taken(text)

    assert row.phone == phone


def test_columns_that_are_not_read_are_named():
    assert read_list(b"name,phone,Birthday,id\nAna,+447700900201,1 May,7", now=NOW).notes == (
        "Columns that were not read: “Birthday”.",
    )


def test_each_heading_means_one_field():
    everything = [heading for headings in HEADINGS.values() for heading in headings]

    assert len(everything) == len(set(everything))
    for field, headings in HEADINGS.items():
        for heading in headings:
            assert [column.field for column in columns_of([heading.upper()]).of[field]] == [field]


@pytest.mark.parametrize(
    ("heading", "cell", "answer"),
    [
        ("sms_opt_in", "yes", True),
        ("sms_opt_in", "TRUE", True),
        ("sms_opt_in", "1", True),
        ("sms_opt_in", "ja", True),
        ("SMS opt-in", "WAHR", True),
        ("Accepts SMS marketing", "Yes", True),
        ("sms_opt_in", "no", False),
        ("sms_opt_in", "0", False),
        ("sms_opt_in", "nein", False),
        ("sms_opt_in", "FALSCH", False),
        ("sms_opt_in", "", None),
        ("sms_opt_in (x)", "x", True),
        ("SMS opt-in [X]", "X", True),
        ("Tick if opted in to texts (x)", "x", True),
        ("Tick if opted in to texts (x)", "", None),
        ("Tick if opted in to texts", "no", False),
    ],
)
def test_consent_is_yes_no_or_not_said(heading, cell, answer):
    (row,) = taken(f"name,phone,consent_source,{heading}\nAna,+447700900201,form,{cell}")

    assert row.sms_opt_in is answer


@pytest.mark.parametrize("cell", ["x", "X", "✓", "-", "n/a", "ok", "maybe", "yes?", "2"])
def test_a_cross_is_not_consent_unless_the_heading_asks_for_it(cell):
    (rejected,) = taken(f"name,phone,consent_source,sms_opt_in\nAna,+447700900201,form,{cell}")

    assert (rejected.column, rejected.found, "yes or no" in rejected.reason) == ("sms_opt_in", cell, True)


@pytest.mark.parametrize(
    "heading", ["Accepts marketing", "Email Subscription Status", "Consent", "Opted out", "GDPR"]
)
def test_consent_to_something_else_is_none_to_texts(heading):
    (row,) = taken(f"name,phone,consent_source,{heading}\nAna,+447700900201,form,yes")

    assert row.sms_opt_in is None
