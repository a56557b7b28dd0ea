"""An HTTP client that connects only to this machine."""

import http.client
from urllib.parse import urlsplit

NAMES = {"localhost", "127.0.0.1", "::1"}
UNREACHABLE, UNANSWERED = -1, 0
LARGEST_ANSWER = 256 * 1024


def post(url: str, body: bytes, headers: dict[str, str], *, timeout: float) -> int:
    """Returns the HTTP status, UNREACHABLE if there is no connection, or UNANSWERED after `timeout` seconds."""
    return _ask("POST", url, body, headers, timeout)[0]


def get(url: str, *, timeout: float) -> bytes:
    """Returns the body of the response, which is empty after an error."""
    return _ask("GET", url, None, {}, timeout)[1]


def _ask(method: str, url: str, body: bytes | None, headers: dict[str, str], timeout: float) -> tuple[int, bytes]:
    parts = urlsplit(url)
    if parts.hostname not in NAMES:
        return UNREACHABLE, b""
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)
    try:
        connection.connect()
    except OSError:
        return UNREACHABLE, b""
    try:
        connection.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read(LARGEST_ANSWER)
    except (OSError, http.client.HTTPException):
        return UNANSWERED, b""
    finally:
        connection.close()
