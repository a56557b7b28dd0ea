"""The ways of a recovery from something that happens to the text that answers it, each ready to be set off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks import bulk_rows
from benchmarks.carrier_ledger import first_texts
from benchmarks.load import Request, as_fast_as_possible, at_a_rate, post
from benchmarks.signed import payment_event, text_from
from benchmarks.system_under_test import Ground, wait_until

OFFER, LINK = "Reply YES", "/pay/"
# Who said YES last has the longest time left to pay.
HOLDING = """
SELECT shop.sms_from, p.stripe_payment_intent_id FROM payments p JOIN shops shop ON shop.id = p.shop_id
 WHERE p.status = 'pending' AND p.stripe_payment_intent_id IS NOT NULL ORDER BY p.created_at DESC LIMIT %(many)s
"""


@dataclass(frozen=True, slots=True)
class Spark:
    """What sets one recovery off: a request, or the moment (Unix seconds) at which its offer ends by itself."""

    shop: str
    request: Request | None = None
    ends: float = 0.0


@dataclass(frozen=True, slots=True)
class Leg:
    """`ready` puts so many recoveries, one a shop, where the leg begins; `answered_by` are words of its text."""

    name: str
    ready: Callable[[Ground, str, int, float], list[Spark]]
    answered_by: str


def set_off(ground: Ground, sparks: list[Spark], rate: float) -> dict[str, float]:
    """At this rate a second; when each shop's recovery was due to begin, in Unix seconds."""
    requests = [spark.request for spark in sparks if spark.request]
    if not requests:
        return {spark.shop: spark.ends for spark in sparks}
    answered = at_a_rate(ground.settings["WEB_URL"], requests, rate=rate)
    assert answered.statuses <= {200, 202}, answered.statuses
    return {spark.shop: answered.began + number / rate for number, spark in enumerate(sparks)}


def milliseconds_to(ground: Ground, words: str, begun: dict[str, float]) -> list[float]:
    """From each shop's beginning to its first text with these words, awaited."""
    since = min(begun.values())

    def texts() -> dict[str, float]:
        return first_texts(ground, since, words, begun)

    wait_until(lambda: texts().keys() >= begun.keys(), f"{len(begun)} texts with {words!r}", seconds=120, pause=0.2)
    return [(at - begun[shop]) * 1000 for shop, at in texts().items()]


def _cancelled(ground: Ground, group: str, many: int, rate: float) -> list[Spark]:
    bulk_rows.shops(ground, group, shops=many, customers=2)
    headers = {"Content-Type": "application/json", "x-internal-secret": ground.settings["INTERNAL_SECRET"]}
    return [
        Spark(shop, post(ground.settings["WEB_URL"], f"/api/appointments/{id}/cancel", b"{}", headers))
        for shop, id in bulk_rows.booked(ground, group)
    ]


def _on_offer(ground: Ground, group: str, many: int, ends_in: float = 900, apart: float = 0) -> list[bulk_rows.Live]:
    bulk_rows.shops(ground, group, shops=many, customers=3)
    bulk_rows.opened(ground, group)
    return bulk_rows.offered(ground, group, ends_in=ends_in, apart=apart)


def _says(ground: Ground, live: bulk_rows.Live, words: str) -> Spark:
    return Spark(live.shop, text_from(ground.settings, customer=live.customer, shop=live.shop, body=words))


def _says_no(ground: Ground, group: str, many: int, rate: float) -> list[Spark]:
    return [_says(ground, live, "NO") for live in _on_offer(ground, group, many)]


def says_yes(ground: Ground, group: str, many: int, rate: float) -> list[Spark]:
    return [_says(ground, live, "YES") for live in _on_offer(ground, group, many)]


def _payment_fails(ground: Ground, group: str, many: int, rate: float) -> list[Spark]:
    """Whoever has the link from an earlier leg; so many as are missing say YES first. Then the card is declined."""
    if missing := many - len(ground.sql(HOLDING, many=many)):
        said = says_yes(ground, group, missing, rate)
        requests = [spark.request for spark in said if spark.request]
        began = as_fast_as_possible(ground.settings["WEB_URL"], requests, seconds=60).began
        milliseconds_to(ground, LINK, {spark.shop: began for spark in said})
        ground.at_rest()
    return [
        Spark(shop, payment_event(ground.settings, type="payment_intent.payment_failed", intent_id=intent))
        for shop, intent in ground.sql(HOLDING, many=many)
    ]


def _runs_out(ground: Ground, group: str, many: int, rate: float) -> list[Spark]:
    """The first offer ends in three seconds, when the others are being set off."""
    return [Spark(live.shop, None, live.ends) for live in _on_offer(ground, group, many, 3, 1 / rate)]


CANCEL = Leg("cancel to text", _cancelled, OFFER)
NO = Leg("NO to next text", _says_no, OFFER)
YES = Leg("YES to payment link", says_yes, LINK)
FAILURE = Leg("payment failure to next text", _payment_fails, OFFER)
EXPIRY = Leg("expiry to next text", _runs_out, OFFER)
# The one that runs by itself is made ready last.
LEGS = (CANCEL, NO, YES, FAILURE, EXPIRY)
