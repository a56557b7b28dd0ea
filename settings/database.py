"""Where Postgres is and how patient we are with it."""

from pydantic import Field, SecretStr, field_validator

from settings.environment import FromEnvironment
from settings.fields import Secret

SCHEMES = ("postgresql://", "postgresql+psycopg://", "postgres://")


class DatabaseSettings(FromEnvironment):
    """Every process that remembers anything."""

    database_url: Secret = Field(
        SecretStr(""), description="Postgres 15 or later: postgresql://user:password@host:5432/name."
    )
    database_pool_size: int = Field(5, ge=1, le=200, description="Connections a process keeps open.")
    database_pool_overflow: int = Field(5, ge=0, le=200, description="Connections a process may open beyond those.")
    database_connect_timeout_seconds: int = Field(3, ge=1, description="How long to try to connect.")
    database_statement_timeout_ms: int = Field(10_000, ge=100, description="The longest a statement may run.")
    database_lock_timeout_ms: int = Field(3_000, ge=10, description="The longest a statement waits for a row's lock.")
    database_idle_transaction_timeout_ms: int = Field(
        30_000, ge=100, description="How long an open transaction may do nothing before Postgres ends it."
    )

    @field_validator("database_url")
    @classmethod
    def _names_postgres(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith(SCHEMES):
            raise ValueError("is not set to a Postgres address; set it to postgresql://user:password@host:5432/name")
        return value
