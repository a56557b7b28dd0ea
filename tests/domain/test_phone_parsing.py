"""Typed, pasted and exported numbers are parsed to the intended number, or rejected with a reason."""

import phonenumbers
import pytest
from phonenumbers import PhoneMetadata, PhoneNumberType

from domain.phones import parsing as phone_parsing
from domain.phones import typed_phone
from domain.phones.dialling import TRUNK_ZERO, line_of
from domain.phones.e164 import normalise
from domain.phones.parsing import PhoneNumber, country_of, parse
from domain.phones.typed_phone import RefusedNumber

READ = [
    ("+44 (0)7700 900111", None, "+447700900111"),
    ("+44 (0)7700 900111", "GB", "+447700900111"),
    ("+44 (0)7700 900111", "US", "+447700900111"),
    ("+49 (0)170 1112223", None, "+491701112223"),
    ("+46 (0)70 174 06 05", None, "+46701740605"),
    ("+44 07700 900112", None, "+447700900112"),
    ("+36 06 20 123 4567", None, "+36201234567"),
    ("+7 8 (912) 345-67-89", None, "+79123456789"),
    ("+48 (0) 512 345 678", None, "+48512345678"),
    ("447700900113.0", "GB", "+447700900113"),
    ("+447700900114.0", None, "+447700900114"),
    ("+447700900114,00", None, "+447700900114"),
    ("7700900113", "GB", "+447700900113"),
    ("'07700900111", "GB", "+447700900111"),
    ('="07700900111"', "GB", "+447700900111"),
    ("0044 7700 900119", "US", "+447700900119"),
    ("0044 7700 900119", "GB", "+447700900119"),
    ("0044 7700 900119", "AU", "+447700900119"),
    ("0044 7700 900119", None, "+447700900119"),
    ("00 44 (0) 7700 900119", None, "+447700900119"),
    ("011 44 7700 900119", "US", "+447700900119"),
    ("0011 44 7700 900119", "AU", "+447700900119"),
    ("\u202a+44 7700 900135\u202c", None, "+447700900135"),
    ("\u202d+44\u00a07700\u202f900135\u202c", None, "+447700900135"),
    ("\u2066+44 7700 900135\u2069", None, "+447700900135"),
    ("+44\u200b7700\ufeff900\u2060135", None, "+447700900135"),
    ("+44 7700–900‑135", None, "+447700900135"),
    ("+44 7700/900135", None, "+447700900135"),
    ("＋４４　７７００　９００１３５", None, "+447700900135"),
    ("٠٧٧٠٠٩٠٠١١١", "GB", "+447700900111"),
    ("tel:+44-7700-900111", None, "+447700900111"),
    ("whatsapp:+447700900111", None, "+447700900111"),
    ("(212) 555-0123", "US", "+12125550123"),
    ("1-212-555-0123", "US", "+12125550123"),
    ("212.555.0123", "US", "+12125550123"),
    ("491701112223", "DE", "+491701112223"),
    ("0170/1112223", "DE", "+491701112223"),
    ("8 (912) 345-67-89", "RU", "+79123456789"),
    ("015 11 98765-0301", "BR", "+5511987650301"),
    ("0055 11 98765 0301", "BR", "+5511987650301"),
    ("11 8765-0301", "BR", "+5511987650301"),
    ("044 55 1234 0301", "MX", "+525512340301"),
    ("+54 11 15-1234-0301", None, "+5491112340301"),
    ("333 123 4567", "IT", "+393331234567"),
    ("+33 (0) 6 12 34 56 78", None, "+33612345678"),
    ("06.12.34.56.78", "FR", "+33612345678"),
    ("0470/12.34.56", "BE", "+32470123456"),
    ("+41 (0)79/123.45.67", None, "+41791234567"),
    ("0664/123 45 67", "AT", "+436641234567"),
    ("06-12345678", "NL", "+31612345678"),
    ("(085) 1234567", "IE", "+353851234567"),
    ("+61 (0) 412 345 678", None, "+61412345678"),
    ("0412 345 678", "AU", "+61412345678"),
    ("98765 43210", "IN", "+919876543210"),
    ("０９０－１２３４－５６７８", "JP", "+819012345678"),
    ("86 138 0013 8000", "CN", "+8613800138000"),
    ("0 (532) 123 45 67", "TR", "+905321234567"),
    ("+55 (011) 98765-0301", None, "+5511987650301"),
    ("12125550123.00", "US", "+12125550123"),
]
REFUSED = [
    ("07700 900111", None, phone_parsing.NEEDS_COUNTRY_CODE),
    ("447700900113.0", None, phone_parsing.NEEDS_COUNTRY_CODE),
    ("07700 900118", "US", phone_parsing.NOT_OF_THE_COUNTRY),
    ("447700900113", "DE", phone_parsing.NOT_OF_THE_COUNTRY),
    ("077009001112", "GB", phone_parsing.NOT_OF_THE_COUNTRY),
    ("0770090011", "US", phone_parsing.IMPOSSIBLE),
    ("+107700900118", None, phone_parsing.IMPOSSIBLE),
    ("+44 00 7700 900111", None, phone_parsing.IMPOSSIBLE),
    ("+4477009001", None, phone_parsing.TOO_SHORT),
    ("0770090011", "GB", phone_parsing.TOO_SHORT),
    ("12345", "GB", phone_parsing.TOO_SHORT),
    ("+4477009001112", None, phone_parsing.TOO_LONG),
    ("07700 900129 mum", "GB", typed_phone.LETTERS),
    ("07700900110 (mum)", "GB", typed_phone.LETTERS),
    ("1-800-FLOWERS", "US", typed_phone.LETTERS),
    ("+44 7700 900111 or +44 7700 900112", None, typed_phone.LETTERS),
    ("+44 7700 900111 ext. 5", None, typed_phone.EXTENSION),
    ("+44 7700 900111x5", None, typed_phone.EXTENSION),
    ("+44 7700 900111;ext=5", None, typed_phone.EXTENSION),
    ("4.47700900113E+11", "GB", typed_phone.SHORTENED),
    ("07700 900111/112", "GB", typed_phone.UNREADABLE),
    ("+49 170 1112223/4", None, typed_phone.UNREADABLE),
    ("+447700900111, +447700900112", None, typed_phone.UNREADABLE),
    ("+447700900114.5", None, typed_phone.UNREADABLE),
    ("++447700900111", None, typed_phone.UNREADABLE),
    ("+44 7700 90011½", None, typed_phone.UNREADABLE),
    ("+44 7700 9001¹1", None, typed_phone.UNREADABLE),
    ("7" * 500, None, typed_phone.UNREADABLE),
    ("O7700 900111", "GB", typed_phone.LETTERS),
    ("TEL;TYPE=CELL:+447700900111", "GB", typed_phone.LETTERS),
    ("7,700,900,111", "GB", typed_phone.UNREADABLE),
    ("07700900111 07700900112", "GB", phone_parsing.NOT_OF_THE_COUNTRY),
    *[(number, "US", phone_parsing.IMPOSSIBLE) for number in ("1111111111", "1234567890", "+1 112 555 0123")],
    *[(number, "GB", phone_parsing.NOT_OF_THE_COUNTRY) for number in ("2125550123", "212 555 0123", "6125550123")],
    ("", "GB", typed_phone.EMPTY),
    (" \u200b ", "GB", typed_phone.EMPTY),
]
LANDLINES = [
    ("020 7946 0018", "GB", "+442079460018"),
    ("+39 06 5551 2345", None, "+390655512345"),
    ("+39 (0)6 5551 2345", None, "+390655512345"),
    ("+33 1 42 68 53 00", None, "+33142685300"),
    ("030 1234567-0", "DE", "+493012345670"),
    ("+1 800 555 0123", None, "+18005550123"),
    ("+1 900 555 0123", None, "+19005550123"),
    ("070 1234 5678", "GB", "+447012345678"),
    ("+870 773 123 456", None, "+870773123456"),
    ("+8816 2345 6789", None, "+881623456789"),
    ("+882 16 1234567", None, "+882161234567"),
    ("+883 5100 1234 5678", None, "+883510012345678"),
]


@pytest.mark.parametrize(("typed", "country", "number"), READ)
def test_a_number_is_read_as_it_was_meant(typed: str, country: str | None, number: str) -> None:
    assert parse(typed, country) == PhoneNumber(number)


@pytest.mark.parametrize(("typed", "country", "refusal"), REFUSED)
def test_an_ambiguous_number_is_refused(typed: str, country: str | None, refusal: RefusedNumber) -> None:
    assert parse(typed, country) == refusal


@pytest.mark.parametrize(("typed", "country", "number"), LANDLINES)
def test_a_number_that_gets_no_texts_says_so(typed: str, country: str | None, number: str) -> None:
    read = parse(typed, country)
    assert isinstance(read, PhoneNumber)
    assert (read.e164, "can't get texts" in (read.no_texts or "")) == (number, True)


@pytest.mark.parametrize("number", ["+447700900111", "+12125550123", "+15550000001", "+353851234567", "+61491570006"])
def test_fictional_numbers_may_be_texted(number: str) -> None:
    assert parse(number) == PhoneNumber(number)


@pytest.mark.parametrize(
    ("one", "other"),
    [("+5511987650301", "+551187650301"), ("+525512340301", "+5215512340301"), ("+541112340301", "+5491112340301")],
)
def test_two_spellings_are_one_line(one: str, other: str) -> None:
    first, second = parse(one), parse(other)
    assert isinstance(first, PhoneNumber)
    assert isinstance(second, PhoneNumber)
    assert first.line == second.line == line_of(one) == line_of(other) == one
    assert first.no_texts is second.no_texts is None


@pytest.mark.parametrize(
    ("country", "sms_from", "known"),
    [
        (None, "+447700900000", "GB"),
        (None, "+12125550100", "US"),
        (None, "+390655512345", "IT"),
        ("de", "+447700900000", "DE"),
        (None, "07700900000", None),
        (None, None, None),
    ],
)
def test_a_shop_is_where_it_says_or_where_its_number_is(
    country: str | None, sms_from: str | None, known: str | None
) -> None:
    assert country_of(country, sms_from) == known


def test_each_country_is_read_with_its_own_trunk_prefix() -> None:
    """Each number is parsed correctly or rejected. The database parses it to the same number or to null."""
    # On Ascension, mobile numbers are also written with a leading 0.
    for region in sorted(phonenumbers.SUPPORTED_REGIONS - {"AC"}):
        example = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
        if example is not None:
            check_trunk_prefix(region, example)


def check_trunk_prefix(region: str, example: phonenumbers.PhoneNumber) -> None:
    plan = PhoneMetadata.metadata_for_region(region)
    number = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
    code, national = str(plan.country_code), phonenumbers.national_significant_number(example)
    assert parse(number) == PhoneNumber(number)
    assert parse(f"00{code} {national}", region) == PhoneNumber(number)
    written = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.NATIONAL)
    assert parse(written, region) == PhoneNumber(number)
    if plan.national_prefix == "0":
        assert parse(f"+{code} (0){national}") == PhoneNumber(number)
    for typed in (f"+{code}{plan.national_prefix or ''}{national}", f"{number}.0", f"+{code} (0){national}"):
        meant = parse(typed)
        if isinstance(meant, PhoneNumber) and not meant.no_texts:
            assert meant.line == line_of(number)
        if region not in {"IT", "VA"}:  # Landline numbers in these countries begin with 0.
            assert line_of(normalise(typed) or number) == line_of(number)


def test_the_codes_with_a_trunk_zero_are_the_librarys() -> None:
    zero = {
        str(code)
        for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items()
        for plan in map(PhoneMetadata.metadata_for_region, regions)
        if plan and plan.national_prefix == "0"
    }
    assert zero <= set(TRUNK_ZERO.split("|"))
    assert set(TRUNK_ZERO.split("|")) - zero == {"48", "56"}
