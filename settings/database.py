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
    database_pool_size: int = Field(
        32, ge=1, le=200, description="The most connections a process opens, one for each thing it does at once."
    )

    @field_validator("database_url")
    @classmethod
    def _names_postgres(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith(SCHEMES):
            raise ValueError("is not set to a Postgres address; set it to postgresql://user:password@host:5432/name")
        return value
