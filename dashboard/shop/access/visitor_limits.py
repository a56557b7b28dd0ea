"""Limits how often an IP address can request and enter codes, accept invitations, and change waiting-list entries.

All web processes share the counts in Redis. While Redis is unavailable, each process counts in memory.
In addition, `db.access.otp_codes` and `db.waitlist.join_requests` limit codes in Postgres.
"""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import structlog
from flask import Flask, request
from flask_limiter import Limiter
from redis.backoff import NoBackoff
from redis.retry import Retry

from dashboard.page_dependencies import PageDependencies
from settings.redis import RedisSettings

log = structlog.get_logger()

LIMITS: dict[str, str] = {
    "sign_in.send": "60 per 10 minutes",
    "sign_in.check": "120 per 10 minutes",
    "invitations.confirm": "60 per 10 minutes",
    "join.send": "30 per 10 minutes",
    "join.check": "60 per 10 minutes",
    "waitlist_entry.change": "60 per 10 minutes",
}
"""The limit of each view."""

REDIS_OPTIONS: dict[str, object] = {
    "socket_timeout": 0.5,
    "socket_connect_timeout": 0.5,
    "retry": Retry(NoBackoff(), 0),
}
"""Timeouts in seconds. Commands are not retried."""

IPV6_PREFIX = 64
"""The length of the prefix that an internet provider assigns to one customer (RFC 6177)."""

UNREADABLE = "unreadable"


def install(app: Flask) -> None:
    """Adds the limits to the views, which must already be registered."""
    dependencies: PageDependencies = app.extensions["dependencies"]
    address: str = "memory://"
    options: dict[str, object] = {}
    if redis := dependencies.rate_limits:
        address, options = storage(redis)
    limiter = Limiter(
        visitor,
        app=app,
        storage_uri=address,
        storage_options=options,  # type: ignore[arg-type]
        strategy="moving-window",
        key_prefix="sign_in",
        in_memory_fallback_enabled=True,
    )
    for view, limit in LIMITS.items():
        app.view_functions[view] = limiter.limit(limit)(app.view_functions[view])  # type: ignore[assignment]
    app.before_request(ProxyWarning(dependencies.settings.trusted_proxies).check)


def storage(redis: RedisSettings) -> tuple[str, dict[str, object]]:
    """Returns the address and the options in the format of the `limits` library."""
    address = redis.address
    if not address.group:
        return redis.redis_url.get_secret_value(), REDIS_OPTIONS | redis.tls
    login = {"username": address.username, "password": address.password, "db": address.database}
    options = {name: value for name, value in login.items() if value} | REDIS_OPTIONS
    return f"redis+sentinel://{address.named}/{address.group}", {
        **options,
        **({"ssl": True, **redis.tls} if redis.tls else {}),
        "sentinel_kwargs": redis.sentinel_options(**REDIS_OPTIONS),
        # Replicas lag behind the primary, so their counts would be too low.
        "use_replicas": False,
    }


def visitor() -> str:
    """Returns the IPv4 address of the client behind the trusted proxies, or its IPv6 /64 network."""
    address = _read(request.remote_addr or "")
    if address is None:
        return UNREADABLE
    if isinstance(address, IPv6Address):
        return str(IPv6Network((int(address), IPV6_PREFIX), strict=False))
    return str(address)


def _read(text: str) -> IPv4Address | IPv6Address | None:
    """Parses an address with or without a port: 192.0.2.1:4711, [2001:db8::1]:4711."""
    host = text.partition("]")[0].removeprefix("[") if text.startswith("[") else text
    host = host.partition(":")[0] if host.count(":") == 1 else host
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


class ProxyWarning:
    """Warns once that all clients of a proxy share one limit.

    `trusted`: the number of trusted proxies, each of which appends an address to X-Forwarded-For.
    """

    def __init__(self, trusted: int) -> None:
        self._trusted = trusted
        self._given = False

    def check(self) -> None:
        header = request.headers.get("X-Forwarded-For", "")
        addresses = sum(bool(address.strip()) for address in header.split(","))
        if not self._given and self._trusted == 0 and addresses > 0:
            self._given = True
            log.warning("proxy_not_trusted", fix="If the proxy is yours, set TRUSTED_PROXIES.")
        if not self._given and addresses < self._trusted:
            self._given = True
            fix = "Let each proxy append the client address to X-Forwarded-For, or lower TRUSTED_PROXIES."
            log.warning("client_address_missing", trusted_proxies=self._trusted, addresses=addresses, fix=fix)
