"""The functions of the database that read phone numbers do it as the domain does."""

import phonenumbers
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from domain.dialling import line_of
from domain.phone import normalise
from domain.phone_parsing import PhoneNumber, parse
from tests.builders import a_shop

BOTH = text("SELECT e164(CAST(:typed AS text)), phone_line(CAST(:typed AS text))")

# Codes where a trunk prefix, a second spelling or a leading zero decides, and any others.
CODES = st.sampled_from([str(code) for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE])
TRICKY = st.sampled_from(
    ["1", "7", "36", "39", "44", "46", "49", "52", "54", "55", "225", "229", "242", "370", "375", "993"]
)
PREFIXES = st.sampled_from(
    ["", "", "0", "(0)", "00", "06", "8", "80", "1", "9", "01", "044", "045", "015", "11", "15"]
)
SEPARATED = st.lists(st.sampled_from([*"0123456789" * 3, *" -().\t\n\u00a0/x"]), min_size=4, max_size=14).map("".join)
TYPED = st.builds(
    lambda plus, code, prefix, rest, end: f"{plus}{code}{prefix}{rest}{end}",
    st.sampled_from(["+", "+", "+", "00", " + ", ""]),
    CODES | TRICKY,
    PREFIXES,
    SEPARATED | st.from_regex(r"[1-9][0-9]{6,11}", fullmatch=True),
    st.sampled_from(["", "", "", ".0", ".", " .00", "\n"]),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=600)
@given(typed=TYPED | st.text(alphabet="+0123456789 .-()x\u00a0٣", max_size=20))
def test_the_database_reads_a_number_as_the_domain_does(session, typed):
    number, line = session.execute(BOTH, {"typed": typed}).one()
    assert number == normalise(typed)
    assert line == (None if number is None else line_of(number))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=600)
@given(typed=TYPED)
def test_a_row_of_plain_sql_has_the_number_that_was_meant_or_none(session, typed):
    meant = parse(typed)
    number, line = session.execute(BOTH, {"typed": typed}).one()
    if isinstance(meant, PhoneNumber):
        assert line in (None, meant.line)
        assert session.execute(BOTH, {"typed": meant.e164}).one() == (meant.e164, meant.line)
        assert number is None or line_of(number) == meant.line
