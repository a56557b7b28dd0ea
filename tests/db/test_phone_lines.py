"""The database functions that parse phone numbers agree with the domain's rules."""

from datetime import UTC, datetime, timedelta

import phonenumbers
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from sqlalchemy import text

from db.customers import consent, imported_customers
from db.messages import messages
from db.recoveries import candidates, offers
from domain.customer_list.read_list import read_list
from domain.phones.dialling import line_of
from domain.phones.e164 import normalise
from domain.phones.parsing import PhoneNumber, parse
from domain.policy import Policy
from tests.builders import a_customer, a_message, a_shop, a_slot, a_suppression, an_offer, insert, reload
from tests.effort import examples

BOTH = text("SELECT e164(CAST(:typed AS text)), phone_line(CAST(:typed AS text))")

# All country codes, and the codes for which a trunk prefix, a second form of the number or a leading zero matters.
CODES = st.sampled_from([str(code) for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE])
TRICKY = st.sampled_from([1, 7, 36, 39, 44, 46, 49, 52, 54, 55, 225, 229, 242, 370, 375, 692, 993]).map(str)
PREFIXES = st.sampled_from([*"018990", "", "", "(0)", "00", "06", "80", "01", "044", "045", "015", "11", "15"])
SEPARATED = st.lists(st.sampled_from([*"0123456789" * 3, *" -().\t\n\u00a0/x"]), min_size=4, max_size=14).map("".join)
TYPED = st.builds(
    lambda plus, code, prefix, rest, end: f"{plus}{code}{prefix}{rest}{end}",
    st.sampled_from(["+", "+", "+", "00", " + ", ""]),
    CODES | TRICKY,
    PREFIXES,
    SEPARATED | st.from_regex(r"[1-9][0-9]{6,11}", fullmatch=True),
    st.sampled_from(["", "", "", ".0", ".", " .00", "\n"]),
)

SHAPELESS = st.from_regex(r"\+[1-9][0-9]{6,15}", fullmatch=True) | st.text(alphabet="+01234567 .-()x٣", max_size=20)

NOW = datetime(2026, 11, 28, tzinfo=UTC)


@examples(40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    typed=TYPED
    | st.from_regex(r"\+[1-9][0-9]{6,15}", fullmatch=True)
    | st.text(alphabet="+0123456789 .-()x\u00a0٣", max_size=20)
)
def test_the_database_reads_a_number_as_the_domain_does(session, typed):
    number, line = session.execute(BOTH, {"typed": typed}).one()
    assert number == normalise(typed)
    assert line == (None if number is None else line_of(number))


@examples(40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=TYPED)
def test_a_row_of_plain_sql_has_the_number_that_was_meant_or_none(session, typed):
    meant = parse(typed)
    number, line = session.execute(BOTH, {"typed": typed}).one()
    if isinstance(meant, PhoneNumber):
        assert line in (None, meant.line)
        assert session.execute(BOTH, {"typed": meant.e164}).one() == (meant.e164, meant.line)
        assert number is None or line_of(number) == meant.line


SPELLINGS = pytest.mark.parametrize(
    ("kept", "other"),
    [
        ("+447700900111", "+44 (0)7700 900111"),
        ("+447700900111", "+4407700900111"),
        ("+5511987650301", "+551187650301"),
        ("+525512340301", "+5215512340301"),
        ("+541112340301", "+5491112340301"),
    ],
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+5511987650301", "+551187650301"),
        ("+525512340301", "+5215512340301"),
        ("+541112340301", "+5491112340301"),
        ("+2290190000001", "+22990000001"),
        ("+447700900111", "+447700900111"),
    ],
)
def test_all_forms_of_a_number_are_known_and_belong_to_one_line(session, one, other):
    for number in (one, other):
        (forms,) = session.execute(text("SELECT phone_forms(:number)"), {"number": number}).one()
        assert {one, other} == set(forms)
        assert len({line_of(form) for form in forms}) == 1


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("+44 (0)7700 900111", "+447700900111"),
        ("+49 (0)170 1112223", "+491701112223"),
        ("+46 (0)70 174 06 05", "+46701740605"),
        ("+44 07700 900112", "+447700900112"),
        ("+39 06 5551 2345", "+390655512345"),
        ("+447700900114.0", None),
        ("+107700900118", None),
        ("+4477009001", "+4477009001"),
        ("+5491112340301", "+5491112340301"),
    ],
)
def test_a_plain_row_keeps_no_trunk_zero(session, typed, number):
    assert session.execute(BOTH, {"typed": typed}).one()[0] == number


@SPELLINGS
def test_one_number_spelled_in_two_ways_is_one_person(session, kept, other):
    shop = a_shop(session)
    slot = a_slot(session, shop)
    ana, again = a_customer(session, shop, phone=kept), a_customer(session, shop, phone=other)
    assert ana.phone_e164 == again.phone_e164
    assert len(_asked(session, slot)) == 2
    an_offer(session, slot, ana, status="expired")
    assert _asked(session, slot) == []


@SPELLINGS
def test_a_stop_from_either_spelling_opts_the_person_out(session, kept, other):
    for stored, sender in ((kept, other), (other, kept)):
        shop = a_shop(session)
        slot, ana = a_slot(session, shop), a_customer(session, shop, phone=stored)
        text_on_its_way = a_message(session, ana, from_address=shop.sms_from)
        consent.suppress(session, shop_id=shop.id, phone=sender, reason="STOP")
        consent.suppress(session, shop_id=shop.id, phone=stored, reason="STOP")
        assert not reload(session, "customers", ana.id).sms_opt_in
        session.execute(text("UPDATE customers SET sms_opt_in = true"))
        assert _asked(session, slot) == []
        assert messages.claim(session, text_on_its_way.id) == "suppressed"
        consent.lift(session, shop_id=shop.id, phone=sender, channel="sms", wording="START")
        assert _asked(session, slot) == [ana.id]


@SPELLINGS
def test_a_suppression_by_plain_sql_counts_for_all_spellings(session, kept, other):
    shop = a_shop(session)
    a_customer(session, shop, phone=kept)
    a_suppression(session, shop, other)
    assert _asked(session, a_slot(session, shop)) == []


@SPELLINGS
def test_a_yes_from_either_spelling_answers_the_offer(session, kept, other):
    shop = a_shop(session)
    offer = an_offer(session, a_slot(session, shop), a_customer(session, shop, phone=kept))
    answered = offers.replied(session, from_=other, to=shop.sms_from)
    assert (answered.offer_id, answered.live) == (offer.id, True)


@SPELLINGS
def test_a_list_brings_nobody_a_second_time(session, kept, other):
    shop = a_shop(session)
    a_customer(session, shop, phone=kept)
    taken = list(read_list(f"name,phone\nAna,{other}\n".encode(), now=NOW).lines)
    assert len(taken) == 1
    report = imported_customers.import_customers(session, shop.id, taken, by="operator")
    assert (report.made, report.known) == (0, 1)


def test_a_text_goes_to_the_number_as_it_is_kept(session):
    shop = a_shop(session)
    ana = a_customer(session, shop, phone="+54 9 11 1234-0301")
    facts = candidates.facts_about(session, a_slot(session, shop).id, ana.id)
    assert (ana.phone_e164, facts.phone_e164) == ("+541112340301", "+5491112340301")


def test_the_line_follows_the_number_and_nothing_else(session):
    shop = a_shop(session)
    insert = "INSERT INTO customers (shop_id, name, phone, phone_e164) VALUES (:shop, 'Ana', :phone, :line)"
    session.execute(text(insert), {"shop": shop.id, "phone": "+44 07700 900112", "line": "+447700900199"})
    line = text("SELECT phone_e164 FROM customers")
    assert session.execute(line).scalar_one() == "+447700900112"
    for change, expected in (
        ("phone_e164 = '+447700900199'", "+447700900112"),
        ("name = 'Bea'", "+447700900112"),
        ("phone = '+44 7700 900113', name = 'Cat'", "+447700900113"),
        ("phone = '13'", None),
        ("phone = NULL", None),
    ):
        session.execute(text(f"UPDATE customers SET {change}"))
        assert session.execute(line).scalar_one() == expected, change


def test_a_shops_country_is_a_code(session):
    assert a_shop(session, country="GB").country == "GB"
    with pytest.raises(Exception, match="shops_country_iso"):
        insert(session, "shops", country="England")


def _asked(session, slot):
    policy = Policy(cooldown=timedelta(0))
    return [found.customer_id for found in candidates.first(session, slot.id, policy=policy, limit=9)]
