"""Twilio's own HTTP client with our address, our time-outs and our pool, and without its logging of phone numbers."""

from typing import Any
from urllib.parse import urlsplit, urlunsplit

from twilio.http.http_client import TwilioHttpClient  # type: ignore[import-untyped]
from twilio.http.response import Response  # type: ignore[import-untyped]

from providers.connections import pooled_session
from settings.twilio import TwilioSettings


class PatientHttpClient(TwilioHttpClient):  # type: ignore[misc]
    """Sends every request to TWILIO_API_URL, whatever host, region or edge the SDK made up."""

    def __init__(self, settings: TwilioSettings) -> None:
        super().__init__(pool_connections=False)
        self.session = pooled_session(settings.twilio_api_url, settings.twilio_connections)
        self.timeout = (settings.twilio_connect_timeout_seconds, settings.twilio_read_timeout_seconds)
        self._base = urlsplit(settings.twilio_api_url)

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        """As the SDK asks, but at our address."""
        asked = urlsplit(url)
        address = (self._base.scheme, self._base.netloc, self._base.path + asked.path, asked.query, "")
        return super().request(method, urlunsplit(address), *args, **kwargs)

    def log_request(self, kwargs: dict[str, Any]) -> None:
        """Nothing: the SDK would log the query, and with it whole phone numbers."""

    def log_response(self, status_code: int, response: object) -> None:
        """Nothing, as above."""
