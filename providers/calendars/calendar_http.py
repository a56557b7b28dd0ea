"""Makes HTTP calls with JSON to calendars, and classifies failures."""

import codecs
import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import requests
from requests import Session

from providers.allowed_addresses import AddressNotAllowedError, destination_of
from providers.calendars.port import CalendarDeniedError, CalendarUnavailableError, RefusedThere
from providers.connections import LOOPBACK, pooled_session
from providers.public_session import public_session
from providers.storable_text import storable_json

CONNECTIONS = 16
LARGEST = 10 * 1024 * 1024
"""The maximum size of a feed in bytes, many times the size of a busy calendar."""

TOO_LARGE = (
    "The feed is larger than 10 MB. Publish fewer years of the calendar, or another calendar, and reconnect it."
)
PATIENCE = 6
"""The maximum time for receiving a whole body, as a multiple of the timeout."""

MISSING = frozenset({404, 410})
"""The statuses for an object that does not exist."""

LONGEST_WAIT = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class CalendarAnswer:
    """A response that is not a failure of the provider. `body` is parsed JSON, or None for any other body.

    `digest`: the digest of the unparsed body, if the caller gave a digest for comparison.
    """

    status: int
    body: Any
    text: str = ""
    headers: Mapping[str, str] | None = None
    digest: str = ""

    @property
    def ok(self) -> bool:
        return self.status < 300

    @property
    def message(self) -> str:
        """The provider's error message, which is taken from any of the known fields."""
        found = self.body
        while isinstance(found, dict):
            found = found.get("error") or found.get("message") or found.get("errors") or ""
            found = found[0] if isinstance(found, list) and found else found
        return str(found)[:300]


def exists(answer: CalendarAnswer) -> bool:
    """Whether a booking that was requested by its id exists.

    Raises CalendarUnavailableError for any other error, such as a proxy's error page, because such an error does not
    show whether the booking exists. Cal.com responds with 404 for every unknown id, even a malformed id (`getBooking`
    in apps/api/v2/src/platform/bookings/2024-08-13/services/bookings.service.ts), and with 400 only if the id is
    missing.
    """
    if answer.status in MISSING and answer.body is not None:
        return False
    if not answer.ok or answer.body is None:
        raise CalendarUnavailableError(f"The calendar does not show a booking (HTTP {answer.status}).")
    return True


def refused(answer: CalendarAnswer, label: str) -> RefusedThere | None:
    """Returns the refusal of a cancellation, or None if the cancellation was accepted."""
    return None if answer.ok else RefusedThere(f"{label} can't cancel the booking: {answer.message or answer.status}")


class CalendarHttp:
    """The HTTP client of a process. It keeps connections open and never retries."""

    def __init__(self, timeout: float, *, allow_loopback: bool = False) -> None:
        self._near: Session = pooled_session("http://127.0.0.1", CONNECTIONS)
        self._far: Session = pooled_session("https://", CONNECTIONS)
        self._entered: Session = public_session(allow_loopback=allow_loopback, connections=CONNECTIONS)
        self._allow_loopback = allow_loopback
        self._timeout = timeout

    def call(
        self,
        method: str,
        url: str,
        *,
        denied: frozenset[int] = frozenset({401, 403}),
        known: str | None = None,
        **parts: Any,
    ) -> CalendarAnswer:
        """Makes a call. Raises CalendarUnavailableError (no response, 429, 5xx) and CalendarDeniedError (`denied`).

        `denied`: the statuses that mean a denial. `known`: the digest of an earlier response; an equal response is
        not parsed.
        """
        session = self._near if urlsplit(url).hostname in LOOPBACK else self._far
        try:
            response = self._send(session, method, url, **parts)
        except requests.RequestException as error:
            raise CalendarUnavailableError(f"The calendar does not respond ({type(error).__name__}).") from None
        return read(response, denied=denied, known=known)

    def read_entered(self, url: str, *, headers: Mapping[str, str]) -> CalendarAnswer:
        """Reads an address that the shop entered, up to LARGEST bytes. Returns any response with a status below 500.

        Raises CalendarUnavailableError, and CalendarDeniedError for a private address or a larger body.
        """
        try:
            destination_of(url, allow_loopback=self._allow_loopback)
            with self._send(self._entered, "GET", url, headers=headers, stream=True) as response:
                raise_failure(response, denied=frozenset())
                body = limited_body(response, until=time.monotonic() + PATIENCE * self._timeout)
            return CalendarAnswer(
                response.status_code, None, body.decode(_charset(response), "replace"), response.headers
            )
        except AddressNotAllowedError as error:
            raise CalendarDeniedError(str(error)) from None
        except requests.RequestException as error:
            raise CalendarUnavailableError(f"The calendar does not respond ({type(error).__name__}).") from None

    def _send(self, session: Session, method: str, url: str, **parts: Any) -> requests.Response:
        return session.request(method, url, timeout=self._timeout, allow_redirects=False, **parts)


def limited_body(response: requests.Response, *, until: float) -> bytes:
    """Returns the decompressed body.

    `until`: a deadline (monotonic clock), because a body may arrive byte by byte.
    """
    body = bytearray()
    for part in response.iter_content(64 * 1024):
        body += part
        if len(body) > LARGEST:
            raise CalendarDeniedError(TOO_LARGE)
        if time.monotonic() > until:
            raise CalendarUnavailableError("The calendar takes too long to respond.")
    return bytes(body)


def _charset(response: requests.Response) -> str:
    """Returns the charset, or UTF-8 (not Latin-1) if the charset is missing or unknown."""
    given = response.encoding if "charset" in response.headers.get("Content-Type", "") else None
    try:
        return codecs.lookup(given or "utf-8").name
    except LookupError:
        return "utf-8"


def read(response: requests.Response, *, denied: frozenset[int], known: str | None = None) -> CalendarAnswer:
    """Returns the response. Raises the port's errors for a failure."""
    raise_failure(response, denied=denied)
    digest = "" if known is None else digest_of(response.content)
    body = None if digest and digest == known else _json(response)
    return CalendarAnswer(response.status_code, body, headers=response.headers, digest=digest)


def digest_of(body: bytes) -> str:
    return hashlib.blake2b(body, digest_size=16).hexdigest()


def raise_failure(response: requests.Response, *, denied: frozenset[int]) -> None:
    """Raises CalendarUnavailableError (429, 5xx) and CalendarDeniedError (a status in `denied`)."""
    status = response.status_code
    if status == 429:
        wait = retry_after(response.headers.get("Retry-After", ""))
        raise CalendarUnavailableError("The calendar limits the rate of requests.", retry_after=wait)
    if status >= 500:
        raise CalendarUnavailableError(f"The calendar has an error (HTTP {status}).")
    if status in denied:
        raise CalendarDeniedError(f"The calendar rejects the credentials (HTTP {status}). Connect it again.")


def _json(response: requests.Response) -> Any:
    if not response.content or "json" not in response.headers.get("Content-Type", ""):
        return None
    try:
        return storable_json(response.json())
    except (ValueError, RecursionError):
        raise CalendarUnavailableError("The calendar's response can't be read.") from None


def retry_after(value: str) -> timedelta | None:
    """Returns the seconds in the Retry-After header. Ignores a date."""
    text = value.strip()
    if not (text.isascii() and text.isdigit()):
        return None
    # Nine digits are more than LONGEST_WAIT. A longer number can be too large for a timedelta.
    return min(timedelta(seconds=int(text[:9])), LONGEST_WAIT)
