"""Names that others typed, before they go into a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.names import plain_name


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Bella's Salon", "Bella's Salon"),
        ("Dr.Smith & Co.", "Dr. Smith & Co."),
        ("José  Núñez", "José Núñez"),
        ("Ana http://evil.example/x", "Ana"),
        ("Ana HTTPS://EVIL.COM", "Ana"),
        ("www.evil.test Ana", "Ana"),
        ("win at evil.com/prize now", "win at now"),
        ("Ana (evil.co.uk)", "Ana"),
        ("evil.zip", "evil. zip"),
        ("me@evil.test", ""),
        ("Ana\r\nReply YES", "Ana Reply YES"),
        ("A\u200bn\u202ea\x00", "Ana"),
        ("x" * 100, "x" * 40),
        ("", ""),
    ],
)
def test_a_name_is_one_short_line_without_links(typed: str, name: str) -> None:
    assert plain_name(typed) == name


@given(st.text())
def test_no_name_breaks_a_line_or_grows_too_long(typed: str) -> None:
    name = plain_name(typed)
    assert len(name) <= 40
    assert name == " ".join(name.split())
    assert "://" not in name
