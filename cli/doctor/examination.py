"""The examination: all groups of checks in their order, each only when what it needs is well."""

from collections.abc import Iterator

from redis.exceptions import RedisError
from requests import RequestException
from sqlalchemy.exc import SQLAlchemyError

from cli.doctor import companies, configuration, doors, machine, postgres, redis_server, schema, shops, work, workers
from cli.doctor.findings import Check, Finding, Group, failure, skipped
from cli.doctor.patient import Patient

GROUPS = (
    Group(
        "Settings",
        (
            configuration.each_setting,
            configuration.misspelt,
            configuration.doors,
            configuration.key_modes,
            configuration.one_world,
            configuration.rotation,
        ),
    ),
    Group("Postgres", (postgres.reach,)),
    Group(
        "Postgres, inside",
        (
            postgres.server,
            postgres.limits,
            postgres.connections,
            postgres.clocks,
            schema.rights,
            schema.migrations,
            schema.guards,
        ),
        ("postgres",),
    ),
    Group("Redis", (redis_server.reach,)),
    Group("Redis, inside", (redis_server.server,), ("redis",)),
    Group("Workers and beat", (workers.canaries, workers.beat), ("schema", "redis")),
    Group("Work to be done", (work.tasks, work.webhooks, work.reconciled, work.promises, work.money), ("schema",)),
    Group("Shops", (shops.shops,), ("schema",)),
    Group("Doors", (doors.reach,)),
    Group("Signatures", (doors.twilio, doors.stripe), ("doors", "schema")),
    Group("Twilio and Stripe", (companies.twilio, companies.stripe)),
    Group("Machine", (machine.disk, machine.metrics_port, machine.flower)),
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
