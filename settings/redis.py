"""Where Redis is: the broker, the slot locks and the cooldowns."""

from typing import Annotated

from pydantic import Field, SecretStr, field_validator

from settings.environment import FromEnvironment
from settings.fields import Secret, with_password


class RedisSettings(FromEnvironment):
    """Every process that rings or hears a bell."""

    redis_url: Annotated[Secret, with_password] = Field(
        SecretStr("redis://127.0.0.1:6379/0"),
        description="Redis 6.2 or later: redis://:password@host:6379/0.",
    )
    redis_timeout_seconds: float = Field(
        0.5, gt=0, le=10, description="How long a gate or a bell waits for Redis before going on without it."
    )

    @field_validator("redis_url")
    @classmethod
    def _names_tcp(cls, value: SecretStr) -> SecretStr:
        # kombu refuses unix:// and redis-py refuses redis+socket://, so only TCP works for both.
        if not value.get_secret_value().startswith(("redis://", "rediss://")):
            raise ValueError("must be a TCP address: redis://host:6379/0 or rediss://host:6379/0")
        return value
