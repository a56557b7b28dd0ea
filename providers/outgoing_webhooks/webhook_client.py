"""Sends a signed event to a URL and returns the response. A receiver can't cause an exception."""

import datetime as dt
import http.client
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from domain.webhook_retries import retry_after
from providers.allowed_addresses import AddressNotAllowedError, destination_of
from providers.outgoing_webhooks import signatures
from providers.outgoing_webhooks.pinned_connection import Deadline, PinnedConnection

ANSWER_WITHIN_SECONDS = 15.0
KEPT_BYTES = 1024
"""The number of bytes of each response that are stored."""
READ_BYTES = 16 * 1024
"""The maximum number of bytes read from a response. If the response is longer, the connection is closed."""
USER_AGENT = "slot-recovery (+standard-webhooks)"

BROKEN_BEFORE_AN_ANSWER = (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError, ssl.SSLEOFError)


@dataclass(frozen=True, slots=True)
class SignedMessage:
    """An event to send. Each of the `secrets` adds a signature."""

    id: str
    body: str
    secrets: Sequence[str]


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """An attempt. `error`: a sentence, or None after a response. `answer`: the response's first KiB, as text."""

    at: dt.datetime
    duration_ms: int
    status_code: int | None = None
    answer: str = ""
    error: str | None = None
    retry_after: dt.timedelta | None = None


class WebhookClient:
    """Sends messages to one URL, over a single connection if possible. This class is not thread-safe."""

    def __init__(
        self,
        url: str,
        *,
        allow_loopback: bool,
        seconds: float = ANSWER_WITHIN_SECONDS,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._url, self._allow_loopback = url, allow_loopback
        self._seconds, self._now = seconds, now
        self._deadline = Deadline()
        self._connection: PinnedConnection | None = None

    def send(self, message: SignedMessage) -> AttemptResult:
        """Sends the message. Sends it again if the receiver had already closed the connection."""
        at, began = self._now(), time.monotonic()

        def took() -> int:
            return round((time.monotonic() - began) * 1000)

        try:
            answer, body = self._exchange(message, at)
        except AddressNotAllowedError as refused:
            self.close()
            return AttemptResult(at, took(), error=str(refused))
        except TimeoutError:
            self.close()
            return AttemptResult(at, took(), error=f"No response within {self._seconds:g} seconds.")
        except ssl.SSLCertVerificationError as error:
            self.close()
            return AttemptResult(at, took(), error=f"The certificate is not valid: {error.verify_message}.")
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            return AttemptResult(at, took(), error=f"The connection failed ({type(error).__name__}).")
        wait = retry_after(answer.headers.get("Retry-After"), now=at)
        return AttemptResult(at, took(), answer.status, _text(body), None, wait)

    def _exchange(self, message: SignedMessage, at: dt.datetime) -> tuple[http.client.HTTPResponse, bytes]:
        body = message.body.encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": USER_AGENT,
            "Accept-Encoding": "identity",
            **signatures.headers(message.id, message.body, now=at, signing_secrets=message.secrets),
        }
        reused = self._connection is not None
        self._deadline.start(self._seconds)
        try:
            return self._request(body, headers)
        except BROKEN_BEFORE_AN_ANSWER:
            if not reused:
                raise
            self.close()
            return self._request(body, headers)

    def _request(self, body: bytes, headers: Mapping[str, str]) -> tuple[http.client.HTTPResponse, bytes]:
        connection = self._connection
        if connection is None:
            destination = destination_of(self._url, allow_loopback=self._allow_loopback)
            connection = PinnedConnection(destination, self._deadline, allow_loopback=self._allow_loopback)
            self._connection = connection
        host = {"Host": connection.destination.host_header}
        connection.request("POST", connection.destination.path, body, {**host, **headers})
        answer = connection.getresponse()
        read = answer.read(READ_BYTES)
        if not answer.isclosed() or answer.will_close:
            answer.close()
            self.close()
        return answer, read

    def failed(self, error: str) -> AttemptResult:
        """Returns the result for an attempt that could not be made."""
        return AttemptResult(self._now(), 0, error=error)

    def close(self) -> None:
        """Closes the connection. The next message opens a new connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _text(body: bytes) -> str:
    return body[:KEPT_BYTES].decode("utf-8", "replace").replace("\0", "\ufffd")
