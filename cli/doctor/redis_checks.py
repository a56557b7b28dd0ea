"""Checks that Redis can be reached, has a supported version, persists its data, and never evicts keys."""

from collections.abc import Iterator
from typing import Any

from redis import Redis
from redis.exceptions import AuthenticationError, RedisError, ResponseError
from redis.sentinel import MasterNotFoundError

from cli.doctor.findings import Finding, failure, ok, skipped, warning
from cli.doctor.listening import connection_error
from cli.doctor.target import CheckTarget
from outbox.broker_connection import connect
from settings.redis import RedisSettings
from settings.redis_address import RedisAddress

OLDEST = (6, 2)
PATIENCE_SECONDS = 3.0
FULL = 0.9
REFUSES = (AuthenticationError, ResponseError)
"""The errors of a reachable server: wrong password, wrong database number, or missing permission."""

CERTIFICATE = (
    "Renew it if it has expired. Otherwise set REDIS_CA_FILE to the CA that signed it, and use a host "
    "name of the certificate in REDIS_URL."
)

CANNOT_SAVE = "MISCONF"
"""The first word of the error that a server returns for all commands that write, and for PING."""

AS_WHOM = "Run this as the administrator of the Redis server; the user in REDIS_URL may lack permission."


def reach(target: CheckTarget) -> Iterator[Finding]:
    settings = target.settings(RedisSettings)
    if settings is None:
        yield skipped("redis.reach", "REDIS_URL must be fixed first")
        return
    # With protocol 2, which every version supports, even an unsupported server can report its version.
    redis = connect(settings, timeout=PATIENCE_SECONDS, protocol=2)
    try:
        redis.ping()
    except REFUSES as refused:
        yield _refusal(str(refused))
    except (RedisError, OSError) as trouble:
        yield _unreachable(settings.address, trouble)
    else:
        target.redis = redis
        target.well.add("redis")
        yield ok("redis.reach", "Redis responds")


def _refusal(reason: str) -> Finding:
    if reason.startswith(CANNOT_SAVE):
        message = f"Redis can't save its data, and refuses all messages: {reason}"
        fix = (
            "Free space on the Redis disk, or correct the permissions of its folder; its log has the error. It "
            "then accepts messages again, after snapshot errors once redis-cli BGSAVE succeeds. Until then, no task "
            "is lost. To run what is due: slots drain"
        )
        return failure("redis.cannot_save", message, fix)
    fix = "Fix the user, password and database number in REDIS_URL."
    return failure("redis.refuses_us", f"Redis rejects the login: {reason}", fix)


def _unreachable(address: RedisAddress, trouble: Exception) -> Finding:
    """Describes a failure of TLS, Sentinel or the connection."""
    where, kind = address.named, "Sentinel" if address.group else "Redis"
    listening = [server for server in address.servers if connection_error(*server, PATIENCE_SECONDS) is None]
    if "certificate" in str(trouble):
        return failure("redis.certificate", f"the certificate of {where} is invalid: {trouble}", CERTIFICATE)
    if isinstance(trouble, MasterNotFoundError) and listening and not address.tls:
        message = f"the Sentinels {where} know no reachable primary named {address.group}: {trouble}"
        fix = "Set master_name in REDIS_URL to a name that `SENTINEL MASTERS` lists; see sentinel_password too."
        return failure("redis.sentinel", message, fix)
    if address.tls and listening:
        message = f"{where} accepts connections without TLS ({trouble})"
        fix = "Set REDIS_URL to the TLS port. If there is none, use redis:// or sentinel://."
        return failure("redis.tls", message, fix)
    message = f"no response from {where} ({type(trouble).__name__})"
    fix = f"Start {kind}, or fix REDIS_URL. Until then, no task is lost. To run what is due: slots drain"
    return failure("redis.unreachable", message, fix)


def server(target: CheckTarget) -> Iterator[Finding]:
    assert target.redis is not None  # noqa: S101 - this group of checks requires Redis
    about: dict[str, Any] = target.redis.info("everything")
    yield _version(str(about.get("redis_version", "0")))
    if int(about.get("cluster_enabled", 0)):
        message = "this is Redis Cluster, which rejects Celery's commands because they use keys of several slots"
        yield failure("redis.cluster", message, "Set REDIS_URL to a server with cluster mode off.")
    yield _policy(str(about.get("maxmemory_policy", "")))
    yield _persistence(target.redis, about)
    if about.get("role") == "slave":
        fix = "Set REDIS_URL to the primary, or run: redis-cli REPLICAOF NO ONE"
        yield failure("redis.replica", "this Redis server is a replica, which rejects messages", fix)
    limit, used = int(about.get("maxmemory", 0)), int(about.get("used_memory", 0))
    if limit and used > FULL * limit:
        message = f"Redis uses {used / limit:.0%} of its memory limit; once it is full, no task can be published"
        yield failure("redis.memory", message, "Raise maxmemory. To find the largest keys: redis-cli --bigkeys")


def _version(version: str) -> Finding:
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())
    if numbers < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        return failure("redis.version", f"this is Redis {version}", f"Upgrade to Redis {oldest} or later, or Valkey.")
    return ok("redis.version", f"Redis {version} (or compatible)")


def _policy(policy: str) -> Finding:
    if policy != "noeviction":
        message = f"Redis may evict messages when memory is short (maxmemory-policy is {policy or 'unknown'})"
        fix = f"redis-cli CONFIG SET maxmemory-policy noeviction, and set it in redis.conf too. {AS_WHOM}"
        return failure("redis.eviction", message, fix)
    return ok("redis.eviction", "eviction is off")


def _persistence(redis: "Redis", about: dict[str, Any]) -> Finding:
    """Checks persistence. Warns if Redis uses snapshots instead of an append-only file."""
    if int(about.get("aof_enabled", 0)):
        return ok("redis.persistence", "data survives a restart (append-only file)")
    fix = f"redis-cli CONFIG SET appendonly yes, and set it in redis.conf too. {AS_WHOM}"
    try:
        snapshots = redis.config_get("save").get("save", "")
    except RedisError:
        message = "Redis has no append-only file, and its snapshot setting can't be read"
        return warning("redis.persistence", message, fix)
    if snapshots:
        return warning("redis.persistence", f"Redis only takes snapshots ({snapshots})", fix)
    message = "Redis loses its data at a restart, and all queued tasks would wait for the next sweep"
    return failure("redis.persistence", message, fix)
