"""Twilio's HTTP client with a configurable URL, timeouts and pool. It does not log phone numbers."""

from typing import Any
from urllib.parse import urlsplit, urlunsplit

from twilio.http.http_client import TwilioHttpClient  # type: ignore[import-untyped]
from twilio.http.response import Response  # type: ignore[import-untyped]

from providers.connections import pooled_session
from settings.twilio import TwilioSettings


class PooledTwilioHttpClient(TwilioHttpClient):  # type: ignore[misc]
    """Sends every request to TWILIO_API_URL, regardless of the host that the SDK chooses."""

    def __init__(self, settings: TwilioSettings) -> None:
        super().__init__(pool_connections=False)
        self.session = pooled_session(settings.twilio_api_url, settings.twilio_connections)
        self.timeout = (settings.twilio_connect_timeout_seconds, settings.twilio_read_timeout_seconds)
        self._base = urlsplit(settings.twilio_api_url)

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        """Sends a request of the SDK to TWILIO_API_URL."""
        parts = urlsplit(url)
        address = (self._base.scheme, self._base.netloc, self._base.path + parts.path, parts.query, "")
        return super().request(method, urlunsplit(address), *args, **kwargs)

    def log_request(self, kwargs: dict[str, Any]) -> None:
        """Does nothing, because the SDK would log the query with full phone numbers."""

    def log_response(self, status_code: int, response: object) -> None:
        """Does nothing, for the same reason as `log_request`."""
