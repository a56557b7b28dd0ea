"""Redis: reachable, new enough, and set up as a broker has to be, so that it loses and evicts nothing."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import SplitResult, urlsplit

from redis import Redis
from redis.exceptions import AuthenticationError, RedisError, ResponseError

from cli.doctor.findings import Finding, failure, ok, skipped, warning
from cli.doctor.listening import silence
from cli.doctor.target import Patient
from outbox.broker_connection import connect
from settings.redis import RedisSettings

OLDEST = (6, 2)
PATIENCE_SECONDS = 3.0
FULL = 0.9
REFUSES = (AuthenticationError, ResponseError)
"""Answers of a server that is there: another password, another database number, a user without the right."""

CERTIFICATE = (
    "Set REDIS_CA_FILE to the CA that signed it, and the host in REDIS_URL to a name that the certificate has."
)


def reach(patient: Patient) -> Iterator[Finding]:
    settings = patient.settings(RedisSettings)
    if settings is None:
        yield skipped("redis.reach", "REDIS_URL has to be mended first")
        return
    where = urlsplit(settings.redis_url.get_secret_value())
    # Protocol 2 any version speaks: an old one would refuse the newer greeting without saying how old it is.
    redis = connect(settings, timeout=PATIENCE_SECONDS, protocol=2)
    try:
        redis.ping()
    except REFUSES as refused:
        said = f"Redis does not let us in: {refused}"
        yield failure("redis.refuses_us", said, "Mend user, password and database number in REDIS_URL.")
    except (RedisError, OSError) as trouble:
        yield _unreachable(where, trouble)
    else:
        patient.redis = redis
        patient.well.add("redis")
        yield ok("redis.reach", "Redis answers")


def _unreachable(url: SplitResult, trouble: Exception) -> Finding:
    """What failed below Redis' own protocol: TLS, or the connection itself."""
    where = f"{url.hostname}:{url.port or 6379}"
    if "certificate" in str(trouble):
        return failure("redis.certificate", f"the certificate of {where} is refused: {trouble}", CERTIFICATE)
    if url.scheme == "rediss" and silence(url.hostname, url.port or 6379, PATIENCE_SECONDS) is None:
        said = f"{where} accepts connections and speaks no TLS ({trouble})"
        return failure("redis.tls", said, "Set REDIS_URL to the port that speaks TLS, or to redis:// if none does.")
    said = f"nothing answers at {where} ({type(trouble).__name__})"
    fix = "Start Redis, or mend REDIS_URL. Nothing is lost meanwhile: slots drain does what is due without it."
    return failure("redis.unreachable", said, fix)


def server(patient: Patient) -> Iterator[Finding]:
    assert patient.redis is not None  # noqa: S101 - the group says that it needs it
    about: dict[str, Any] = patient.redis.info("everything")
    yield _version(str(about.get("redis_version", "0")))
    if int(about.get("cluster_enabled", 0)):
        said = "this is Redis Cluster: Celery's messages need keys of several slots in one command, which it refuses"
        yield failure("redis.cluster", said, "Point REDIS_URL at a Redis with cluster mode off.")
    yield _policy(str(about.get("maxmemory_policy", "")))
    yield _persistence(patient.redis, about)
    if about.get("role") == "slave":
        fix = "Point REDIS_URL at the primary, or: redis-cli REPLICAOF NO ONE"
        yield failure("redis.replica", "this Redis is a replica: it takes no messages", fix)
    limit, used = int(about.get("maxmemory", 0)), int(about.get("used_memory", 0))
    if limit and used > FULL * limit:
        said = f"Redis uses {used / limit:.0%} of its memory limit; once full, every bell is refused"
        yield failure("redis.memory", said, "Raise maxmemory, and see what fills it: redis-cli --bigkeys")


def _version(version: str) -> Finding:
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())
    if numbers < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        return failure("redis.version", f"this is Redis {version}", f"Upgrade to Redis {oldest} or later, or Valkey.")
    return ok("redis.version", f"Redis {version} (or what speaks like it)")


def _policy(policy: str) -> Finding:
    if policy != "noeviction":
        said = f"Redis may throw messages away when memory is short (maxmemory-policy is {policy or 'unknown'})"
        fix = "redis-cli CONFIG SET maxmemory-policy noeviction, and the same in redis.conf."
        return failure("redis.eviction", said, fix)
    return ok("redis.eviction", "it evicts nothing")


def _persistence(redis: "Redis", about: dict[str, Any]) -> Finding:
    """The append-only file; snapshots are the lesser of the two, but something."""
    if int(about.get("aof_enabled", 0)):
        return ok("redis.persistence", "it keeps its data over a restart (append-only file)")
    fix = "redis-cli CONFIG SET appendonly yes, and the same in redis.conf. A restart then costs nothing."
    try:
        snapshots = redis.config_get("save").get("save", "")
    except RedisError:
        said = "Redis keeps no append-only file, and does not tell whether it takes snapshots"
        return warning("redis.persistence", said, fix)
    if snapshots:
        return warning("redis.persistence", f"Redis only takes snapshots ({snapshots})", fix)
    said = "Redis keeps nothing over a restart: everything in its queues would wait for the next sweep"
    return failure("redis.persistence", said, fix)
