"""Runs all groups of checks in order. Skips groups whose requirements have failed."""

from collections.abc import Iterator

from redis.exceptions import RedisError
from requests import RequestException
from sqlalchemy.exc import SQLAlchemyError

from cli.doctor import (
    configuration_checks,
    endpoint_checks,
    host_checks,
    postgres_checks,
    process_checks,
    provider_checks,
    redis_checks,
    schema_checks,
    shop_checks,
    stuck_work_checks,
    worker_checks,
)
from cli.doctor.findings import Check, Finding, FindingGroup, failure, skipped
from cli.doctor.postgres_refusals import DISK_FULL
from cli.doctor.target import CheckTarget
from db.unavailable import is_disk_full

GROUPS = (
    FindingGroup(
        "Settings",
        (
            configuration_checks.each_setting,
            configuration_checks.misspelt,
            configuration_checks.endpoint_secrets,
            configuration_checks.key_modes,
            configuration_checks.one_environment,
            configuration_checks.rotation,
        ),
    ),
    FindingGroup("Postgres", (postgres_checks.reach,)),
    FindingGroup(
        "Postgres server and schema",
        (
            postgres_checks.server,
            postgres_checks.space,
            postgres_checks.limits,
            postgres_checks.connections,
            postgres_checks.clocks,
            schema_checks.rights,
            schema_checks.migrations,
            schema_checks.guards,
            schema_checks.months,
        ),
        ("postgres",),
    ),
    FindingGroup("Redis", (redis_checks.reach,)),
    FindingGroup("Redis server", (redis_checks.server,), ("redis",)),
    FindingGroup("Processes", (process_checks.running,), ("schema",)),
    FindingGroup("Workers and beat", (worker_checks.canaries, worker_checks.beat), ("schema", "redis")),
    FindingGroup(
        "Work",
        (
            stuck_work_checks.tasks,
            stuck_work_checks.webhooks,
            stuck_work_checks.deliveries,
            stuck_work_checks.reconciled,
            stuck_work_checks.invariants_hold,
            stuck_work_checks.money,
        ),
        ("schema",),
    ),
    FindingGroup("Shops", (shop_checks.shops,), ("schema",)),
    FindingGroup("Endpoints", (endpoint_checks.reach,)),
    FindingGroup("Signatures", (endpoint_checks.twilio, endpoint_checks.stripe), ("endpoints", "schema")),
    FindingGroup("Twilio and Stripe", (provider_checks.twilio, provider_checks.stripe)),
    FindingGroup(
        "Machine", (host_checks.disk, host_checks.metrics_folder, host_checks.metrics_port, host_checks.flower)
    ),
)
REQUIREMENTS = {
    "postgres": "Postgres",
    "schema": "the newest schema",
    "redis": "Redis",
    "endpoints": "the web process",
}
SERVER_ERRORS = (SQLAlchemyError, RedisError, RequestException, OSError)


def examine(
    target: CheckTarget, groups: tuple[FindingGroup, ...] = GROUPS
) -> Iterator[tuple[FindingGroup, list[Finding]]]:
    """Yields each group with its findings. Converts server errors to findings."""
    for group in groups:
        lacking = [REQUIREMENTS[need] for need in group.needs if need not in target.well]
        if lacking:
            yield group, [skipped(f"skipped.{group.title}", f"not checked: requires {' and '.join(lacking)}")]
        else:
            yield group, [finding for check in group.checks for finding in _tried(check, target)]


def _tried(check: Check, target: CheckTarget) -> list[Finding]:
    try:
        return list(check(target))
    except SERVER_ERRORS as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        if is_disk_full(error):
            return [failure("postgres.disk_full", f"Postgres can't write: {reason}", DISK_FULL)]
        fix = "Fix this first, then run: slots doctor"
        return [failure(f"unexpected.{check.__name__}", f"this check failed: {reason}", fix)]
