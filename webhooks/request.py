"""An incoming request. Each part is read and validated at its first use."""

from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from flask import Request
from werkzeug.datastructures import Headers
from werkzeug.exceptions import RequestEntityTooLarge

# Before Python 3.12, functools.cached_property has one lock for all instances.
# With that lock, a slow body would block all requests.
from werkzeug.utils import cached_property

from providers.strict_json import strict_json
from settings.web import WebSettings
from webhooks.web_dependencies import WebDependencies

FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 200


class IncomingRequest:
    """A request, of which at most `largest_body` bytes are read, and the dependencies for handling it."""

    event: Any = None
    """The event in a signed webhook. The authentication sets this attribute."""

    def __init__(self, request: Request, dependencies: WebDependencies, *, largest_body: int) -> None:
        self._request = request
        self.dependencies = dependencies
        self._largest_body = largest_body

    @property
    def settings(self) -> WebSettings:
        return self.dependencies.settings

    @property
    def headers(self) -> Headers:
        return self._request.headers

    @property
    def headers_by_name(self) -> dict[str, str]:
        """The headers, with names in lower case."""
        return {name.lower(): value for name, value in self.headers.items()}

    @cached_property
    def body(self) -> bytes:
        """The whole body, even if it is chunked. Raises RequestEntityTooLarge."""
        # werkzeug silently truncates a body of unknown length at the limit. Reading one more byte shows whether the
        # body is longer.
        self._request.max_content_length = self._largest_body + 1
        body = self._request.get_data(parse_form_data=False)
        if len(body) > self._largest_body:
            raise RequestEntityTooLarge
        return body

    @property
    def is_form(self) -> bool:
        return self._request.mimetype == FORM

    @cached_property
    def form(self) -> dict[str, list[str]]:
        """All values of each name, in order, or an empty dict if the body is not a form. Raises
        RequestEntityTooLarge.

        Invalid UTF-8 becomes U+FFFD. All other values stay unchanged, because the signature covers the whole form.
        """
        if not self.is_form:
            return {}
        try:
            pairs = parse_qsl(
                self.body.decode("utf-8", "replace"),
                keep_blank_values=True,
                errors="replace",
                max_num_fields=MOST_FIELDS,
            )
        except ValueError:
            raise RequestEntityTooLarge from None
        values: dict[str, list[str]] = {}
        for name, value in pairs:
            values.setdefault(name, []).append(value)
        return values

    @cached_property
    def json_object(self) -> dict[str, Any] | None:
        """The JSON object in the body, or None for other JSON, invalid JSON or an object with a repeated name."""
        try:
            value = strict_json(self.body)
        except (ValueError, RecursionError):
            return None
        return value if isinstance(value, dict) else None

    @property
    def path(self) -> str:
        return self._request.path

    @property
    def query(self) -> str:
        """The query as sent, without the question mark."""
        return self._request.query_string.decode("latin-1")

    def path_id(self, name: str) -> str:
        """Returns the part of the path with this name."""
        return str((self._request.view_args or {}).get(name, ""))


def as_uuid(text: str) -> UUID | None:
    """Parses an id in the usual format. Returns None for other formats that Python accepts, such as braces."""
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text.lower() else None
