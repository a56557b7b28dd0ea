"""Converts an RSGI request to a WSGI environ."""

import io
import sys
from typing import TYPE_CHECKING, Any

from web.rsgi.protocol import Scope

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

CONSTANT: dict[str, Any] = {
    "SCRIPT_NAME": "",
    "SERVER_SOFTWARE": "Granian",
    "wsgi.version": (1, 0),
    "wsgi.multithread": True,
    "wsgi.multiprocess": False,
    "wsgi.run_once": False,
    "wsgi.input_terminated": True,
}
# The web server has removed the framing, so the length of a chunked body is known.
FRAMING = frozenset({"content-length", "content-type", "transfer-encoding"})


def environ_of(scope: Scope, body: io.IOBase, length: int) -> "WSGIEnvironment":
    """Returns the environ. CONTENT_LENGTH is `length`, which exceeds the size of a body that is rejected unread."""
    server, _, port = scope.server.rpartition(":")
    return {
        **CONSTANT,
        **_headers(scope),
        "REQUEST_METHOD": scope.method,
        # PEP 3333 requires one character for each byte.
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": server.strip("[]"),
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "CONTENT_LENGTH": str(length),
        "CONTENT_TYPE": scope.headers.get("content-type", "") or "",
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
    }


def _headers(scope: Scope) -> dict[str, str]:
    """Joins repeated headers.

    Drops names with an underscore, because they could imitate names with a hyphen.
    """
    found: dict[str, str] = {}
    for name, value in scope.headers.items():
        if name not in FRAMING and "_" not in name:
            variable = "HTTP_" + name.upper().replace("-", "_")
            separator = "; " if name == "cookie" else ","
            found[variable] = found[variable] + separator + value if variable in found else value
    return found
