"""Finds the customers who may be offered a slot, in order, with the facts for `domain.eligibility`."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, TextClause, text
from sqlalchemy.orm import Session

from db.messages.channel_conditions import AGREED_TO, BY_SMS, REACHABLE
from db.sql import read
from db.waitlist.wish_rows import WISH_COLUMNS, later_booking, slot_time, wish
from domain.channels import CHANNELS, Channel
from domain.eligibility import CustomerFacts
from domain.policy import Policy, WaitlistMode
from domain.ranking import Line


@dataclass(frozen=True, slots=True)
class Candidate:
    """A customer found by the search. `timezone` is None if the shop's time zone applies.

    `priority` and `since` come from the waiting-list entry for which the customer is asked. For a customer who can be
    moved up, `priority` is 0, and `since` is the start of the later appointment. For all other customers, `priority`
    is 0, and `since` is None.
    """

    customer_id: UUID
    name: str
    timezone: str | None
    facts: CustomerFacts
    line: Line = Line.OTHERS
    priority: int = 0
    since: datetime | None = None


NOBODY = UUID(int=0)
NEVER, FIRST_EVER, EVER = "-infinity", "4000-01-01 BC", "infinity"
"""Bounds for the latest settled booking, as Postgres timestamps: none, the earliest, and the latest possible."""

PARTS = {
    "/* slot */": "slot_of_a_search.sql",
    "/* facts */": "facts_of_a_customer.sql",
    "/* wish facts */": "wish_facts.sql",
    "/* move facts */": "move_facts.sql",
    "/* may be asked */": "may_be_asked.sql",
    "/* wanted */": "wanted.sql",
    "/* unlisted */": "unlisted.sql",
    "/* next of the others */": "next_of_the_others.sql",
    "/* entries */": "entries_in_order.sql",
    "/* wish matches */": "wish_matches.sql",
    "/* could move */": "could_move.sql",
    "/* moved lately */": "moved_lately.sql",
    "/* wishes */": "wishes_of_the_found.sql",
    "/* later */": "later_of_the_found.sql",
    "/* the slot */": "slot_of_the_found.sql",
}
NO_WISH_FACTS = {"/* wish facts */": "NULL::boolean AS wanted, NULL::uuid AS place,"}
NO_MOVE_FACTS = {"/* move facts */": "NULL::uuid AS move, false AS moved_lately,"}
FOR_RULES = NO_WISH_FACTS | NO_MOVE_FACTS
"""For statements without the condition /* may be asked */. `domain.eligibility` reads no facts of these parts."""
WITHOUT_LIST = NO_WISH_FACTS | {
    "/* wanted */": "true",
    "/* unlisted */": "true",
    "/* wishes */": "NULL::jsonb AS wishes",
}
WITHOUT_MOVES = NO_MOVE_FACTS | {
    "/* later */": "NULL::jsonb AS later",
}
OF_FEW_ENTRIES = {
    "/* entries */": """
SELECT e.id, e.customer_id, e.priority, e.created_at FROM waitlist_entries e
 WHERE e.id = ANY (CAST(:entries AS uuid[])) AND e.status = 'active' AND (/* wish matches */)
 ORDER BY e.priority DESC, e.created_at, e.customer_id
OFFSET 0""",
}
FEW = 200
"""If at least this many entries match, the list is read in its order.

Otherwise the matching entries are read by id and sorted, because they are rare in the list.
"""
BY_SMS_ALONE = {"/* reachable */": BY_SMS}
OF_THE_FOUND = "found.email_address AS email, /* wishes */, /* the slot */, /* later */"


def with_parts(statement: str, *, without: Mapping[str, str] | None = None) -> str:
    """Inserts the shared parts into the statement, so that all statements apply the same conditions.

    `without` replaces parts that a shop does not need, because planning a part takes longer than executing it.
    """
    statement = statement.replace("/* of the found */", OF_THE_FOUND)
    for place, part in PARTS.items():
        text_of_part = (without or {}).get(place) or f"\n{read(part)}"
        statement = statement.replace(place, text_of_part)
    reachable = (without or {}).get("/* reachable */", REACHABLE)
    statement = statement.replace("/* wish fields */", WISH_COLUMNS)
    return statement.replace("/* reachable */", reachable).replace("/* agreed to */", AGREED_TO)


@lru_cache
def statement(name: str, listed: bool, moving: bool, channels: bool, few: bool = False) -> TextClause:
    """Returns the statement in the file `name` for a shop.

    `listed`, `moving` and `channels` state whether the shop uses a waiting list, move-ups, and channels other than
    SMS. `few`: only the entries in the parameter `:entries` are read.
    """
    without = (
        ({} if listed else WITHOUT_LIST) | ({} if moving else WITHOUT_MOVES) | ({} if channels else BY_SMS_ALONE)
    )
    without |= OF_FEW_ENTRIES if few else {}
    return text(with_parts(read(f"{name}.sql"), without=without))


FACTS_OF_ONE = text(with_parts(read("facts_of_one.sql"), without=FOR_RULES))
MATCHING_ENTRIES = statement("matching_entries", listed=True, moving=True, channels=True)
PAGES = {
    Line.WAITING: "candidates_waiting",
    Line.MOVING: "candidates_moving",
    Line.OTHERS: "candidates_page",
}
CLEAR_COOLDOWNS = text("""
UPDATE customers SET cooldown_until = NULL
 WHERE id IN (
   SELECT id FROM customers WHERE cooldown_until <= (SELECT clock_timestamp())
    ORDER BY cooldown_until LIMIT :limit FOR UPDATE SKIP LOCKED)
""")


def in_order(session: Session, slot_opening_id: UUID, *, policy: Policy, at_once: int) -> Iterator[Candidate]:
    """Yields the customers who may be asked now, in the order of `domain.ranking`.

    The first page of a line has `at_once` customers, and each further page twice as many as the one before. The next
    line is read only after the end of the previous one.
    """
    start = page_start(slot_opening_id, policy)
    for line in lines(policy):
        read = _waiting if line is Line.WAITING else _of_a_line
        last: Candidate | None = None
        size = at_once
        while True:
            page = list(read(session, policy, line, {**start, **_page_after(last), "limit": size}))
            for row in page:
                last = _candidate(row, line)
                yield last
            if len(page) < size:
                break
            size *= 2


def first(session: Session, slot_opening_id: UUID, *, policy: Policy, limit: int) -> list[Candidate]:
    """Returns at most `limit` customers from the beginning of `in_order`."""
    return list(islice(in_order(session, slot_opening_id, policy=policy, at_once=limit), limit))


def _of_a_line(session: Session, policy: Policy, line: Line, values: dict[str, Any]) -> Iterable[RowMapping]:
    return session.execute(_for(policy, PAGES[line]), values).mappings()


def _waiting(session: Session, policy: Policy, line: Line, values: dict[str, Any]) -> Iterable[RowMapping]:
    """Reads a page of the waiting list: in its order if many entries match the slot, otherwise by entry id."""
    entries = session.execute(MATCHING_ENTRIES, {**values, "few": FEW}).scalars().all()
    if not entries:
        return ()
    if len(entries) == FEW:
        return _of_a_line(session, policy, line, values)
    return session.execute(_for(policy, PAGES[line], few=True), {**values, "entries": entries}).mappings()


def lines(policy: Policy) -> Iterator[Line]:
    """Returns the lines of customers that a search reads, in order."""
    if policy.waitlist is not WaitlistMode.OFF:
        yield Line.WAITING
    if policy.move_up:
        yield Line.MOVING
    if policy.waitlist is not WaitlistMode.ONLY:
        yield Line.OTHERS


def _for(policy: Policy, name: str, *, few: bool = False) -> TextClause:
    more_than_sms = policy.channels != frozenset({Channel.SMS})
    return statement(name, policy.waitlist is not WaitlistMode.OFF, policy.move_up, more_than_sms, few)


def page_start(slot_opening_id: UUID, policy: Policy) -> dict[str, Any]:
    """Returns the parameters of the first page of a line, without the limit."""
    return {
        "slot_opening_id": slot_opening_id,
        "cooldown_counts": bool(policy.cooldown),
        "waitlist": policy.waitlist.value,
        "lowest": FIRST_EVER if policy.require_prior_booking else NEVER,
        **by_channels(policy),
        **moving_up(policy),
        **_page_after(None),
    }


def _page_after(after: Candidate | None) -> dict[str, Any]:
    return {
        "first": after is None,
        "after_priority": after.priority if after else 0,
        "after_since": after.since if after and after.since else EVER,
        "after_id": after.customer_id if after else NOBODY,
        "highest": _rank(after) if after else EVER,
    }


def by_channels(policy: Policy) -> dict[str, Any]:
    """Returns the parameters of the part /* reachable */."""
    return {f"by_{one}": one in policy.channels for one, fields in CHANNELS.items() if fields.setting}


def moving_up(policy: Policy) -> dict[str, Any]:
    """Returns the parameters of the part /* slot */, except the slot's id."""
    return {
        "move_up": policy.move_up,
        "move_up_chain": policy.move_up_chain,
        "move_up_within": policy.move_up_within,
    }


def next_chance(session: Session, slot_opening_id: UUID, *, policy: Policy, cut_off: datetime) -> datetime | None:
    """Returns the earliest time at which a customer becomes eligible because a cooldown or another offer ends.

    Considers only customers whom no other rule excludes. Returns None if no customer becomes eligible before
    `cut_off` (see `domain.policy.asking_ends_at`).
    """
    values = {
        "slot_opening_id": slot_opening_id,
        "cooldown_counts": bool(policy.cooldown),
        "waitlist": policy.waitlist.value,
        "prior_booking": policy.require_prior_booking,
        **by_channels(policy),
        **moving_up(policy),
        "cut_off": cut_off,
    }
    moment: datetime | None = session.execute(_for(policy, "next_chance"), values).scalar_one()
    return moment


def facts_about(session: Session, slot_opening_id: UUID, customer_id: UUID) -> CustomerFacts | None:
    """Returns a customer's facts for `domain.eligibility`, or None if the slot or the customer doesn't exist."""
    found = one(session, slot_opening_id, customer_id)
    return None if found is None else found.facts


def one(session: Session, slot_opening_id: UUID, customer_id: UUID) -> Candidate | None:
    """Returns a customer even if a rule excludes them, or None if the slot or the customer doesn't exist."""
    values = {"slot_opening_id": slot_opening_id, "customer_id": customer_id, **moving_up(Policy())}
    row = session.execute(FACTS_OF_ONE, values).mappings().one_or_none()
    return None if row is None else Candidate(row["id"], row["name"], row["timezone"], facts_in(row))


def clear_cooldowns(session: Session, *, limit: int) -> int:
    """Sets expired cooldowns to null, and returns their number.

    This makes searches faster: customers without a cooldown are read in the order of an index, whereas customers with
    an expired cooldown must be sorted.
    """
    return session.execute(CLEAR_COOLDOWNS, {"limit": limit}).rowcount  # type: ignore[attr-defined, no-any-return]


def _rank(candidate: Candidate) -> str:
    settled_at = candidate.facts.last_settled_at
    return NEVER if settled_at is None else settled_at.isoformat()


def _candidate(row: RowMapping, line: Line) -> Candidate:
    return Candidate(row["id"], row["name"], row["timezone"], facts_in(row), line, row["priority"], row["since"])


def facts_in(row: RowMapping) -> CustomerFacts:
    """Converts a row of a statement with the shared parts to facts."""
    return CustomerFacts(
        customer_id=row["id"],
        same_shop=row["same_shop"],
        agreed_to=frozenset(map(Channel, row["agreed_to"])),
        phone_e164=row["phone_e164"],
        email=row["email"],
        suppressed=row["suppressed"],
        asked_for_this_slot=row["asked_for_this_slot"],
        skipped=row["skipped"],
        cancelled_this_slot=row["cancelled_this_slot"],
        overlapping_booking=row["overlapping_booking"],
        live_offer=row["live_until"] is not None,
        cooldown_until=row["cooldown_until"],
        last_settled_at=row["last_settled_at"],
        slot=slot_time(row["slot"]),
        wishes=tuple(wish(entry) for entry in row["wishes"] or ()),
        later=tuple(later_booking(entry) for entry in row["later"] or ()),
    )
