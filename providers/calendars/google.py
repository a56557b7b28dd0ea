"""Google Calendar, API v3.

Sources at developers.google.com/workspace/calendar/api:

- guides/sync: the first listing may be limited to a range of dates, and its last page has `nextSyncToken`. A request
  with a token must not have `timeMin`. Status 410 means that the listing must start over.
- guides/push: channels expire and must be replaced. A webhook has X-Goog-Channel-Token. The first message has the
  state `sync` and reports no change. `channels.stop` ends a channel.
- v3/reference/events: clients may choose ids of base32hex digits, and a repeated id gets status 409. The fields
  include `status`, `transparency` and `eventType`. With `singleEvents`, each event of a series has its own id,
  `recurringEventId` and `originalStartTime`. A cancelled event may have only its id.

Not confirmed: how long a channel and a token are valid. Channels are renewed according to the `expiration` in the
response, everything is listed once a day, and lost messages are tolerated.
"""

import contextlib
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from domain.calendars.source_booking import SourceBooking
from providers.calendars.calendar_http import CalendarAnswer, CalendarHttp, exists, refused
from providers.calendars.google_events import HOLD, as_booking, event_of, id_of, is_busy, stamp
from providers.calendars.oauth_tokens import OAuthTokens
from providers.calendars.port import (
    Account,
    BookedThere,
    CalendarDeniedError,
    CalendarPort,
    CalendarUnavailableError,
    Connection,
    Delivery,
    Held,
    Hint,
    NotThere,
    Page,
    RefusedThere,
    SyncPoint,
    TakenThere,
    TimeOrder,
)
from providers.signature import NotAuthentic, why_not_signed
from settings.calendars import CalendarSettings

URL = "https://www.googleapis.com"
WINDOW = (timedelta(days=-1), timedelta(days=60))
PAGE_SIZE = 250
RENEW_CHANNEL = timedelta(days=1)
GONE = 410
OTHERS_EVENT = "forbiddenForNonOrganizer"
"""The reason for refusing to change an event in another calendar to which ours is only invited."""
WHOLE = "whole:"
"""The prefix of the cursor of a complete listing. The listing continues without the expired token."""


class GoogleCalendar(CalendarPort):
    """The client for Google Calendar. It checks the time first, because Google accepts double bookings."""

    def __init__(self, http: CalendarHttp, settings: CalendarSettings) -> None:
        self._http, self._tokens = http, OAuthTokens("google", http, settings)

    def verify(self, connection: Connection, delivery: Delivery) -> NotAuthentic | None:
        """Verifies the token of the channel, because Google does not sign webhooks."""
        given = delivery.headers.get("x-goog-channel-token", "")
        return why_not_signed(given, connection.credentials.get("channel_token", ""), lambda token: token)

    def normalise(self, delivery: Delivery) -> Hint | NotAuthentic:
        headers = delivery.headers
        channel, number = headers.get("x-goog-channel-id", ""), headers.get("x-goog-message-number", "")
        if not channel or not (number.isascii() and number.isdigit()):
            return NotAuthentic("malformed")
        state = headers.get("x-goog-resource-state", "")
        return Hint(f"{channel}:{number}", state, news=state != "sync")

    def check(self, connection: Connection) -> Account:
        answer = self._call(connection, "GET", "")
        if not answer.ok:
            raise CalendarDeniedError("Google has no calendar with this id. Check the id.")
        return Account(str(answer.body["id"]), str(answer.body.get("summary") or "Google Calendar"))

    def subscribe(self, connection: Connection, url: str) -> Mapping[str, str]:
        """Opens a channel. Google accepts only https addresses; the sandbox accepts any address."""
        token = connection.credentials.get("channel_token") or secrets.token_urlsafe(24)
        wanted = {"id": str(uuid4()), "type": "web_hook", "address": url, "token": token}
        made = self._call(connection, "POST", "/events/watch", json=wanted)
        if not made.ok:
            return {}
        return {
            "channel_id": str(made.body["id"]),
            "channel_resource": str(made.body.get("resourceId", "")),
            "channel_expires": str(made.body.get("expiration", "")),
            "channel_token": token,
            "channel_url": url,
        }

    def unsubscribe(self, connection: Connection) -> None:
        if channel := connection.credentials.get("channel_id"):
            wanted = {"id": channel, "resourceId": connection.credentials.get("channel_resource", "")}
            self._http.call(
                "POST", self._base(connection) + "/channels/stop", headers=_bearer(connection), json=wanted
            )

    def refresh(self, connection: Connection, now: datetime) -> Mapping[str, str]:
        """Gets new tokens, and a new channel before the current channel expires."""
        new = self._tokens.fresh(connection, now)
        fresh = replace(connection, credentials={**connection.credentials, **new})
        return {**new, **self._renewed_channel(fresh, now)}

    def _renewed_channel(self, connection: Connection, now: datetime) -> Mapping[str, str]:
        """Opens a new channel, then closes the old channel, so that no change is missed.

        Returns an empty mapping if no channel can be opened. The next call tries again; until then, only the periodic
        reads find changes.
        """
        expires = connection.credentials.get("channel_expires", "")
        if not expires.isdigit() or datetime.fromtimestamp(int(expires) / 1000, UTC) - now > RENEW_CHANNEL:
            return {}
        made: Mapping[str, str] = {}
        with contextlib.suppress(CalendarUnavailableError, CalendarDeniedError):
            made = self.subscribe(connection, connection.credentials["channel_url"])
            if made:
                self.unsubscribe(connection)
        return made

    def revoke(self, connection: Connection) -> None:
        self._tokens.revoke(connection)

    def fetch(self, connection: Connection, external_id: str) -> SourceBooking | NotThere:
        answer = self._call(connection, "GET", f"/events/{quote(external_id, safe='')}")
        return as_booking(answer.body, connection) if exists(answer) else NotThere()

    def changes(self, connection: Connection, point: SyncPoint) -> Page:
        """Lists changes since the token of the last listing.

        Lists the whole window if the token is missing or has expired.
        """
        whole = point.token is None or (point.cursor or "").startswith(WHOLE)
        answer = self._call(connection, "GET", "/events", params=_list_params(point, whole=whole))
        if answer.status == GONE and not whole:
            return self.changes(connection, SyncPoint(now=point.now))
        if not answer.ok:
            raise CalendarUnavailableError(f"The calendar does not list its bookings: {answer.message}")
        following = answer.body.get("nextPageToken")
        return Page(
            bookings=tuple(as_booking(one, connection) for one in answer.body.get("items", ())),
            cursor=f"{WHOLE if whole else ''}{following}" if following else None,
            token=answer.body.get("nextSyncToken"),
            covers=_window(point.now) if whole and not following else None,
        )

    def hold(self, connection: Connection, order: TimeOrder) -> Held | TakenThere | RefusedThere:
        """Creates a busy event whose id is derived from our id. Restores the event if it was deleted."""
        id = "h" + order.our_id.removeprefix("hold-").replace("-", "")
        event = event_of(order) | {"id": id, "summary": "Held by slot-recovery", "attendees": []}
        event["extendedProperties"] = {"private": {HOLD: order.our_id}}
        made = self._call(connection, "POST", "/events", json=event)
        if made.status == 409:
            made = self._call(connection, "PATCH", f"/events/{id}", json={"status": "confirmed"})
        return Held(id) if made.ok else RefusedThere(f"Google can't hold the time: {made.message}")

    def release(self, connection: Connection, external_id: str) -> None:
        self.cancel(connection, external_id)

    def book(self, connection: Connection, order: TimeOrder) -> BookedThere | TakenThere | RefusedThere:
        id = id_of(order.our_id)
        busy = self._busy(connection, order)
        if any(one["id"] == id for one in busy):
            return BookedThere(id)
        if busy:
            return TakenThere()
        made = self._call(connection, "POST", "/events", json=event_of(order) | {"id": id})
        if made.status == 409:
            # An earlier attempt has booked the time. The event may have been cancelled in the calendar since then.
            return BookedThere(id) if self.find(connection, order) else TakenThere()
        return BookedThere(id) if made.ok else RefusedThere(f"Google rejected the booking: {made.message}")

    def _busy(self, connection: Connection, order: TimeOrder) -> list[Mapping[str, Any]]:
        """Returns the events that occupy this time. Raises CalendarUnavailableError if the time can't be checked."""
        times = {"timeMin": stamp(order.starts_at), "timeMax": stamp(order.ends_at), "singleEvents": "true"}
        there = self._call(connection, "GET", "/events", params=times)
        if not there.ok:
            raise CalendarUnavailableError(f"Google does not show whether the time is free: {there.message}")
        return [one for one in there.body.get("items", ()) if is_busy(one)]

    def move(
        self, connection: Connection, there: SourceBooking, order: TimeOrder
    ) -> BookedThere | TakenThere | RefusedThere:
        """Changes only the times of the event, because a calendar has no staff.

        An event of a series becomes an exception to the series.
        """
        if any(one["id"] != there.external_id for one in self._busy(connection, order)):
            return TakenThere()
        times = {"start": {"dateTime": stamp(order.starts_at)}, "end": {"dateTime": stamp(order.ends_at)}}
        path = f"/events/{quote(there.external_id, safe='')}"
        answer = self._call(connection, "PATCH", path, json=times)
        if answer.ok:
            return BookedThere(there.external_id)
        return RefusedThere(f"Google rejected the change: {answer.message}")

    def find(self, connection: Connection, order: TimeOrder) -> str | None:
        id = id_of(order.our_id)
        found = self._call(connection, "GET", f"/events/{id}")
        return id if exists(found) and found.body.get("status") != "cancelled" else None

    def mark_paid(self, connection: Connection, external_id: str, words: str) -> None:
        """Writes the payment to the description."""
        now = self._call(connection, "GET", f"/events/{external_id}")
        described = str(now.body.get("description", "")) if now.ok else words
        if words not in described:
            both = {"description": f"{described}\n{words}".strip()}
            self._call(connection, "PATCH", f"/events/{external_id}", json=both)

    def cancel(self, connection: Connection, external_id: str) -> RefusedThere | None:
        return refused(self._call(connection, "DELETE", f"/events/{quote(external_id, safe='')}"), "Google")

    def _base(self, connection: Connection) -> str:
        return f"{connection.settings.get('base_url', URL)}/calendar/v3"

    def _call(self, connection: Connection, method: str, path: str, **parts: Any) -> CalendarAnswer:
        calendar = quote(str(connection.settings.get("calendar_id") or "primary"), safe="")
        url = f"{self._base(connection)}/calendars/{calendar}{path}"
        answer = self._http.call(method, url, headers=_bearer(connection), denied=frozenset({401}), **parts)
        if answer.status != 403:
            return answer
        if OTHERS_EVENT in _reasons(answer.body):
            return answer
        # Google uses the same status for rate limits and missing permissions.
        if "rate" in answer.message.lower() or "quota" in answer.message.lower():
            raise CalendarUnavailableError("Google limits the rate of requests.")
        raise CalendarDeniedError("Google denies access. Connect the calendar again.")


def make(http: CalendarHttp, settings: CalendarSettings) -> CalendarPort:
    return GoogleCalendar(http, settings)


def _reasons(body: Any) -> set[str]:
    """Returns the reasons for a refusal. Returns no reasons if the response is from a proxy or Google's sign-in."""
    error = body.get("error") if isinstance(body, dict) else None
    errors = error.get("errors") if isinstance(error, dict) else None
    return {str(one.get("reason")) for one in errors if isinstance(one, dict)} if isinstance(errors, list) else set()


def _window(now: datetime) -> tuple[datetime, datetime]:
    starts, ends = WINDOW
    return now + starts, now + ends


def _list_params(point: SyncPoint, *, whole: bool) -> dict[str, Any]:
    """Returns the parameters of a listing. `whole`: whether to list the whole window instead of the changes."""
    params: dict[str, Any] = {"singleEvents": "true", "showDeleted": "true", "maxResults": PAGE_SIZE}
    if whole:
        starts, ends = _window(point.now)
        params |= {"timeMin": stamp(starts), "timeMax": stamp(ends)}
    else:
        params["syncToken"] = point.token
    if point.cursor:
        params["pageToken"] = point.cursor.removeprefix(WHOLE)
    return params


def _bearer(connection: Connection) -> dict[str, str]:
    return {"Authorization": f"Bearer {connection.secret('access_token')}"}
