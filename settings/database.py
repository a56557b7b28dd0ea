"""Where Postgres is and how patient we are with it."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr, field_validator

from settings.environment import FromEnvironment, lower_case
from settings.fields import NO_SUCH_PORT, Secret, has_a_port_that_can_be

SCHEMES = ("postgresql://", "postgresql+psycopg://", "postgres://")


class DatabaseSettings(FromEnvironment):
    """Every process that remembers anything."""

    database_url: Secret = Field(
        SecretStr(""), description="Postgres 15 or later: postgresql://user:password@host:5432/name."
    )
    database_pool_size: int = Field(
        20,
        ge=2,
        le=200,
        description="The most connections a process opens. The web keeps half for webhooks and half for pages.",
    )
    database_pooler: Annotated[Literal["none", "pgbouncer"], BeforeValidator(lower_case)] = Field(
        "none",
        description="What DATABASE_URL leads to: none for Postgres itself, pgbouncer for PgBouncer in either mode.",
    )

    @field_validator("database_url")
    @classmethod
    def _names_postgres(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith(SCHEMES):
            raise ValueError("is not set to a Postgres address; set it to postgresql://user:password@host:5432/name")
        if not has_a_port_that_can_be(value.get_secret_value()):
            raise ValueError(NO_SUCH_PORT)
        return value
