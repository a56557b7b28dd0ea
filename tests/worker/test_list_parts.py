"""A provider's list is read completely, and only the parts that were read are recorded as read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from db.money.reconciliation import UnreadList
from providers.too_many import TooMany
from providers.twilio.twilio_results import Unknown
from worker.reconciliation.list_parts import parts

SINCE = datetime(2026, 3, 1, tzinfo=UTC)
UNREAD = UnreadList("texts:+441", "+441", SINCE, SINCE + timedelta(hours=1))
MOST = 10


class ProviderList:
    """A provider that lists at most MOST times. After `answers` requests, it is unavailable."""

    def __init__(self, *seconds: float, answers: int = 1000) -> None:
        self.times = [SINCE + timedelta(seconds=one) for one in seconds]
        self.left = answers

    def __call__(self, since: datetime, until: datetime | None) -> list[datetime] | TooMany | Unknown:
        self.left -= 1
        found = [one for one in self.times if since <= one and (until is None or one <= until)]
        if self.left < 0:
            return Unknown("No answer.")
        return TooMany(MOST) if len(found) >= MOST else found


def test_a_short_list_is_read_with_one_request() -> None:
    provider = ProviderList(1, 2, 3, answers=1)
    assert list(parts(UNREAD, provider)) == [(UNREAD, provider.times)]


def test_a_long_list_is_read_in_parts_that_meet_oldest_first() -> None:
    provider = ProviderList(*range(0, 3600, 7))
    read = list(parts(UNREAD, provider))
    assert list(dict.fromkeys(one for _, times in read for one in times)) == provider.times
    ends = [(part.since, part.now) for part, _ in read]
    assert [until for _, until in ends[:-1]] == [since for since, _ in ends[1:]]
    assert (ends[0][0], ends[-1][1]) == (UNREAD.since, UNREAD.now)


def test_a_busy_minute_does_not_make_the_other_parts_short() -> None:
    provider = ProviderList(*range(1800, 1860))
    list(parts(UNREAD, provider))
    assert 1000 - provider.left < 50


def test_a_list_counts_as_read_as_far_as_the_provider_answered() -> None:
    provider = ProviderList(*range(0, 3600, 7), answers=20)
    read = list(parts(UNREAD, provider))
    assert read[-1][0].now < UNREAD.now
    found = list(dict.fromkeys(one for _, times in read for one in times))
    assert found == [one for one in provider.times if one <= read[-1][0].now]


def test_too_many_entries_in_one_second_are_not_read() -> None:
    provider = ProviderList(*[1800.5] * MOST)
    assert max(part.now for part, _ in parts(UNREAD, provider)) <= SINCE + timedelta(seconds=1801)
