"""Connection pools: one session per client, safe to share between threads."""

from urllib.parse import urlsplit

from requests import Session
from requests.adapters import HTTPAdapter

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def pooled_session(base_url: str, connections: int) -> Session:
    """Returns a session that keeps up to `connections` open and never retries.

    Create it after the fork: processes that share a socket read each other's responses.
    """
    session = Session()
    # Sending a text is not idempotent: an unknown outcome is reconciled, never retried by the transport.
    adapter = HTTPAdapter(pool_connections=2, pool_maxsize=connections, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    # A proxy from the environment does not reach the sandbox on loopback.
    session.trust_env = urlsplit(base_url).hostname not in LOOPBACK
    return session
