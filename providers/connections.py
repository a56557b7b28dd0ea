"""Connection pools. Each client has one session, which threads can share."""

from urllib.parse import urlsplit

from requests import Session
from requests.adapters import HTTPAdapter

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def pooled_session(base_url: str, connections: int) -> Session:
    """Returns a session that keeps up to `connections` open and never retries.

    Create the session after the fork, because processes that share a socket read each other's responses.
    """
    session = Session()
    # The transport never retries, because sending a text is not idempotent. Unknown outcomes are reconciled.
    adapter = HTTPAdapter(pool_connections=2, pool_maxsize=connections, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    # A proxy from the environment could not reach the sandbox on loopback.
    session.trust_env = urlsplit(base_url).hostname not in LOOPBACK
    return session
