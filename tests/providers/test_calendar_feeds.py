"""ICS feeds and Google's events in the formats that real calendars use."""

import contextlib
import threading
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import UUID

import pytest

from domain.calendars.feed_text import phone_in, says_cancelled
from domain.calendars.source_booking import SourceStatus
from providers.allowed_addresses import AddressNotAllowedError
from providers.calendars import calendar_http, google
from providers.calendars.calendar_http import CalendarAnswer, CalendarHttp
from providers.calendars.ics import _parsed, events_of
from providers.calendars.port import CalendarDeniedError, CalendarUnavailableError, Connection
from providers.public_session import public_session
from tests.waiting import PATIENCE_SECONDS

NOW = datetime(2026, 11, 29, 8, tzinfo=UTC)
EVENT = """BEGIN:VEVENT
UID:a
DTSTAMP:20261101T000000Z
DTSTART:20261130T090000Z
DTEND:20261130T100000Z
SUMMARY:Nora
{more}END:VEVENT
"""


def feed(*events: str) -> str:
    return ("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n" + "".join(events) + "END:VCALENDAR\n").replace("\n", "\r\n")


def read(connection, *events: str):
    return list(events_of(_parsed(CalendarAnswer(200, None, feed(*events))), connection, NOW))


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ("", SourceStatus.BOOKED),
        ("STATUS:CANCELLED\n", SourceStatus.CANCELLED),
        ("TRANSP:TRANSPARENT\n", SourceStatus.NO_APPOINTMENT),
        ("ORGANIZER:mailto:me@x.example\nATTENDEE:mailto:me@x.example\n", SourceStatus.NO_APPOINTMENT),
        ("ATTENDEE;PARTSTAT=DECLINED:mailto:nora@x.example\n", SourceStatus.NO_APPOINTMENT),
        ("ATTENDEE;PARTSTAT=ACCEPTED:mailto:nora@x.example\n", SourceStatus.BOOKED),
    ],
)
def test_an_event_is_an_appointment_or_not(connection, more, status):
    (one,) = read(connection, EVENT.format(more=more))
    assert one.status is status


def test_outlook_writes_canceled_before_the_summary(connection):
    (one,) = read(connection, EVENT.format(more="").replace("SUMMARY:Nora", "SUMMARY:Canceled: Nora"))
    assert one.status is SourceStatus.CANCELLED
    assert not says_cancelled("Cancellation policy: talk")


def test_a_time_without_a_zone_is_a_time_of_the_shop(connection):
    """New York is five hours behind UTC in winter."""
    shop = replace(connection, timezone="America/New_York")
    floating = EVENT.format(more="RRULE:FREQ=DAILY;COUNT=2\n").replace("00Z", "00")
    assert [one.starts_at for one in read(shop, floating)] == [
        datetime(2026, 11, 30, 14, tzinfo=UTC),
        datetime(2026, 12, 1, 14, tzinfo=UTC),
    ]


def test_a_whole_day_is_not_an_appointment(connection):
    day = EVENT.format(more="").replace("DTSTART:20261130T090000Z", "DTSTART;VALUE=DATE:20261130")
    (one,) = read(connection, day.replace("DTEND:20261130T100000Z", "DTEND;VALUE=DATE:20261201"))
    assert one.status is SourceStatus.NO_APPOINTMENT


def test_one_of_a_series_keeps_its_id_when_it_is_moved(connection):
    series = EVENT.format(more="RRULE:FREQ=DAILY;COUNT=3\n")
    moved = EVENT.format(more="RECURRENCE-ID:20261201T090000Z\n").replace("20261130T09", "20261201T11")
    before = read(connection, series)
    after = read(connection, series, moved.replace("20261130T10", "20261201T12"))
    assert len(before) == len(after) == 3
    assert {one.external_id for one in before} == {one.external_id for one in after}
    assert datetime(2026, 12, 1, 11, tzinfo=UTC) in {one.starts_at for one in after}


def test_the_highest_sequence_counts(connection):
    newer = EVENT.format(more="SEQUENCE:2\n").replace("T090000Z", "T113000Z").replace("T100000Z", "T123000Z")
    for events in ([EVENT.format(more="SEQUENCE:1\n"), newer], [newer, EVENT.format(more="SEQUENCE:1\n")]):
        found = read(connection, *events)
        assert [one.starts_at.hour for one in found] == [11]


def timed(start: str, end: str = "DTEND:20261130T100000Z", more: str = "") -> str:
    event = EVENT.format(more=more)
    return event.replace("DTSTART:20261130T090000Z", start).replace(
        "DTEND:20261130T100000Z\n", f"{end}\n" if end else ""
    )


BERLIN = "DTSTART;TZID={}:20261130T100000", "DTEND;TZID={}:20261130T110000"


@pytest.mark.parametrize(
    "zone",
    [
        "Europe/Berlin",
        "W. Europe Standard Time",
        '"W. Europe Standard Time"',
        "/mozilla.org/20050126_1/Europe/Berlin",
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_zone_is_known_by_each_of_its_names(connection, zone):
    (one,) = read(connection, timed(*(time.format(zone) for time in BERLIN)))
    assert (one.status, one.starts_at) == (SourceStatus.BOOKED, datetime(2026, 11, 30, 9, tzinfo=UTC))


@pytest.mark.parametrize(
    "zone",
    [
        "Mars/Olympus",
        "Customized Time Zone",
        "GMT+0100",
        '"(UTC+01:00) Amsterdam, Berlin"',
        '"tzone://Microsoft/Custom"',
    ],
)
@pytest.mark.parametrize("more", ["", "RRULE:FREQ=DAILY;COUNT=2\n"])
def test_an_event_in_an_unknown_zone_waits(connection, zone, more):
    found = read(connection, timed(*(time.format(zone) for time in BERLIN), more=more))
    assert found
    assert {(one.status, one.starts_at, one.ends_at) for one in found} == {(SourceStatus.WAITING, None, None)}


def beside_another(connection, event):
    return read(connection, EVENT.format(more="").replace("UID:a", "UID:b"), event)


@pytest.mark.parametrize(
    "event",
    [
        timed("", ""),
        timed("DTSTART:20261130T240000Z"),
        timed("DTSTART:20261131T090000Z"),
        timed("DTSTART:today"),
        timed("DTSTART:20261130T090000Z", "DTEND:20261130T240000Z"),
        timed("DTSTART:20261130T090000Z", "DURATION:an hour"),
        *[
            EVENT.format(more=f"{more}\n")
            for more in ("SEQUENCE:x", "SEQUENCE:1\nSEQUENCE:2", "DTSTAMP:20261102T000000Z")
        ],
        EVENT.format(more="") + timed("DTSTART:today"),
    ],
)
def test_an_event_whose_time_cannot_be_read_waits(connection, event):
    """Otherwise, its appointment would seem to be cancelled, and its time would be sold."""
    found = {one.external_id: (one.status, one.starts_at) for one in beside_another(connection, event)}
    assert found.keys() == {"a", "b"}
    assert found["a"] == (SourceStatus.WAITING, None)
    assert found["b"][0] == SourceStatus.BOOKED


@pytest.mark.parametrize(
    "more",
    [
        *("RRULE:FREQ=NEVER", "RRULE:FREQ=DAILY;COUNT=x", "RRULE:COUNT=2"),
        *("RRULE:FREQ=DAILY\nEXDATE:tomorrow", "RDATE:x", "RECURRENCE-ID:x"),
        *("RRULE:FREQ=DAILY;INTERVAL=0", "RRULE:FREQ=WEEKLY;INTERVAL=-1", "RRULE:FREQ=SECONDLY"),
        *("RRULE:FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30", "RRULE:FREQ=DAILY\nRRULE:FREQ=DAILY;INTERVAL=0"),
        "UID:c",
    ],
)
def test_a_feed_with_a_series_that_cannot_be_read_is_not_read(connection, more):
    """The ids of its appointments are unknown, so they would seem to be cancelled."""
    with pytest.raises(CalendarUnavailableError, match="can't be read"):
        beside_another(connection, EVENT.format(more=f"{more}\n"))


def test_an_old_event_whose_end_cannot_be_read_does_no_harm(connection):
    old = timed("DTSTART:20250130T090000Z", "DTEND:20250130T240000Z").replace("UID:a", "UID:b")
    assert [one.external_id for one in read(connection, old, EVENT.format(more=""))] == ["a"]


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + feed(EVENT.format(more="")),
        feed(EVENT.format(more="")).replace("\r\n", "\n"),
        feed(EVENT.format(more="")).replace("BEGIN:VCALENDAR", "begin:vcalendar").replace("END:VCAL", "end:vcal"),
        feed(EVENT.format(more="BEGIN:VALARM\nTRIGGER:-PT15M\nACTION:DISPLAY\nDESCRIPTION:x\nEND:VALARM\n")),
        feed() + feed(EVENT.format(more="")),
    ],
    ids=["byte order mark", "line feeds", "lower case", "alarm", "two calendars"],
)
def test_a_feed_is_read_in_each_of_its_forms(connection, text):
    found = events_of(_parsed(CalendarAnswer(200, None, text)), connection, NOW)
    assert [(one.external_id, one.starts_at.hour) for one in found] == [("a", 9)]


@pytest.mark.parametrize(
    "summary",
    ["Canceled: A", "CANCELLED: A", "Abgesagt: A", "Annulé : A", "Annullato: A", "Geannuleerd: A", "Aflyst: A"],
)
def test_a_cancelled_summary_is_known_in_the_languages_of_outlook(summary):
    assert says_cancelled(summary)


def test_a_truncated_feed_is_invalid(connection):
    with pytest.raises(CalendarUnavailableError):
        _parsed(CalendarAnswer(200, None, feed(EVENT.format(more=""))[:-20]))
    with pytest.raises(CalendarUnavailableError):
        _parsed(CalendarAnswer(200, None, "<html>Sign in</html>"))


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("Phone: +44 7700 900101\nHaircut", "+44 7700 900101"),
        ("Mobile 07700 900101", "07700 900101"),
        ("Call +447700900101 first", "+447700900101"),
        ("2026-11-30, room 12", None),
        ("", None),
    ],
)
def test_a_phone_is_found_in_the_text(text, phone):
    assert phone_in(text) == phone


GOOGLE = {
    "id": "e1",
    "status": "confirmed",
    "summary": "Cut",
    "start": {"dateTime": "2026-11-30T09:00:00Z"},
    "end": {"dateTime": "2026-11-30T10:00:00Z"},
    "attendees": [
        {"email": "me@x.example", "organizer": True, "self": True},
        {"email": "nora@x.example", "displayName": "Nora"},
    ],
}


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({}, SourceStatus.BOOKED),
        ({"status": "cancelled"}, SourceStatus.CANCELLED),
        ({"transparency": "transparent"}, SourceStatus.NO_APPOINTMENT),
        ({"eventType": "outOfOffice"}, SourceStatus.NO_APPOINTMENT),
        ({"start": {"date": "2026-11-30"}, "end": {"date": "2026-12-01"}}, SourceStatus.NO_APPOINTMENT),
        ({"attendees": GOOGLE["attendees"][:1]}, SourceStatus.NO_APPOINTMENT),
        ({"attendees": [], "description": "Phone: +447700900101"}, SourceStatus.BOOKED),
        ({"extendedProperties": {"private": {"hold": "x"}}}, SourceStatus.NO_APPOINTMENT),
    ],
)
def test_a_google_event_is_an_appointment_or_not(connection, more, status):
    assert google.as_booking(GOOGLE | more, connection).status is status


def test_a_cancelled_google_event_may_have_only_its_id(connection):
    one = google.as_booking({"id": "e1", "status": "cancelled"}, connection)
    assert (one.external_id, one.status, one.starts_at) == ("e1", SourceStatus.CANCELLED, None)


@pytest.fixture
def connection():
    zero = UUID(int=0)
    return Connection(id=zero, shop_id=zero, kind="ics", name="Rota", credentials={}, settings={})


class _Feed(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/endless.ics":
            self._endless()
            return
        body = feed(EVENT.format(more="")).encode()
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Type", "text/calendar")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _endless(self) -> None:
        """Sends data until the client closes the connection."""
        self.send_response(200)
        self.send_header("Content-Type", "text/calendar")
        self.end_headers()
        with contextlib.suppress(OSError):
            while True:
                self.wfile.write(b"X" * 65536)
                self.server.sent += 65536  # type: ignore[attr-defined]

    def log_message(self, *_: object) -> None:
        """Suppresses the access log."""


@pytest.fixture
def inside():
    """A server on this machine. It represents a server inside a private network."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Feed)
    server.asked, server.sent = [], 0
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_feed_on_this_machine_is_read_in_development_only(inside):
    url = f"http://127.0.0.1:{inside.server_port}/main.ics"
    assert CalendarHttp(PATIENCE_SECONDS, allow_loopback=True).read_entered(url, headers={}).ok
    with pytest.raises(CalendarDeniedError, match="https"):
        CalendarHttp(PATIENCE_SECONDS).read_entered(url, headers={})
    assert inside.asked == ["/main.ics"]


def read_from(inside, name: str):
    url = f"http://127.0.0.1:{inside.server_port}/{name}.ics"
    return CalendarHttp(PATIENCE_SECONDS, allow_loopback=True).read_entered(url, headers={})


def test_a_feed_without_an_end_is_read_up_to_a_limit(inside):
    with pytest.raises(CalendarDeniedError, match="larger than 10 MB"):
        CalendarHttp(PATIENCE_SECONDS, allow_loopback=True).read_entered(
            f"http://127.0.0.1:{inside.server_port}/endless.ics", headers={}
        )
    assert inside.sent < 3 * calendar_http.LARGEST


def test_a_feed_that_arrives_too_slowly_is_read_later(inside, monkeypatch):
    monkeypatch.setattr(calendar_http, "PATIENCE", 0)
    with pytest.raises(CalendarUnavailableError, match="too long"):
        CalendarHttp(PATIENCE_SECONDS, allow_loopback=True).read_entered(
            f"http://127.0.0.1:{inside.server_port}/main.ics", headers={}
        )


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_the_address_that_is_connected_to_counts_whatever_the_name_said_before(inside, host):
    """The name had a public address when it was entered. No byte is sent to its current, private address."""
    session = public_session(allow_loopback=False, connections=1)
    with pytest.raises(AddressNotAllowedError):
        session.get(f"http://{host}:{inside.server_port}/main.ics", timeout=PATIENCE_SECONDS)
    assert inside.asked == []


@pytest.mark.parametrize(
    "url",
    ["https://10.0.0.8/main.ics", "https://169.254.169.254/latest", "https://[::1]/a.ics", "https://u:p@x.example/a"],
)
def test_a_private_address_of_a_feed_is_refused(url):
    with pytest.raises(CalendarDeniedError):
        CalendarHttp(PATIENCE_SECONDS).read_entered(url, headers={})
