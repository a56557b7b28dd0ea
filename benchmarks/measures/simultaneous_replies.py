"""Measures simultaneous replies: a YES for each of a hundred slots, sent ten times, and a hundred late replies."""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import redis

from benchmarks import bulk_rows
from benchmarks.load import Request, as_fast_as_possible, post
from benchmarks.measurements import Measurement, value
from benchmarks.signed import text_from
from benchmarks.system_under_test import SystemUnderTest, running, wait_until

COPIES = 10
# The last customer of each shop was asked before the customer with the live offer.
ASKED_BEFORE = """
INSERT INTO slot_offers (shop_id, slot_opening_id, customer_id, status, sent_at, expires_at, ended_at, created_at)
SELECT s.shop_id, s.id, c.id, 'expired', clock_timestamp() - interval '40 minutes',
       clock_timestamp() - interval '20 minutes', clock_timestamp() - interval '20 minutes',
       clock_timestamp() - interval '40 minutes'
  FROM slot_openings s JOIN shops ON shops.id = s.shop_id AND shops.name = %(group)s
  JOIN LATERAL (SELECT id FROM customers WHERE shop_id = s.shop_id AND sms_opt_in ORDER BY id DESC LIMIT 1) c ON true
RETURNING shop_id, customer_id
"""
LATE = """
SELECT shop.sms_from, c.phone FROM slot_offers o JOIN customers c ON c.id = o.customer_id
  JOIN shops shop ON shop.id = o.shop_id
 WHERE shop.name = %(group)s AND o.status = 'expired'
"""
ACCEPTED = """
SELECT count(*) FROM slot_offers o JOIN shops ON shops.id = o.shop_id
 WHERE shops.name = %(group)s AND o.status = 'accepted'
"""
SOLD = """
SELECT count(*), count(DISTINCT a.source_slot_opening_id)
  FROM appointments a JOIN shops ON shops.id = a.shop_id AND shops.name = %(group)s
  JOIN slot_offers o ON o.slot_opening_id = a.source_slot_opening_id AND o.customer_id = a.customer_id
   AND o.status = 'accepted'
 WHERE a.status IN ('pending_payment', 'booked')
"""


@dataclass(frozen=True, slots=True)
class BurstResult:
    """The results of the simultaneous replies. `accepted_after` and `over_after` are in seconds."""

    accepted: int
    sold: int
    slots_sold: int
    accepted_after: float
    over_after: float


def measure(*, quick: bool) -> Iterator[Measurement]:
    slots = 5 if quick else 100
    with running() as system:
        _burst(system, "warm up", 4)
        baseline = _baseline(system, slots * (COPIES + 1))
        burst = _burst(system, "burst", slots)
    texts = f"{slots * COPIES} YES replies for {slots} slots, and {slots} late replies"
    yield Measurement(
        "simultaneous YES, offers accepted",
        burst.accepted,
        "",
        slots,
        value(least=slots, most=slots),
        texts,
    )
    note = f"of {burst.slots_sold} slots"
    yield Measurement(
        "simultaneous YES, bookings made",
        burst.sold,
        "",
        slots,
        value(least=slots, most=slots),
        note,
    )
    note = "baseline: the same number of bare requests, each with an empty task"
    yield Measurement("simultaneous YES, all accepted after", burst.accepted_after, "s", baseline, None, note)
    note = "links sent; copies and late replies handled"
    yield Measurement("simultaneous YES, all handled after", burst.over_after, "s", baseline, None, note)


def _burst(system: SystemUnderTest, group: str, slots: int) -> BurstResult:
    bulk_rows.shops(system, group, shops=slots, customers=3)
    bulk_rows.opened(system, group)
    live = bulk_rows.offered(system, group)
    system.sql(ASKED_BEFORE, group=group)
    late = system.sql(LATE, group=group)
    asked = [(one.shop, one.customer) for one in live for _ in range(COPIES)] + late
    requests = [text_from(system.settings, customer=phone, shop=shop, body="YES") for shop, phone in asked]
    random.Random(1).shuffle(requests)
    began = time.time()
    answered = as_fast_as_possible(system.settings["WEB_URL"], requests, seconds=600)
    assert answered.statuses == {200}, answered.statuses
    wait_until(lambda: system.count(ACCEPTED, group=group) >= slots, "every slot to be accepted")
    accepted_after = time.time() - began
    system.wait_until_idle()
    over_after = time.time() - began
    ((sold, slots_sold),) = system.sql(SOLD, group=group)
    return BurstResult(system.count(ACCEPTED, group=group), sold, slots_sold, accepted_after, over_after)


def _baseline(system: SystemUnderTest, requests: int) -> float:
    """Returns the duration (s) of the same number of requests to the bare route, including their empty tasks."""
    store, mark = redis.Redis.from_url(system.settings["REDIS_URL"]), uuid4().hex
    bare: list[Request] = [post(system.bare_url, "/requests/nothing/1", b"x" * 400, {})] * requests
    began = time.time()
    as_fast_as_possible(system.bare_url, bare, seconds=600)
    as_fast_as_possible(system.bare_url, [post(system.bare_url, f"/requests/last/{mark}", b"", {})], seconds=60)
    wait_until(lambda: store.get("baseline:done") == mark.encode(), "the empty tasks to be done", pause=0.01)
    return time.time() - began
