"""ICS feeds (RFC 5545, https://www.rfc-editor.org/rfc/rfc5545), as published by Google, Outlook and booking systems.

Libraries: https://icalendar.readthedocs.io, https://github.com/niccokunzmann/python-recurring-ical-events and
https://github.com/niccokunzmann/x-wr-timezone. UID and RECURRENCE-ID identify an event of a series.

Google omits cancelled events. Outlook keeps them as confirmed, with "Canceled:" before the summary. Feeds are
read-only and send no webhooks.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import icalendar
import recurring_ical_events
import x_wr_timezone

from domain.calendars.feed_text import phone_in, says_cancelled
from domain.calendars.source_booking import SourceBooking, SourcePerson, SourceStatus, SourceThing
from domain.time_zones import zone_named
from providers.calendars import same_answer
from providers.calendars.calendar_http import CalendarAnswer, CalendarHttp
from providers.calendars.port import (
    Account,
    BookedThere,
    CalendarDeniedError,
    CalendarPort,
    CalendarUnavailableError,
    Connection,
    Delivery,
    Hint,
    NotThere,
    Page,
    RefusedThere,
    SyncPoint,
    TakenThere,
    TimeOrder,
)
from providers.signature import NotAuthentic
from providers.storable_text import storable_text
from settings.calendars import CalendarSettings

WINDOW = (timedelta(days=-1), timedelta(days=60))
UNCHANGED = 304
MODIFIED = "modified:"
UNREADABLE = "The feed contains an event whose time can't be read. Correct or remove it."
NO_FEED = frozenset({401, 403, 404, 410})
_OF_THE_TIME = frozenset(
    {"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "SEQUENCE", "DTSTAMP"}
)
_OF_A_SERIES = frozenset({"RRULE", "RDATE", "RECURRENCE-ID"})
_SINGLE = _OF_THE_TIME - {"RRULE", "RDATE", "EXDATE"} | {"UID"}
_TOO_OFTEN = frozenset({"MINUTELY", "SECONDLY"})


class IcsFeed(CalendarPort):
    """The client for feeds. An event that is missing from two listings is considered cancelled."""

    def __init__(self, http: CalendarHttp) -> None:
        self._http = http

    def verify(self, connection: Connection, delivery: Delivery) -> NotAuthentic | None:
        """Refuses every webhook, because feeds send none."""
        return NotAuthentic("unset")

    def normalise(self, delivery: Delivery) -> Hint | NotAuthentic:
        return NotAuthentic("malformed")

    def check(self, connection: Connection) -> Account:
        """Returns the feed's name as the account, because a feed does not contain its owner."""
        name = str(_parsed(self._get(connection, None)).get("X-WR-CALNAME") or "")
        return Account(name, name or "ICS feed")

    def fetch(self, connection: Connection, external_id: str) -> SourceBooking | NotThere:
        """Never returns NotThere, because an event that is missing from a feed may still exist."""
        found = self._bookings(connection, datetime.now(UTC))
        waiting = SourceBooking(external_id=external_id, status=SourceStatus.WAITING)
        return next((one for one in found if one.external_id == external_id), waiting)

    def changes(self, connection: Connection, point: SyncPoint) -> Page:
        """Returns the whole window, or an unchanged page if the server reports that the feed is unchanged.

        This report can be wrong, because dates have a resolution of one second and caches can be outdated. The feed
        is therefore read periodically even without a reported change.
        """
        answer = self._get(connection, same_answer.known_version(point))
        covers = (point.now + WINDOW[0], point.now + WINDOW[1])
        if answer.status == UNCHANGED:
            return Page(bookings=(), token=point.token, unchanged=True, final=True, covers=covers)
        found = tuple(events_of(_parsed(answer), connection, point.now))
        validator = _validator(answer)
        token = same_answer.token_of(point, validator) if validator else None
        return Page(bookings=found, token=token, covers=covers, final=True)

    def book(self, connection: Connection, order: TimeOrder) -> BookedThere | TakenThere | RefusedThere:
        """Checks whether the time is free in the feed. The shop must enter the booking."""
        for one in self._bookings(connection, datetime.now(UTC)):
            booked = one.status is SourceStatus.BOOKED and one.starts_at and one.ends_at
            if booked and one.starts_at < order.ends_at and one.ends_at > order.starts_at:  # type: ignore[operator]
                return TakenThere()
        return BookedThere(None)

    def find(self, connection: Connection, order: TimeOrder) -> str | None:
        return None

    def move(
        self, connection: Connection, there: SourceBooking, order: TimeOrder
    ) -> BookedThere | TakenThere | RefusedThere:
        return RefusedThere("a feed can only be read")

    def cancel(self, connection: Connection, external_id: str) -> RefusedThere | None:
        """Refuses the cancellation, because a feed is read-only."""
        return RefusedThere("a feed can only be read")

    def _bookings(self, connection: Connection, now: datetime) -> Iterable[SourceBooking]:
        return events_of(_parsed(self._get(connection, None)), connection, now)

    def _get(self, connection: Connection, validator: str | None) -> CalendarAnswer:
        headers = {"Accept": "text/calendar", **_condition(validator)}
        answer = self._http.read_entered(connection.secret("url"), headers=headers)
        if answer.status in NO_FEED:
            raise CalendarDeniedError(f"The feed can no longer be read (HTTP {answer.status}). Check its address.")
        if not answer.ok and answer.status != UNCHANGED:
            raise CalendarUnavailableError(f"The feed can't be read now (HTTP {answer.status}).")
        return answer


def make(http: CalendarHttp, settings: CalendarSettings) -> CalendarPort:
    return IcsFeed(http)


def _validator(answer: CalendarAnswer) -> str | None:
    """Returns the feed's validator (RFC 9110, section 8.8), which is the ETag or else the date."""
    headers = answer.headers or {}
    modified = headers.get("Last-Modified")
    return headers.get("ETag") or (f"{MODIFIED}{modified}" if modified else None)


def _condition(validator: str | None) -> dict[str, str]:
    if not validator:
        return {}
    if validator.startswith(MODIFIED):
        return {"If-Modified-Since": validator.removeprefix(MODIFIED)}
    return {"If-None-Match": validator}


def _parsed(answer: CalendarAnswer) -> Any:
    """Parses the feed. Refuses a truncated feed, because it lacks events that exist."""
    text = storable_text(answer.text).lstrip("\ufeff").strip()
    # Names are not case-sensitive (RFC 5545, section 2).
    if not (text[:40].upper().startswith("BEGIN:VCALENDAR") and text[-40:].upper().endswith("END:VCALENDAR")):
        raise CalendarUnavailableError("The address does not return a complete calendar.")
    try:
        first, *others = map(x_wr_timezone.to_standard, icalendar.Calendar.from_ical(text, multiple=True))
    except (ValueError, KeyError, IndexError):
        raise CalendarUnavailableError("The feed can't be parsed.") from None
    for other in others:
        first.subcomponents.extend(other.subcomponents)
    return first


def events_of(calendar: Any, connection: Connection, now: datetime) -> Iterable[SourceBooking]:
    """Returns the events in the window.

    If an event has several versions, uses the version with the highest SEQUENCE, then the highest DTSTAMP. An event
    whose time can't be read, or which is in an unknown time zone, is waiting. Raises CalendarUnavailableError for
    such an event of a series or without an id, because appointments that it stands for would seem to be removed.
    """
    events = calendar.walk("VEVENT")
    series = {str(event.get("UID")) for event in events if not _is_single(event)}
    nowhere = {str(event.get("UID")) for event in events if _is_in_an_unknown_zone(event)}
    waiting = _remove_broken(calendar, series, now)
    newest: dict[str, tuple[tuple[int, str], SourceBooking]] = {}
    for event in _window(calendar, now):
        booking = as_booking(event, connection, of_a_series=str(event.get("UID")) in series)
        if str(event.get("UID")) in nowhere:
            booking = replace(booking, status=SourceStatus.WAITING, starts_at=None, ends_at=None)
        stamp = event.get("DTSTAMP")
        version = (int(event.get("SEQUENCE") or 0), stamp.dt.isoformat() if stamp else "")
        if booking.external_id not in newest or newest[booking.external_id][0] < version:
            newest[booking.external_id] = (version, booking)
    return ({key: booking for key, (_, booking) in newest.items()} | waiting).values()


def _remove_broken(calendar: Any, series: set[str], now: datetime) -> dict[str, SourceBooking]:
    """Removes the broken events from the calendar. Returns a waiting booking for each, unless it is over, by its id.

    Raises CalendarUnavailableError if a broken event belongs to a series or has no id.
    """
    broken = [event for event in calendar.walk("VEVENT") if _is_broken(event)]
    uids = [event.get("UID") for event in broken if not _is_over(event, now)]
    if any(not isinstance(uid, str) or uid in series for uid in uids):
        raise CalendarUnavailableError(UNREADABLE)
    calendar.subcomponents = [one for one in calendar.subcomponents if not any(one is event for event in broken)]
    return {str(uid): SourceBooking(external_id=str(uid), status=SourceStatus.WAITING) for uid in uids}


def _window(calendar: Any, now: datetime) -> Iterable[Any]:
    """Returns the events in the window, with each occurrence of a series."""
    try:
        found: list[Any] = recurring_ical_events.of(calendar).between(now + WINDOW[0], now + WINDOW[1])
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError):
        raise CalendarUnavailableError(UNREADABLE) from None
    return found


def _is_broken(event: Any) -> bool:
    """Whether the event's times are unknown or can't be computed in a short time.

    The library drops properties that it can't parse.
    """
    if "DTSTART" not in event or any(name in _OF_THE_TIME for name, _ in event.errors):
        return True
    return any(isinstance(event.get(name), list) for name in _SINGLE) or not _is_expandable(event.get("RRULE"))


def _is_expandable(rules: Any) -> bool:
    """Whether the rules are expanded in a short time: the library searches the next match one interval at a time."""
    for rule in rules if isinstance(rules, list) else [rules] if rules else []:
        frequency, interval = str((rule.get("FREQ") or [""])[0]).upper(), (rule.get("INTERVAL") or [1])[0]
        filtered = any(name.upper().startswith("BY") for name in rule)
        if interval < 1 or frequency in _TOO_OFTEN or (frequency == "HOURLY" and filtered):
            return False
    return True


def _is_single(event: Any) -> bool:
    """Whether the event belongs to no series."""
    return _OF_A_SERIES.isdisjoint(event) and _OF_A_SERIES.isdisjoint(name for name, _ in event.errors)


def _is_over(event: Any, now: datetime) -> bool:
    """Whether a single event certainly began before the window."""
    if not _is_single(event) or "DTSTART" not in event or any(name == "DTSTART" for name, _ in event.errors):
        return False
    starts: Any = event["DTSTART"].dt
    day = starts.date() if isinstance(starts, datetime) else starts
    return bool(day < (now + 3 * WINDOW[0]).date())


def _is_in_an_unknown_zone(event: Any) -> bool:
    """Whether a time names a zone that is neither defined in the feed nor known. The library makes it floating."""
    times = [event[name] for name in ("DTSTART", "DTEND") if name in event]
    return any("TZID" in at.params and isinstance(at.dt, datetime) and at.dt.tzinfo is None for at in times)


def as_booking(event: Any, connection: Connection, *, of_a_series: bool) -> SourceBooking:
    """Parses an event. If it has no guests, its title is used as the name."""
    zone = zone_named(connection.timezone)
    starts, ends = event["DTSTART"].dt, event["DTEND"].dt
    timed = isinstance(starts, datetime) and isinstance(ends, datetime)
    summary, description = str(event.get("SUMMARY") or ""), str(event.get("DESCRIPTION") or "")
    guests = _guests(event)
    original = event.get("RECURRENCE-ID")
    uid = str(event.get("UID") or f"{summary}:{starts}")
    return SourceBooking(
        external_id=f"{uid};{_utc(original.dt) if original else starts}" if of_a_series else uid,
        status=_status(event, summary, guests, timed=timed),
        starts_at=_utc(starts, zone) if timed else None,
        ends_at=_utc(ends, zone) if timed else None,
        person=SourcePerson(
            name=str(guests[0].params.get("CN") or summary) if guests else summary,
            phone=phone_in(f"{summary}\n{description}"),
            email=_address(guests[0]) if guests else None,
        ),
        staff=SourceThing("calendar", connection.name),
    )


def _status(event: Any, summary: str, guests: list[Any], *, timed: bool) -> SourceStatus:
    if str(event.get("STATUS") or "").upper() == "CANCELLED" or says_cancelled(summary):
        return SourceStatus.CANCELLED
    free = str(event.get("TRANSP") or "").upper() == "TRANSPARENT"
    declined = guests and all(str(one.params.get("PARTSTAT", "")).upper() == "DECLINED" for one in guests)
    nobody = bool(_listed(event)) and not guests
    return SourceStatus.NO_APPOINTMENT if free or declined or nobody or not timed else SourceStatus.BOOKED


def _listed(event: Any) -> list[Any]:
    found = event.get("ATTENDEE") or []
    return found if isinstance(found, list) else [found]


def _guests(event: Any) -> list[Any]:
    """Returns all attendees except the organiser."""
    organizer = str(event.get("ORGANIZER") or "").lower()
    return [one for one in _listed(event) if str(one).lower() != organizer]


def _address(guest: Any) -> str | None:
    scheme, _, address = str(guest).partition(":")
    return address if scheme.lower() == "mailto" and "@" in address else None


def _utc(at: Any, zone: tzinfo = UTC) -> Any:
    """Returns the time in UTC. A time without a zone ("floating time") is in `zone`. Returns a date unchanged."""
    if not isinstance(at, datetime):
        return at
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
