"""Names and addresses that users type are made safe for texts."""

import time
from pathlib import Path

import pytest
from hypothesis import given, vendor
from hypothesis import strategies as st

from domain.names import LONGEST_ADDRESS, plain_name
from domain.top_level_domains import TOP_LEVEL_DOMAINS


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Bella's Salon", "Bella's Salon"),
        ("José  Núñez", "José Núñez"),
        ("Ana http://evil.example/x", "Ana"),
        ("Ana HTTPS://EVIL.COM", "Ana"),
        ("www.evil.test Ana", "Ana"),
        ("(www.evil.test) Ana", "Ana"),
        ("win at evil.com/prize now", "win at now"),
        ("win at evil.com:8080 now", "win at now"),
        ("evil.zip/x Ana", "Ana"),
        ("Ana (evil.co.uk)", "Ana"),
        ("Ana evil.com.", "Ana"),
        ("Ana …evil.com!", "Ana"),
        ("Ana ｅｖｉｌ．ｃｏｍ", "Ana"),
        ("Ana evil。com", "Ana"),
        ("Ana 𝐞𝐯𝐢𝐥.𝐜𝐨𝐦", "Ana"),
        ("Ana evil\u200d.com", "Ana"),
        ("evil.zip", "evil. zip"),
        ("evil.рф", "evil. рф"),
        ("192.168.1.1", "192. 168. 1. 1"),
        ("me@evil.test", ""),
        ("Ana\r\nReply YES", "Ana Reply YES"),
        ("A\u200bn\u202ea\x00", "Ana"),
        ("x" * 100, "x" * 40),
        ("", ""),
    ],
)
def test_a_name_is_one_short_line_without_links(typed: str, name: str) -> None:
    assert plain_name(typed) == name


@pytest.mark.parametrize(
    "typed",
    [
        *("221½ Baker Street", "12¾", "Unit 1.02", "Flat 2.5", "№ 5", "１２ Street", "x² Studio", "3.OG rechts"),
        *("Dr. No", "Dr.Smith & Co.", "St.Johns Rd. 4", "A.Brown", "K.I.T. Salon", "Ph.D. Ana", "U.S.A. Nails"),
        *("No.5", "Str. 5/2.Stock", "c/o A.Brown", "5.Mai", "Am Markt 1.", "Hair@Home", "Hair @ Home", "Node.js"),
        *("O’Neill", "Müller-Lüdenscheidt", "ﬁnn", "Cut ½ price 10.30", "1.2.3", "می‌خواهم", "ශ්‍රී", "Zoë 💇‍♀️"),
        *("ул. Ленина д.5", "東京都港区1-2-3", "Ł.Nowak", "C/ Mayor, 3.º B", "Apt #4.B", "Haus 7a.1"),
    ],
)
def test_a_name_without_a_link_is_unchanged(typed: str) -> None:
    assert plain_name(typed, longest=LONGEST_ADDRESS) == typed


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Dr.No", "Dr. No"),
        ("J.De Boer", "J. De Boer"),
        ("J.DE BOER", "J. DE BOER"),
        ("Bella.Hair", "Bella. Hair"),
        ("A½.De", "A½. De"),
    ],
)
def test_a_name_that_a_phone_would_make_a_link_of_gets_a_space(typed: str, name: str) -> None:
    assert plain_name(typed) == name


@given(st.text())
def test_no_name_breaks_a_line_or_grows_too_long(typed: str) -> None:
    name = plain_name(typed)
    assert len(name) <= 40
    assert name == " ".join(name.split())
    assert "://" not in name


@pytest.mark.parametrize(
    "part", ["a", "a.", "a@", "a.co", ".", "é.", "@", "://", "www.", "a-", "½", "a.b-", "\u200d"]
)
def test_the_time_is_proportional_to_the_length(part: str) -> None:
    typed = part * (64 * 1024 // len(part))
    began = time.process_time()
    plain_name(typed, longest=len(typed))
    assert time.process_time() - began < 5


def test_the_top_level_domains_are_those_of_iana() -> None:
    listed = Path(vendor.__file__).with_name("tlds-alpha-by-domain.txt").read_text(encoding="ascii").split("\n")[1:]
    missing = {line.lower() for line in listed if line} - TOP_LEVEL_DOMAINS
    assert missing == set(), "generate domain/top_level_domains.py again"
