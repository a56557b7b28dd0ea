"""The format of phone numbers, and the masked form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import parse

from domain.phones.e164 import STATE_OF_AREA_CODE, mask, normalise, us_state

STATE_NAMES = {
    "CT": "Connecticut",
    "FL": "Florida",
    "MA": "Massachusetts",
    "MD": "Maryland",
    "OK": "Oklahoma",
    "TX": "Texas",
    "WA": "Washington State",
}
NEWER_THAN_THE_LIBRARY = {"621", "728"}


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("+447700900012", "+447700900012"),
        (" +44 (7700) 900-012\n", "+447700900012"),
        ("+1.202.555.0143", "+12025550143"),
        ("+1234567", "+1234567"),
        ("+123456789012345", "+123456789012345"),
        ("+123456", None),
        ("+1234567890123456", None),
        ("+0447700900012", None),
        ("07700900012", None),
        ("447700900012", None),
        ("++447700900012", None),
        ("+44770090001a", None),
        ("+44٧٧٠٠٩٠٠٠١٢", None),
        ("+44\u00a07700900012", None),
        ("", None),
        (None, None),
    ],
)
def test_a_number_is_of_e164_shape_or_none_at_all(raw: str | None, number: str | None) -> None:
    assert normalise(raw) == number


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("+447700900012", "+44••••••0012"),
        ("+12025550143", "+1••••••0143"),
        ("+353851234567", "+353•••••4567"),
        ("+1234567", "+1••••67"),
        ("07700900012", "••••"),
        (None, "••••"),
    ],
)
def test_a_masked_number_shows_the_country_and_a_few_last_digits(phone: str | None, shown: str) -> None:
    assert mask(phone) == shown


@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))
def test_a_mask_always_hides_four_digits_or_more(phone: str) -> None:
    assert mask(phone).count("•") >= 4
    assert len(mask(phone)) == len(normalise(phone) or "••••")


def test_each_area_code_is_in_the_state_of_the_table() -> None:
    # Imported here, because the geographic data takes a third of a second, and each worker imports each test file.
    from phonenumbers.geocoder import description_for_number

    for code, state in STATE_OF_AREA_CODE.items():
        assert us_state(f"+1{code}5550123") == state
        if code not in NEWER_THAN_THE_LIBRARY:
            place = description_for_number(parse(f"+1{code}2345678"), "en")
            assert place == STATE_NAMES[state] or place.endswith(f", {state}"), code


@pytest.mark.parametrize("phone", ["+12125550123", "+447700900012", "+1305555012", "+13055550123 4", None, "305"])
def test_other_numbers_belong_to_no_stricter_state(phone: str | None) -> None:
    assert us_state(phone) is None
