"""The eligibility rules, which decide whether a customer may be asked about a slot and give a reason if not.

`db/recoveries/candidates.py` applies the same rules in SQL to narrow the search. tests/db/test_candidates_agree.py
compares both implementations on generated shops.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.channels import CHANNELS, Channel, ChannelFields, agreed_to, channel_of
from domain.move_up import LaterBooking, booking_to_move, moved_lately
from domain.policy import Policy, WaitlistMode
from domain.wishes import RULES_OF_WISHES, Mismatch, SlotTime, Wish, best_match, closest_mismatch


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerFacts:
    """The data about one customer and one slot that the rules need. Times are UTC.

    `wishes` are the active waiting-list entries of all customers with this phone number. `later` are the customer's
    own appointments after the slot. `agreed_to` are the channels on which the customer agreed to receive offers.
    """

    customer_id: UUID | None = None
    same_shop: bool = True
    agreed_to: frozenset[Channel] = frozenset({Channel.SMS})
    phone_e164: str | None = None
    email: str | None = None
    suppressed: bool = False
    asked_for_this_slot: bool = False
    skipped: bool = False
    """Whether staff decided not to ask the customer about this slot."""
    cancelled_this_slot: bool = False
    overlapping_booking: bool = False
    live_offer: bool = False
    cooldown_until: datetime | None = None
    last_settled_at: datetime | None = None
    slot: SlotTime | None = None
    wishes: tuple[Wish, ...] = ()
    later: tuple[LaterBooking, ...] = ()


@dataclass(frozen=True, slots=True)
class EligibilityRule:
    """One rule.

    `refuses` returns True if the rule excludes the customer. `passing` means that the exclusion is temporary.
    """

    name: str
    reason: str
    refuses: Callable[[CustomerFacts, datetime, Policy], bool]
    passing: bool = False


def _cooling_down(facts: CustomerFacts, now: datetime, policy: Policy) -> bool:
    return bool(policy.cooldown) and facts.cooldown_until is not None and facts.cooldown_until > now


def wish_of(facts: CustomerFacts, *, now: datetime, policy: Policy) -> Wish | None:
    """Returns the customer's best waiting-list entry that the slot matches.

    Returns None if there is no such entry, or if the shop has turned the waiting list off.
    """
    if facts.slot is None or policy.waitlist is WaitlistMode.OFF:
        return None
    return best_match((w for w in facts.wishes if w.customer_id == facts.customer_id), facts.slot, now=now)


def _wants(mismatch: Mismatch) -> Callable[[CustomerFacts, datetime, Policy], bool]:
    def refuses(facts: CustomerFacts, now: datetime, policy: Policy) -> bool:
        if facts.slot is None or not facts.wishes or policy.waitlist is WaitlistMode.OFF:
            return False
        return closest_mismatch(facts.wishes, facts.slot, now=now) is mismatch

    return refuses


def move_of(facts: CustomerFacts, *, now: datetime, policy: Policy) -> LaterBooking | None:
    """Returns the later appointment that a YES moves to the slot, or None if a YES books another appointment."""
    return None if facts.slot is None else booking_to_move(facts.later, facts.slot, now=now, policy=policy)


def length_of(facts: CustomerFacts, *, now: datetime, policy: Policy) -> timedelta | None:
    """Returns the length of the appointment that a YES books: the length of the moved appointment or of the wanted
    service.

    Returns None if neither length is known. A YES then books the whole slot.
    """
    move = move_of(facts, now=now, policy=policy)
    if move is not None:
        return move.length
    wish = wish_of(facts, now=now, policy=policy)
    return None if wish is None else wish.service_length


def service_of(facts: CustomerFacts, *, now: datetime, policy: Policy) -> UUID | None:
    """Returns the service that the customer waits for, which a YES books if the slot's service is unknown.

    Returns None if the slot's service is known or a YES moves an appointment.
    """
    if facts.slot is None or facts.slot.service_id or facts.slot.service or move_of(facts, now=now, policy=policy):
        return None
    wish = wish_of(facts, now=now, policy=policy)
    return None if wish is None else wish.service_id


def _moved_lately(facts: CustomerFacts, now: datetime, policy: Policy) -> bool:
    if facts.slot is None or move_of(facts, now=now, policy=policy):
        return False
    return moved_lately(facts.later, facts.slot, now=now, policy=policy)


def _not_on_the_list(facts: CustomerFacts, now: datetime, policy: Policy) -> bool:
    if policy.waitlist is not WaitlistMode.ONLY or move_of(facts, now=now, policy=policy):
        return False
    return wish_of(facts, now=now, policy=policy) is None


def offer_channel(facts: CustomerFacts, policy: Policy) -> Channel | None:
    """Returns the channel for an offer to this customer, or None."""
    return channel_of(facts, policy.channels)


def _agreed_to_nothing(facts: CustomerFacts, now: datetime, policy: Policy) -> bool:
    return not facts.agreed_to


def _uses_no_channel_of(facts: CustomerFacts, policy: Policy) -> ChannelFields | None:
    """Returns the first channel that the customer agreed to, or None if the shop uses one of the agreed channels."""
    agreed = agreed_to(facts)
    return agreed[0] if agreed and not any(one.channel in policy.channels for one in agreed) else None


def _not_used(channel: ChannelFields) -> EligibilityRule:
    def refuses(facts: CustomerFacts, now: datetime, policy: Policy) -> bool:
        return _uses_no_channel_of(facts, policy) is channel

    return EligibilityRule(f"offers_by_{channel.channel.value}", channel.not_used, refuses)


def _no_address(name: str, address: str) -> EligibilityRule:
    """Returns the rule that excludes customers who can't be asked because this address is missing."""
    reason = next(one.no_address for one in CHANNELS.values() if one.address == address)

    def refuses(facts: CustomerFacts, now: datetime, policy: Policy) -> bool:
        if offer_channel(facts, policy) is not None:
            return False
        used = [one for one in agreed_to(facts) if one.channel in policy.channels]
        return bool(used) and used[0].address == address

    return EligibilityRule(name, reason, refuses)


RULES: tuple[EligibilityRule, ...] = (
    EligibilityRule("same_shop", "Is not a customer of this shop.", lambda f, now, p: not f.same_shop),
    EligibilityRule("opted_in", "Has not agreed to texts.", _agreed_to_nothing),
    *(_not_used(one) for one in CHANNELS.values() if one.not_used),
    _no_address("valid_phone", "phone_e164"),
    _no_address("email_address", "email"),
    EligibilityRule("not_suppressed", "Opted out of texts.", lambda f, now, p: f.suppressed),
    EligibilityRule("not_the_canceller", "Cancelled this appointment.", lambda f, now, p: f.cancelled_this_slot),
    EligibilityRule("not_asked_yet", "Was already asked about this slot.", lambda f, now, p: f.asked_for_this_slot),
    EligibilityRule("not_skipped", "Was skipped for this slot by your team.", lambda f, now, p: f.skipped),
    EligibilityRule("free_then", "Has another appointment at this time.", lambda f, now, p: f.overlapping_booking),
    EligibilityRule(
        "been_here_before",
        "No visits yet.",
        lambda f, now, p: p.require_prior_booking and f.last_settled_at is None,
    ),
    *(EligibilityRule(name, reason, _wants(mismatch)) for mismatch, (name, reason) in RULES_OF_WISHES.items()),
    EligibilityRule("not_moved_lately", "Was moved to an earlier time less than a week ago.", _moved_lately),
    EligibilityRule("on_the_waitlist", "Is not on the waiting list.", _not_on_the_list),
    EligibilityRule(
        "no_live_offer", "Has an open offer for another slot.", lambda f, now, p: f.live_offer, passing=True
    ),
    EligibilityRule("cooled_down", "Asked recently.", _cooling_down, passing=True),
)


def why_not(facts: CustomerFacts, *, now: datetime, policy: Policy) -> EligibilityRule | None:
    """Returns the first rule that excludes the customer, or None if the customer may be asked."""
    for rule in RULES:
        if rule.refuses(facts, now, policy):
            return rule
    return None
