"""Tests which customers may be asked: each rule with its reason."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.channels import Channel
from domain.eligibility import RULES, CustomerFacts, offer_channel, why_not
from domain.move_up import LaterBooking
from domain.policy import Policy, WaitlistMode
from domain.wishes import SlotTime, Wish

NOW = datetime(2030, 5, 6, 9, tzinfo=UTC)
WILLING = CustomerFacts(phone_e164="+15550000001", last_settled_at=NOW - timedelta(days=30))

ANA = UUID(int=1)
# A slot of one hour on a Monday at ten o'clock in the shop's time zone.
MONDAY = SlotTime(
    starts_at=NOW + timedelta(days=7),
    local_start=datetime(2030, 5, 13, 10),  # noqa: DTZ001 - the shop's local time
    length=timedelta(hours=1),
    performer_id=UUID(int=7),
)


def wishing(**values: object) -> CustomerFacts:
    """Returns Ana, whose wish is the only reason that may exclude her from the slot."""
    wish = Wish(id=UUID(int=9), customer_id=ANA, since=NOW, **values)  # type: ignore[arg-type]
    return replace(WILLING, customer_id=ANA, slot=MONDAY, wishes=(wish,))


def booked_later(**values: object) -> CustomerFacts:
    """Returns Ana with an appointment two days after the slot."""
    start = MONDAY.starts_at + timedelta(days=2)
    booking = LaterBooking(id=UUID(int=5), starts_at=start, length=timedelta(hours=1), **values)  # type: ignore[arg-type]
    return replace(WILLING, customer_id=ANA, slot=MONDAY, later=(booking,))


NO_CHANNEL: frozenset[Channel] = frozenset()

# The facts that exclude the customer, keyed by rule.
REFUSALS = {
    "same_shop": replace(WILLING, same_shop=False),
    "opted_in": replace(WILLING, agreed_to=NO_CHANNEL),
    "offers_by_whatsapp": replace(WILLING, agreed_to=frozenset({Channel.WHATSAPP, Channel.EMAIL})),
    "offers_by_email": replace(WILLING, agreed_to=frozenset({Channel.EMAIL})),
    "valid_phone": replace(WILLING, phone_e164=None),
    "email_address": replace(WILLING, agreed_to=frozenset({Channel.EMAIL})),
    "not_suppressed": replace(WILLING, suppressed=True),
    "not_the_canceller": replace(WILLING, cancelled_this_slot=True),
    "not_asked_yet": replace(WILLING, asked_for_this_slot=True),
    "not_skipped": replace(WILLING, skipped=True),
    "free_then": replace(WILLING, overlapping_booking=True),
    "been_here_before": replace(WILLING, last_settled_at=None),
    "wanted_service": wishing(service_id=UUID(int=3), service_possible=False),
    "wanted_performer": wishing(performer_id=UUID(int=8)),
    "fits_the_length": wishing(service_id=UUID(int=3), service_length=timedelta(minutes=61)),
    "wanted_day": wishing(weekdays=frozenset({2, 3})),
    "wanted_time": wishing(time_from=time(10, 1)),
    "enough_notice": wishing(notice_minutes=8 * 24 * 60),
    "not_moved_lately": booked_later(moved_at=NOW - timedelta(days=6)),
    "on_the_waitlist": WILLING,
    "no_live_offer": replace(WILLING, live_offer=True),
    "cooled_down": replace(WILLING, cooldown_until=NOW + timedelta(seconds=1)),
}
STRICT = Policy(require_prior_booking=True)
POLICIES = dict.fromkeys(REFUSALS, STRICT) | {
    "on_the_waitlist": Policy(waitlist=WaitlistMode.ONLY),
    "not_moved_lately": Policy(move_up=True),
    "email_address": Policy(channels=frozenset(Channel)),
}
FACTS = st.builds(
    CustomerFacts,
    same_shop=st.booleans(),
    agreed_to=st.frozensets(st.sampled_from(Channel)),
    email=st.sampled_from([None, "ana@example.com"]),
    phone_e164=st.sampled_from([None, "+15550000001"]),
    suppressed=st.booleans(),
    asked_for_this_slot=st.booleans(),
    cancelled_this_slot=st.booleans(),
    overlapping_booking=st.booleans(),
    live_offer=st.booleans(),
    cooldown_until=st.sampled_from([None, NOW - timedelta(hours=1), NOW, NOW + timedelta(hours=1)]),
    last_settled_at=st.sampled_from([None, NOW - timedelta(days=1)]),
)


def test_a_willing_customer_may_be_asked() -> None:
    assert why_not(WILLING, now=NOW, policy=STRICT) is None


def test_every_rule_is_tested_here() -> None:
    assert list(REFUSALS) == [rule.name for rule in RULES]


@pytest.mark.parametrize("name", REFUSALS)
def test_each_rule_refuses_with_its_own_reason(name: str) -> None:
    rule = why_not(REFUSALS[name], now=NOW, policy=POLICIES[name])
    assert rule is not None
    assert rule.name == name
    assert rule.reason.endswith(".")


def test_no_two_rules_give_the_same_reason() -> None:
    assert len({rule.reason for rule in RULES}) == len(RULES)


def test_only_a_cooldown_and_another_offer_end_by_themselves() -> None:
    assert {rule.name for rule in RULES if rule.passing} == {"no_live_offer", "cooled_down"}


def test_the_reason_is_what_lasts_before_what_passes() -> None:
    """A shop must not be told to wait for a customer who can never be asked."""
    passing = [rule.passing for rule in RULES]
    assert passing == sorted(passing)


def test_a_customer_can_be_asked_at_the_very_end_of_the_cooldown() -> None:
    assert why_not(replace(WILLING, cooldown_until=NOW), now=NOW, policy=STRICT) is None


def test_without_a_cooldown_every_customer_can_be_asked() -> None:
    policy = Policy(cooldown=timedelta(0))
    assert why_not(REFUSALS["cooled_down"], now=NOW, policy=policy) is None


def test_newcomers_are_asked_unless_the_shop_wants_people_it_knows() -> None:
    assert why_not(REFUSALS["been_here_before"], now=NOW, policy=Policy()) is None


@given(FACTS, st.booleans())
def test_a_customer_is_asked_when_no_rule_at_all_refuses(facts: CustomerFacts, strict: bool) -> None:
    policy = Policy(require_prior_booking=strict)
    refusing = [rule for rule in RULES if rule.refuses(facts, NOW, policy)]
    assert why_not(facts, now=NOW, policy=policy) == (refusing[0] if refusing else None)


MATCHING = {
    "anything": {},
    "the very length": {"service_id": UUID(int=3), "service_length": timedelta(hours=1)},
    "this performer": {"performer_id": UUID(int=7)},
    "no weekday in particular": {"weekdays": frozenset()},
    "from ten": {"time_from": time(10)},
    "until noon": {"time_until": time(12)},
    "that very day": {"date_from": date(2030, 5, 13), "date_until": date(2030, 5, 13)},
    "a week of notice": {"notice_minutes": 7 * 24 * 60},
}
OTHERWISE = {
    "until ten": {"time_until": time(10)},
    "the day before": {"date_until": date(2030, 5, 12)},
    "the day after": {"date_from": date(2030, 5, 14)},
}


@pytest.mark.parametrize("wish", MATCHING)
def test_a_customer_whose_wish_matches_is_asked(wish: str) -> None:
    facts = wishing(**MATCHING[wish])  # type: ignore[arg-type]
    assert why_not(facts, now=NOW, policy=Policy(waitlist=WaitlistMode.ONLY)) is None


@pytest.mark.parametrize("wish", OTHERWISE)
def test_a_wish_for_another_time_refuses(wish: str) -> None:
    facts = wishing(**OTHERWISE[wish])  # type: ignore[arg-type]
    assert why_not(facts, now=NOW, policy=STRICT) is not None


@pytest.mark.parametrize("name", [name for name in REFUSALS if REFUSALS[name].wishes])
def test_a_shop_without_a_waiting_list_asks_regardless_of_wishes(name: str) -> None:
    assert why_not(REFUSALS[name], now=NOW, policy=Policy(waitlist=WaitlistMode.OFF)) is None


def test_of_several_wishes_one_that_matches_is_enough() -> None:
    wishes = REFUSALS["wanted_day"].wishes + wishing(time_from=time(9)).wishes
    assert why_not(replace(REFUSALS["wanted_day"], wishes=wishes), now=NOW, policy=STRICT) is None


def test_of_several_wishes_the_closest_one_gives_the_reason() -> None:
    wishes = REFUSALS["wanted_time"].wishes + REFUSALS["wanted_performer"].wishes
    rule = why_not(replace(WILLING, customer_id=ANA, slot=MONDAY, wishes=wishes), now=NOW, policy=STRICT)
    assert rule is not None
    assert rule.name == "wanted_time"


def test_the_wish_of_another_row_with_the_same_number_counts_too() -> None:
    """Customers with the same number are one person.

    If one of them wants only Tuesdays, none of them is asked about a Monday.
    """
    again = replace(REFUSALS["wanted_day"], customer_id=UUID(int=2))
    rule = why_not(again, now=NOW, policy=STRICT)
    assert rule is not None
    assert rule.name == "wanted_day"


@given(facts=FACTS, channels=st.sets(st.sampled_from(list(Channel))))
def test_a_customer_without_a_channel_is_not_asked_and_has_a_separate_reason(
    facts: CustomerFacts, channels: set[Channel]
) -> None:
    policy = Policy(channels=frozenset({Channel.SMS, *channels}))
    rule = why_not(facts, now=NOW, policy=policy)
    if offer_channel(facts, policy) is None:
        assert rule is not None
        about_channels = {"opted_in", "offers_by_whatsapp", "offers_by_email", "valid_phone", "email_address"}
        assert rule.name in about_channels | {"same_shop"}


@pytest.mark.parametrize(
    ("agreed", "channels", "channel"),
    [
        (set(Channel), set(Channel), Channel.SMS),
        ({Channel.WHATSAPP, Channel.EMAIL}, set(Channel), Channel.WHATSAPP),
        ({Channel.WHATSAPP, Channel.EMAIL}, {Channel.SMS, Channel.EMAIL}, Channel.EMAIL),
        ({Channel.WHATSAPP, Channel.EMAIL}, {Channel.SMS}, None),
    ],
)
def test_the_first_channel_that_both_want_is_used(
    agreed: set[Channel], channels: set[Channel], channel: Channel | None
) -> None:
    facts = replace(WILLING, email="ana@example.com", agreed_to=frozenset(agreed))
    assert offer_channel(facts, Policy(channels=frozenset(channels))) is channel
