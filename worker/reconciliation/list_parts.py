"""Reads a provider's list from the oldest entry to the newest, in parts that each fit into one response."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

import structlog

from db.money.reconciliation import UnreadList
from providers.too_many import TooMany

log = structlog.get_logger()

SHORTEST = timedelta(seconds=1)
"""The resolution of the providers' timestamps."""


class Unavailable(Protocol):
    """A provider's response that is not a list."""

    @property
    def reason(self) -> str: ...


Entry = TypeVar("Entry")
Listing = Callable[[datetime, datetime | None], list[Entry] | TooMany | Unavailable]
"""Lists the entries between two times (UTC, both inclusive), oldest first. Without an end, includes the newest
entries.
"""


def parts(unread: UnreadList, listing: Listing[Entry]) -> Iterator[tuple[UnreadList, Sequence[Entry]]]:
    """Yields the list in parts, each with the period that it covers.

    Halves a period that has too many entries, and doubles the period again after a part that fits. Stops if the
    provider does not respond; only the yielded parts have then been read.
    """
    since, length = unread.since, unread.now - unread.since
    while since < unread.now:
        until = min(since + length, unread.now)
        answer = listing(since, until if until < unread.now else None)
        if isinstance(answer, TooMany) and length > SHORTEST:
            length /= 2
            continue
        if not isinstance(answer, list):
            log.warning("provider_list_unavailable", source=unread.source.partition(":")[0], reason=answer.reason)
            return
        yield replace(unread, since=since, now=until), answer
        since, length = until, 2 * length
