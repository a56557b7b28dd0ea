"""Tests of `slots export`: it writes the rows of a shop, but no cell that a spreadsheet would execute."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from db.customers.channel_consents import CONSENT_COLUMNS
from domain.csv_cells import FORMULA_SIGNS, as_meant, neutral, write_rows
from tests import builders
from tests.cli.commands import at_most, bare, command, slots


@pytest.mark.parametrize("what", ["recoveries", "customers", "appointments"])
def test_each_is_written_as_csv_and_json_of_this_shop_alone(database_url, session, shop, what):
    other = builders.a_customer(session, builders.a_shop(session, name="Other"), name="Zed")
    builders.a_slot_freed_by(session, other)
    session.commit()

    as_csv = slots("export", what, "--shop", shop.id, DATABASE_URL=database_url)
    as_json = slots("export", what, "--shop", shop.id, "--format", "json", DATABASE_URL=database_url)

    rows = list(csv.DictReader(io.StringIO(as_csv.out)))
    assert [row["id"] for row in rows] == [row["id"] for row in json.loads(as_json.out)]
    assert len(rows) == {"recoveries": 1, "customers": 1, "appointments": 1}[what]
    assert "Zed" not in as_csv.out + as_json.out


def test_a_recovery_is_exported_with_the_last_reason_in_its_log(database_url, session, shop):
    session.execute(
        text("""INSERT INTO audit_logs (shop_id, slot_opening_id, actor, event, because)
                SELECT shop_id, id, 'worker', 'DepositPaid', 'Sold again.' FROM slot_openings""")
    )
    session.commit()

    result = slots("export", "recoveries", "--shop", shop.id, "--format", "json", DATABASE_URL=database_url)

    assert [row["reason"] for row in result.json] == ["Sold again."]


@pytest.mark.parametrize("sign", FORMULA_SIGNS)
def test_a_cell_is_never_a_formula_and_is_read_as_it_was_meant(sign):
    cell = f"{sign}HYPERLINK(1)"

    assert neutral(cell) == f"'{cell}"
    assert as_meant(neutral(cell)) == cell


@pytest.mark.parametrize("cell", ["'=1", "''+1", "'", "O'Brien", "'Ana'", "=1", "'= 1"])
def test_a_cell_that_begins_with_an_apostrophe_is_read_as_it_was_meant(cell):
    assert as_meant(neutral(cell)) == cell


@pytest.mark.parametrize("sign", [*"\r\n\t\v\f\0\x1b\x85", "\r\n", "\u2028", "\u2029"])
def test_a_cell_stays_one_cell_of_one_row(sign):
    cell = f"Ana{sign}=HYPERLINK(1)"
    file = io.StringIO()

    write_rows(file, [[cell, f"{sign}=1", f" {sign} @x"]])

    assert file.getvalue() == '"Ana' + " " * len(sign) + '=HYPERLINK(1)",' + file.getvalue().partition(",")[2]
    assert [len(row) for row in csv.reader(re.split("[\r\n]+", file.getvalue().strip()))] == [3]
    assert all(one.startswith("'") for one in next(csv.reader([file.getvalue()]))[1:])


def test_a_name_with_a_line_end_is_one_row_of_the_export(database_url, session, shop):
    session.execute(text("UPDATE customers SET name = E'Ana\\r=1+1'"))
    session.commit()

    result = slots("export", "customers", "--shop", shop.id, DATABASE_URL=database_url)

    assert ('"Ana =1+1"' in result.out, "\r" in result.out, len(result.out.splitlines())) == (True, False, 2)


def test_a_name_that_is_a_formula_arrives_as_text(database_url, session, shop):
    session.execute(text("UPDATE customers SET name = '=1+1'"))
    session.commit()

    result = slots("export", "customers", "--shop", shop.id, DATABASE_URL=database_url)

    assert ',"\'=1+1",' in result.out


@pytest.mark.parametrize(("status", "paid"), [("disputed", "1500"), ("refunded", "0")])
def test_a_deposit_counts_as_paid_until_it_is_refunded(database_url, session, shop, status, paid):
    (appointment,) = session.execute(text("SELECT * FROM appointments")).all()
    builders.a_payment(session, appointment, amount_cents=1500, status=status)
    session.commit()

    result = slots("export", "appointments", "--shop", shop.id, DATABASE_URL=database_url)

    assert [row["paid_cents"] for row in csv.DictReader(io.StringIO(result.out))] == [paid]


@pytest.mark.parametrize("what", ["recoveries", "appointments"])
def test_an_amount_keeps_its_currency_when_the_shop_changes_its_own(database_url, session, shop, what):
    slot = builders.a_slot(session, shop, starts_at=builders.in_(hours=48), status="filled")
    ana = builders.a_customer(session, shop, name="Ana")
    builders.a_paid_appointment(session, ana, starts_at=slot.starts_at, source_slot_opening_id=slot.id)
    session.execute(text("UPDATE shops SET currency = 'JPY' WHERE id = :id"), {"id": shop.id})
    session.commit()

    result = slots("export", what, "--shop", shop.id, "--format", "json", DATABASE_URL=database_url)

    assert [row["currency"] for row in result.json if row["paid_cents"] == 2000] == ["GBP"]


def test_phones_are_masked_unless_asked_for_and_the_log_says_who_took_what(database_url, session, shop):
    masked = slots("export", "customers", "--shop", shop.id, DATABASE_URL=database_url)
    whole = slots("export", "customers", "--shop", shop.id, "--full-phones", DATABASE_URL=database_url)

    assert "+447700900201" not in masked.out
    assert "'+447700900201" in whole.out
    because = session.execute(text("SELECT because FROM audit_logs WHERE event = 'Exported' ORDER BY seq")).scalars()
    assert list(because) == [
        "Customers exported, phone numbers masked.",
        "Customers exported, phone numbers in full.",
    ]


@pytest.mark.parametrize("format_", ["csv", "json"])
@pytest.mark.parametrize("customers", [1, 200])
def test_of_an_export_that_fails_nothing_remains_but_its_note(
    customers, format_, tmp_path, database_url, session, shop
):
    for number in range(customers):
        builders.a_customer(session, shop, name=f"Customer {number}")
    session.commit()
    file = tmp_path / "customers"
    file.write_text("earlier rows\n")

    with file.open("a") as output:
        ended = export_to(output, "customers", shop, database_url, "--format", format_, preexec_fn=at_most(100))

    assert (ended.returncode, ended.stderr) == (1, "Error: The data could not be written: File too large.\n")
    assert file.read_text() == "earlier rows\n"
    assert session.scalar(text("SELECT count(*) FROM audit_logs WHERE event = 'Exported'")) == 1


def test_a_full_disk_behind_a_device_is_reported_too(database_url, session, shop):
    with Path("/dev/full").open("w") as output:
        ended = export_to(output, "customers", shop, database_url)
    assert (ended.returncode, ended.stderr) == (1, "Error: The data could not be written: No space left on device.\n")


def export_to(output, what, shop, database_url, *options, **more):
    given = {"DATABASE_URL": database_url}
    words = command("export", what, "--shop", shop.id, *options)
    return subprocess.run(words, env=bare() | given, stdout=output, stderr=subprocess.PIPE, text=True, **more)


def test_an_export_can_be_imported_into_another_shop(tmp_path, database_url, session, shop):
    new = builders.a_shop(session, name="New")
    session.commit()
    file = tmp_path / "customers.csv"
    exported = slots("export", "customers", "--shop", shop.id, "--full-phones", DATABASE_URL=database_url)
    file.write_text(exported.out, encoding="utf-8")

    result = slots("customers", "import", file, "--shop", new.id, DATABASE_URL=database_url)

    assert result.err == "1 added, 0 already known, 0 rejected\n", result.out


WISHES = {
    "notice in minutes": {"notice_minutes": 100},
    "no notice": {"notice_minutes": 0},
    "seconds": {"time_from": "09:30:15"},
    "end of the day": {"time_from": "09:00", "time_until": "24:00"},
    "every day": {"weekdays": "{1,2,3,4,5,6,7}"},
    "any order": {"weekdays": "{7,1}"},
    "dates": {"date_from": "2031-01-01", "date_until": "2031-01-31"},
    "a formula": {"note": "=1+1", "priority": 2, "priority_reason": "-1"},
}


def test_hours_of_notice_are_exported_as_numbers(database_url, session, shop):
    for minutes in (90, 120):
        ana = builders.a_customer(session, shop, name=str(minutes))
        builders.insert(session, "waitlist_entries", shop_id=shop.id, customer_id=ana.id, notice_minutes=minutes)
    session.commit()

    as_csv = slots("export", "waitlist", "--shop", shop.id, DATABASE_URL=database_url)
    as_json = slots("export", "waitlist", "--shop", shop.id, "--format", "json", DATABASE_URL=database_url)

    assert [row["notice_hours"] for row in csv.DictReader(io.StringIO(as_csv.out))] == ["1.5", "2"]
    assert [row["notice_hours"] for row in as_json.json] == [1.5, 2]


def test_a_waiting_list_keeps_its_wishes_from_export_to_import(tmp_path, database_url, session):
    old, new = builders.a_shop(session), builders.a_shop(session, name="New")
    for name, wishes in WISHES.items():
        ana = builders.a_customer(session, old, name=name, consent_source="form")
        builders.insert(session, "waitlist_entries", shop_id=old.id, customer_id=ana.id, **wishes)
    session.commit()
    file = tmp_path / "waiting.csv"
    exported = slots("export", "waitlist", "--shop", old.id, "--full-phones", DATABASE_URL=database_url)
    file.write_text(exported.out, encoding="utf-8")

    again = slots("waitlist", "import", file, "--shop", old.id, "--json", DATABASE_URL=database_url)
    first = slots("waitlist", "import", file, "--shop", new.id, "--json", DATABASE_URL=database_url)

    assert (again.json["added"], again.json["known"]) == (0, len(WISHES))
    assert (first.json["added"], first.json["rejected"]) == (len(WISHES), [])
    columns = """SELECT c.name, nullif(e.notice_minutes, 0), e.time_from, e.time_until, e.date_from, e.date_until,
                        e.note, e.priority, e.priority_reason
                   FROM waitlist_entries e JOIN customers c ON c.id = e.customer_id
                  WHERE e.shop_id = :shop ORDER BY c.name"""
    before, after = (session.execute(text(columns), {"shop": shop.id}).all() for shop in (old, new))
    assert after == before


CONSENTS = {
    "Ana": {
        "phone": "+447700900201",
        "sms_opt_in": True,
        "consent_source": "paper form",
        "consent_wording": "Salon Lou may text me.",
        "consent_at": datetime(2026, 1, 1, 9, tzinfo=UTC),
        "whatsapp_opt_in": True,
        "whatsapp_consent_source": "join page",
        "whatsapp_consent_wording": "Salon Lou may message me on WhatsApp.",
        "whatsapp_consent_at": datetime(2026, 2, 2, 10, tzinfo=UTC),
        "email": "ana@example.com",
        "email_opt_in": True,
        "email_consent_source": "confirmed link",
        "email_consent_wording": "Salon Lou may e-mail me.",
        "email_consent_at": datetime(2026, 3, 3, 11, 30, tzinfo=UTC),
    },
    "Wim": {
        "phone": "+447700900202",
        "sms_opt_in": False,
        "whatsapp_opt_in": True,
        "whatsapp_consent_source": "join page",
        "whatsapp_consent_wording": "Salon Lou may message me on WhatsApp.",
        "whatsapp_consent_at": datetime(2026, 2, 3, 10, tzinfo=UTC),
    },
    "Eli": {
        "email": "eli@example.com",
        "phone": None,
        "sms_opt_in": False,
        "email_opt_in": True,
        "email_consent_source": "desk",
        "email_consent_at": datetime(2026, 3, 4, 11, tzinfo=UTC),
    },
}


def test_each_consent_keeps_its_source_wording_and_time_from_export_to_import(tmp_path, database_url, session):
    old, new = builders.a_shop(session), builders.a_shop(session, name="New")
    for name, values in CONSENTS.items():
        builders.a_customer(session, old, name=name, **values)
    session.commit()
    file = tmp_path / "customers.csv"
    exported = slots("export", "customers", "--shop", old.id, "--full-phones", DATABASE_URL=database_url)
    file.write_text(exported.out, encoding="utf-8")

    result = slots("customers", "import", file, "--shop", new.id, DATABASE_URL=database_url)

    assert result.err == "3 added, 0 already known, 0 rejected\n", result.out
    columns = f"SELECT name, {', '.join(CONSENT_COLUMNS)} FROM customers WHERE shop_id = :shop ORDER BY name"
    before, after = (session.execute(text(columns), {"shop": shop.id}).all() for shop in (old, new))
    assert after == before
    assert [row.whatsapp_consent_source for row in after] == ["join page", None, "join page"]


def test_an_empty_shop_is_an_empty_list(database_url, session):
    empty = builders.a_shop(session)
    session.commit()

    assert slots("export", "customers", "--shop", empty.id, "--format", "json", DATABASE_URL=database_url).json == []


@pytest.fixture
def shop(session):
    made = builders.a_shop(session)
    ana = builders.a_customer(session, made, phone="+447700900201", consent_source="form")
    builders.a_slot_freed_by(session, ana)
    session.commit()
    return made
