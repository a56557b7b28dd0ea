"""Tests of `slots customers import`: each row is imported, or rejected with its line number and the reason."""

from __future__ import annotations

import csv
import subprocess

import pytest
from openpyxl import Workbook
from sqlalchemy import text

from tests import builders
from tests.cli.commands import at_most, bare, command, slots
from tests.effort import long_except

HEADING = "name,phone,email,sms_opt_in,consent_source"
GOOD = "Ana,+447700900201,ana@example.com,yes,booking form"


def test_a_list_is_taken_and_may_be_brought_again(bring, session, shop):
    assert bring(GOOD, "Ben,,ben@example.com,no,").err == "2 added, 0 already known, 0 rejected\n"
    assert bring(GOOD, "ben,,BEN@example.com,no,").err == "0 added, 2 already known, 0 rejected\n"

    ana = session.execute(text("SELECT * FROM customers WHERE name = 'Ana'")).one()
    assert (ana.phone_e164, ana.sms_opt_in, ana.consent_source) == ("+447700900201", True, "booking form")
    assert (ana.shop_id, ana.consent_at is not None) == (shop.id, True)


def test_rejected_lines_are_named_and_the_others_taken(bring, session):
    result = bring(GOOD, "Ben,07700 900202,,no,", "Cara,+447700900203,,yes,")

    assert result.code == 3
    ben, cara = result.out.splitlines()
    assert ben.startswith("line 3, Ben, phone “••••• ••0202”: ")
    assert "country code" in ben
    assert [cara] == [
        "line 4, Cara, sms_opt_in “yes”: An opt-in requires a consent_source: where the customer agreed.",
    ]
    assert names(session) == ["Ana"]


def test_a_dry_run_says_the_same_and_takes_nothing(bring, session):
    result = bring(GOOD, "Ben,1,,no,", options=("--dry-run", "--json"))

    assert result.code == 3
    assert result.json == {
        "new": 1,
        "known": 0,
        "without_texts": [],
        "still_opted_in": [],
        "rejected": [
            {
                "line": 3,
                "name": "Ben",
                "column": "phone",
                "cell": "1",
                "reason": result.json["rejected"][0]["reason"],
            }
        ],
        "notes": [],
    }
    assert names(session) == []


def test_a_list_never_ends_an_opt_out(bring, session, shop):
    builders.a_suppression(session, shop, "+447700900201")
    session.commit()

    result = bring(GOOD)

    assert "line 2, Ana: imported, but receives no texts" in result.out
    assert session.execute(text("SELECT sms_opt_in FROM customers")).scalar_one() is False


def test_a_no_leaves_an_opt_in_and_names_the_customer(bring, session, shop):
    builders.a_customer(session, shop, name="Ana Silva", phone="+447700900201", sms_opt_in=True)
    session.commit()

    result = bring("Ana,+447700900201,,nein,", "Ben,+447700900202,,no,", "Cara,+447700900203,,,")

    assert result.code == 0
    assert result.out == "line 2, Ana: still opted in to texts, although the list says no\n"
    assert session.execute(text("SELECT sms_opt_in FROM customers WHERE name = 'Ana Silva'")).scalar_one() is True


def test_the_rejected_rows_are_written_to_be_corrected_and_imported_again(bring, tmp_path):
    again = tmp_path / "again.csv"
    bring(GOOD, "Ben,07700 900202,,no,", "Cara,,,no,", options=("--rejected", again))

    ben, cara = list(csv.reader(again.read_text(encoding="utf-8-sig").splitlines()))[1:]
    assert (ben[:2], cara[0], "country code" in ben[-1]) == (["Ben", "07700 900202"], "Cara", True)
    corrected = again.read_text(encoding="utf-8-sig").replace("07700 900202", "+447700900202")
    result = bring(content=corrected)
    assert result.err == "1 added, 0 already known, 1 rejected\n"


@pytest.mark.parametrize("name", ["again.csv", "/dev/full"])
def test_rejected_rows_are_written_completely_or_not_at_all(name, tmp_path, database_url, shop, session):
    (tmp_path / "customers.csv").write_text("\n".join([HEADING, GOOD, *["Cara,,,no,"] * 50]), encoding="utf-8-sig")
    words = command("customers", "import", "customers.csv", "--shop", shop.name, "--rejected", name)
    given = bare() | {"DATABASE_URL": database_url}
    limited = at_most(200)
    ended = subprocess.run(words, cwd=tmp_path, env=given, preexec_fn=limited, capture_output=True, text=True)

    summary, problem = ended.stderr.splitlines()
    assert (ended.returncode, summary) == (1, "1 added, 0 already known, 50 rejected")
    assert problem.startswith(f"The rejected rows could not be written to {name}: ")
    assert [file.name for file in tmp_path.iterdir()] == ["customers.csv"]
    assert session.scalar(text("SELECT count(*) FROM customers")) == 1


def test_a_workbook_is_imported_and_unread_parts_are_reported(bring, tmp_path, session):
    book, file = Workbook(), tmp_path / "customers.xlsx"
    book.active.append(["First Name", "Last Name", "Mobile", "Birthday"])
    book.active.append(["Ana", "Silva", "+447700900201", "1 May"])
    book.save(file)

    result = bring(file=file)

    assert result.err == "Columns that were not read: “Birthday”.\n1 added, 0 already known, 0 rejected\n"
    assert names(session) == ["Ana Silva"]


def test_a_known_customer_keeps_existing_values_and_gets_missing_ones(bring, session, shop):
    builders.a_customer(session, shop, name="Ana Silva", phone="+44 7700 900201", sms_opt_in=False)
    session.commit()

    bring(GOOD)

    kept = session.execute(text("SELECT name, sms_opt_in, consent_source FROM customers")).all()
    assert kept == [("Ana Silva", True, "booking form")]


def test_numbers_without_a_country_code_use_the_given_one(bring, session):
    bring("Ben,07700 900202,,no,", options=("--country", "GB"))

    assert session.execute(text("SELECT phone_e164 FROM customers")).scalar_one() == "+447700900202"


@pytest.mark.parametrize(
    ("content", "message"),
    long_except(
        [
            (b"", "The file is empty. Nothing was imported."),
            (b"first name,telefax\n", "first name, telefax"),
            (b"name,phone\nJos\x81\n", "CSV UTF-8"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Save it as .xlsx"),
            (b"name,email\nA\0na,ana@example.com\n", "invalid character"),
        ],
        (b"", "The file is empty. Nothing was imported."),
    ),
)
def test_a_file_that_is_not_a_list_is_refused_with_advice(tmp_path, database_url, shop, content, message):
    file = tmp_path / "customers.csv"
    file.write_bytes(content)

    result = slots("customers", "import", file, "--shop", shop.id, DATABASE_URL=database_url)

    assert result.code in {1, 3}
    assert message in result.out + result.err


def names(session):
    return list(session.execute(text("SELECT name FROM customers ORDER BY name")).scalars())


@pytest.fixture
def shop(session):
    made = builders.a_shop(session)
    session.commit()
    return made


@pytest.fixture
def bring(tmp_path, database_url, shop):
    """Runs the command on a file with these lines."""

    def run(*lines, options=(), file=tmp_path / "customers.csv", content=""):
        if file.suffix == ".csv":
            file.write_text(content or "\n".join([HEADING, *lines]) + "\n", encoding="utf-8-sig")
        return slots("customers", "import", file, "--shop", shop.name, *options, DATABASE_URL=database_url)

    return run
