"""The connection to Postgres."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr, field_validator

from settings.environment import FromEnvironment, lower_case
from settings.servers import Server, servers_in, split_address
from settings.setting_types import Secret

SCHEMES = ("postgresql://", "postgresql+psycopg://", "postgres://")

WORKER_CONNECTIONS = 4
"""The maximum number of pooled connections of a worker process.

Its threads execute Python code one at a time, so more simultaneous transactions would only delay replies.
"""


class DatabaseSettings(FromEnvironment):
    """The connection settings of every process that uses the database."""

    database_url: Secret = Field(
        SecretStr(""),
        description=(
            "Postgres 15 or later: postgresql://user:password@host:5432/name. Add options as ?name=value, such as "
            "sslmode=verify-full&sslrootcert=/path. Several servers: "
            "postgresql://user:password@host1:5432,host2:5432/name?target_session_attrs=read-write."
        ),
    )
    database_pool_size: int = Field(
        20,
        ge=4,
        le=200,
        description=(
            "Maximum connections per process; a worker uses at most four of them. The web process reserves half for "
            "webhooks and a quarter each for pages and for the API."
        ),
    )
    database_pooler: Annotated[Literal["none", "pgbouncer"], BeforeValidator(lower_case)] = Field(
        "none",
        description="Pooler behind DATABASE_URL: none, or pgbouncer for PgBouncer in session or transaction mode.",
    )

    @field_validator("database_url")
    @classmethod
    def _names_postgres(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith(SCHEMES):
            raise ValueError("is not set to a Postgres address; set it to postgresql://user:password@host:5432/name")
        postgres_servers(value.get_secret_value())
        return value


def postgres_servers(url: str) -> tuple[Server, ...]:
    """Returns the servers in a DATABASE_URL; none for a Unix socket. Raises ValueError with a sentence."""
    _, hosts = split_address(url)
    return servers_in(hosts, default_port=5432) if hosts else ()
