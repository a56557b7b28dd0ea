"""Parses phone numbers as people in a given country type them. Refuses ambiguous input."""

import re
from dataclasses import dataclass, field
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumberType, ValidationResult

from domain.phones.dialling import line_of, without_trunk_prefix
from domain.phones.e164 import calling_code, normalise
from domain.phones.typed_phone import RefusedNumber, digits_of

NEEDS_COUNTRY_CODE = RefusedNumber("The phone number needs its country code, like +44.")
NOT_OF_THE_COUNTRY = RefusedNumber("This phone number doesn't exist in this country. Add + and the country code.")
TWO_READINGS = RefusedNumber("This could be two different phone numbers. Add + and the country code.")
TOO_SHORT = RefusedNumber("The phone number is too short.")
TOO_LONG = RefusedNumber("The phone number is too long.")
IMPOSSIBLE = RefusedNumber("This phone number doesn't exist in its country.")
SHORTEST = 7
_NO_AREA_CODE = re.compile(r"\+1[01]")
"""Area codes in North America begin with 2 to 9 (https://www.nanpa.com/numbering/area-codes)."""

# Types of numbers that can't receive texts. Fictional numbers have no type in the library, and are accepted.
_NO_TEXTS = {
    PhoneNumberType.FIXED_LINE: "This is a landline: it can't get texts.",
    PhoneNumberType.TOLL_FREE: "This is a freephone number: it can't get texts.",
    PhoneNumberType.PREMIUM_RATE: "This is a premium-rate number: it can't get texts.",
    PhoneNumberType.SHARED_COST: "This is a shared-cost number: it can't get texts.",
    PhoneNumberType.PAGER: "This is a pager: it can't get texts.",
    PhoneNumberType.UAN: "This is a company's number: it can't get texts.",
    PhoneNumberType.VOICEMAIL: "This is a voicemail number: it can't get texts.",
    PhoneNumberType.PERSONAL_NUMBER: "This number forwards calls to another one: it can't get texts.",
}
# Satellite phones and global networks, some of which the library classifies as mobile. Texts to them cost many times
# more.
_NO_TEXTS_TO = dict.fromkeys((870, 878, 881, 882, 883), "This is a satellite or global number: it can't get texts.")
_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
# In Argentina, landlines and mobile phones share one number range, so the type is unknown.
_TYPE_SAYS_NOTHING = frozenset({54})
_BY_LENGTH = {ValidationResult.TOO_SHORT: TOO_SHORT, ValidationResult.TOO_LONG: TOO_LONG}


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A number in E.164 format. `no_texts` is the reason why it can't receive texts, or None if it can."""

    e164: str = field(repr=False)
    no_texts: str | None = None

    @property
    def line(self) -> str:
        """The key of the phone line, which is the same for all forms of the number and identifies duplicate
        customers.
        """
        return line_of(self.e164)


def parse(raw: str, country: str | None = None) -> PhoneNumber | RefusedNumber:
    """Returns the number, or the reason why `raw` was refused.

    `country` (ISO 3166, "GB") applies to numbers without a country code. Without `country`, they are refused.
    """
    digits = digits_of(raw)
    if isinstance(digits, RefusedNumber):
        return digits
    if digits.startswith("+"):
        return _international(digits)
    readings = _readings(digits, country.upper() if country else None)
    certain = [number for number, valid in readings.items() if valid] or list(readings)
    if len(certain) == 1:
        return _international(certain[0])
    if certain:
        return TWO_READINGS
    if len(digits) < SHORTEST:
        return TOO_SHORT
    return NOT_OF_THE_COUNTRY if country else NEEDS_COUNTRY_CODE


@lru_cache(maxsize=1024)
def country_of(country: str | None, sms_from: str | None) -> str | None:
    """Returns a shop's country: its setting, otherwise the country of its sending number, otherwise None."""
    number = normalise(sms_from)
    if country or number is None:
        return country.upper() if country else None
    parsed = _parsed(number)
    if parsed is None:
        return None
    region = phonenumbers.region_code_for_number(parsed) or phonenumbers.region_code_for_country_code(
        int(calling_code(number))
    )
    return str(region) if region in phonenumbers.SUPPORTED_REGIONS else None


def _readings(digits: str, country: str | None) -> dict[str, bool]:
    """Returns the numbers (E.164) that digits without a plus sign can mean, each with a flag that is True if the
    number is valid.
    """
    plan = PhoneMetadata.metadata_for_region(country) if country in phonenumbers.SUPPORTED_REGIONS else None
    code = str(plan.country_code) if plan else ""
    without_prefix = without_trunk_prefix(f"+{code}{digits}") if plan else None
    readings = (
        _parsed(f"+{digits[2:]}") if digits.startswith("00") else None,
        _in_plan(digits, plan) if plan else None,
        _parsed(without_prefix) if without_prefix and without_prefix != f"+{code}{digits}" else None,
        # The plus sign may have been removed by a spreadsheet.
        _parsed(f"+{digits}") if plan and digits.startswith(code) else None,
    )
    return {_format(one): phonenumbers.is_valid_number(one) for one in readings if one and _has_a_length(one)}


def _in_plan(digits: str, plan: PhoneMetadata) -> phonenumbers.PhoneNumber | None:
    """Parses a number as dialled in its country. Accepts a number without the leading 0 only if it is unambiguous."""
    parsed = _parsed(digits, plan.id)
    if plan.national_prefix != "0" or digits.startswith("0") or parsed is None:
        return parsed
    if phonenumbers.is_valid_number(parsed):
        return parsed if phonenumbers.number_type(parsed) in _MOBILE else None
    elsewhere = _parsed(f"+{digits}")
    one_length = plan.mobile is not None and len(plan.mobile.possible_length) == 1
    begins = plan.mobile is not None and digits[:1] == (plan.mobile.example_number or "")[:1]
    if not (one_length and begins):
        return None
    return None if elsewhere and phonenumbers.is_valid_number(elsewhere) else parsed


def _international(digits: str) -> PhoneNumber | RefusedNumber:
    number = without_trunk_prefix(digits)
    misplaced_zero = number is None and digits[1 + len(calling_code(digits)) :].startswith("0")
    parsed = None if misplaced_zero else _parsed(number or digits)
    if parsed is None or _NO_AREA_CODE.match(number or digits):
        return IMPOSSIBLE
    if number and _format(parsed) not in (number, line_of(number)):
        # The library added an area code, or removed digits that may be an area code.
        return TWO_READINGS
    return _why_not_of_this_length(parsed) or _storable(parsed)


def _why_not_of_this_length(parsed: phonenumbers.PhoneNumber) -> RefusedNumber | None:
    type_ = phonenumbers.number_type(parsed)
    judged_as = PhoneNumberType.MOBILE if type_ == PhoneNumberType.UNKNOWN else type_
    length = phonenumbers.is_possible_number_for_type_with_reason(parsed, judged_as)
    return None if length == ValidationResult.IS_POSSIBLE else _BY_LENGTH.get(length, IMPOSSIBLE)


def _storable(parsed: phonenumbers.PhoneNumber) -> PhoneNumber | RefusedNumber:
    """Refuses a number that the database would interpret differently."""
    number = _format(parsed)
    return PhoneNumber(number, _why_no_texts(parsed)) if normalise(number) == number else IMPOSSIBLE


def _why_no_texts(parsed: phonenumbers.PhoneNumber) -> str | None:
    code = parsed.country_code or 0
    if code in _NO_TEXTS_TO or code in _TYPE_SAYS_NOTHING:
        return _NO_TEXTS_TO.get(code)
    return _NO_TEXTS.get(phonenumbers.number_type(parsed))


def _parsed(digits: str, country: str | None = None) -> phonenumbers.PhoneNumber | None:
    """Parses the digits. If the country has changed the length of its numbers, returns the current format."""
    try:
        parsed = phonenumbers.parse(digits, country)
        today = phonenumbers.parse(line_of(_format(parsed)))
    except phonenumbers.NumberParseException:
        return None
    outdated = phonenumbers.is_valid_number(today) and not phonenumbers.is_valid_number(parsed)
    return today if outdated else parsed


def _has_a_length(parsed: phonenumbers.PhoneNumber) -> bool:
    return phonenumbers.is_possible_number_with_reason(parsed) == ValidationResult.IS_POSSIBLE


def _format(parsed: phonenumbers.PhoneNumber) -> str:
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
