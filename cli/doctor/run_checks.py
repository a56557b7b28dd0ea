"""The examination: all groups of checks in their order, each only when what it needs is well."""

from collections.abc import Iterator

from redis.exceptions import RedisError
from requests import RequestException
from sqlalchemy.exc import SQLAlchemyError

from cli.doctor import (
    configuration_checks,
    endpoint_checks,
    host_checks,
    postgres_checks,
    provider_checks,
    redis_checks,
    schema_checks,
    shop_checks,
    stuck_work_checks,
    worker_checks,
)
from cli.doctor.findings import Check, Finding, Group, failure, skipped
from cli.doctor.target import Patient

GROUPS = (
    Group(
        "Settings",
        (
            configuration_checks.each_setting,
            configuration_checks.misspelt,
            configuration_checks.doors,
            configuration_checks.key_modes,
            configuration_checks.one_world,
            configuration_checks.rotation,
        ),
    ),
    Group("Postgres", (postgres_checks.reach,)),
    Group(
        "Postgres, inside",
        (
            postgres_checks.server,
            postgres_checks.limits,
            postgres_checks.connections,
            postgres_checks.clocks,
            schema_checks.rights,
            schema_checks.migrations,
            schema_checks.guards,
        ),
        ("postgres",),
    ),
    Group("Redis", (redis_checks.reach,)),
    Group("Redis, inside", (redis_checks.server,), ("redis",)),
    Group("Workers and beat", (worker_checks.canaries, worker_checks.beat), ("schema", "redis")),
    Group(
        "Work to be done",
        (
            stuck_work_checks.tasks,
            stuck_work_checks.webhooks,
            stuck_work_checks.reconciled,
            stuck_work_checks.promises,
            stuck_work_checks.money,
        ),
        ("schema",),
    ),
    Group("Shops", (shop_checks.shops,), ("schema",)),
    Group("Doors", (endpoint_checks.reach,)),
    Group("Signatures", (endpoint_checks.twilio, endpoint_checks.stripe), ("doors", "schema")),
    Group("Twilio and Stripe", (provider_checks.twilio, provider_checks.stripe)),
    Group("Machine", (host_checks.disk, host_checks.metrics_port, host_checks.flower)),
)
WELL = {"postgres": "Postgres", "schema": "the newest schema", "redis": "Redis", "doors": "the web"}
TROUBLE = (SQLAlchemyError, RedisError, RequestException, OSError)


def examine(patient: Patient, groups: tuple[Group, ...] = GROUPS) -> Iterator[tuple[Group, list[Finding]]]:
    """Group by group, as they are done. Never raises for what a server does."""
    for group in groups:
        lacking = [WELL[need] for need in group.needs if need not in patient.well]
        if lacking:
            yield group, [skipped(f"skipped.{group.title}", f"not looked at: needs {' and '.join(lacking)}")]
        else:
            yield group, [finding for check in group.checks for finding in _tried(check, patient)]


def _tried(check: Check, patient: Patient) -> list[Finding]:
    try:
        return list(check(patient))
    except TROUBLE as error:
        why = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        fix = "Mend that first, then: slots doctor"
        return [failure(f"unexpected.{check.__name__}", f"this could not be looked at: {why}", fix)]
