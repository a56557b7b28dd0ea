"""`slots customers import`, run as a process: every line is taken, or rejected with its number and the reason."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from tests import builders
from tests.cli.commands import slots

HEADING = "name,phone,email,sms_opt_in,consent_source"
GOOD = "Ana,+447700900201,ana@example.com,yes,booking form"


def test_a_list_is_taken_and_may_be_brought_again(bring, session, shop):
    assert bring(GOOD, "Ben,,ben@example.com,no,").err == "2 added, 0 known already, 0 rejected\n"
    assert bring(GOOD, "ben,,BEN@example.com,no,").err == "0 added, 2 known already, 0 rejected\n"

    ana = session.execute(text("SELECT * FROM customers WHERE name = 'Ana'")).one()
    assert (ana.phone_e164, ana.sms_opt_in, ana.consent_source) == ("+447700900201", True, "booking form")
    assert (ana.shop_id, ana.consent_at is not None) == (shop.id, True)


def test_rejected_lines_are_named_and_the_others_taken(bring, session):
    told = bring(GOOD, "Ben,07700 900202,,no,", "Cara,+447700900203,,yes,")

    assert told.code == 3
    assert told.out.splitlines() == [
        "line 3: There is no such phone number in this country: write it with + and the country code.",
        "line 4: An opt-in needs its consent_source: where it was given.",
    ]
    assert names(session) == ["Ana"]


def test_a_dry_run_says_the_same_and_takes_nothing(bring, session):
    told = bring(GOOD, "Ben,1,,no,", options=("--dry-run", "--json"))

    assert told.code == 3
    assert told.json == {
        "new": 1,
        "known": 0,
        "without_texts": [],
        "rejected": [{"line": 3, "reason": told.json["rejected"][0]["reason"]}],
    }
    assert names(session) == []


def test_an_opt_out_stands_whatever_a_list_says(bring, session, shop):
    builders.a_suppression(session, shop, "+447700900201")
    session.commit()

    told = bring(GOOD)

    assert "line 2: taken without texts" in told.out
    assert session.execute(text("SELECT sms_opt_in FROM customers")).scalar_one() is False


def test_who_is_known_keeps_what_is_known_and_gets_what_was_missing(bring, session, shop):
    builders.a_customer(session, shop, name="Ana Silva", phone="+44 7700 900201", sms_opt_in=False)
    session.commit()

    bring(GOOD)

    kept = session.execute(text("SELECT name, sms_opt_in, consent_source FROM customers")).all()
    assert kept == [("Ana Silva", True, "booking form")]


def test_numbers_without_a_country_code_take_the_one_that_is_said(bring, session):
    bring("Ben,07700 900202,,no,", options=("--country", "GB"))

    assert session.execute(text("SELECT phone_e164 FROM customers")).scalar_one() == "+447700900202"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "must name the columns"),
        (b"first name,phone\n", "first_name"),
        ("name\nJosé\n".encode("latin-1"), "UTF-8"),
        (b"name,email\nA\0na,ana@example.com\n", "isn't text"),
    ],
)
def test_a_file_that_is_no_list_says_what_to_do(tmp_path, database_url, shop, content, said):
    file = tmp_path / "customers.csv"
    file.write_bytes(content)

    told = slots("customers", "import", file, "--shop", shop.id, DATABASE_URL=database_url)

    assert told.code in {1, 3}
    assert said in told.out + told.err


def names(session):
    return list(session.execute(text("SELECT name FROM customers ORDER BY name")).scalars())


@pytest.fixture
def shop(session):
    made = builders.a_shop(session)
    session.commit()
    return made


@pytest.fixture
def bring(tmp_path, database_url, shop):
    """Runs the command on a file of these lines."""

    def run(*lines, options=()):
        file = tmp_path / "customers.csv"
        file.write_text("\n".join([HEADING, *lines]) + "\n", encoding="utf-8-sig")
        return slots("customers", "import", file, "--shop", shop.name, *options, DATABASE_URL=database_url)

    return run
