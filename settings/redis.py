"""Where Redis is: the broker, the slot locks and the cooldowns."""

import ssl
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qs, urlsplit

from pydantic import AfterValidator, Field, SecretStr, field_validator

from settings.environment import FromEnvironment
from settings.fields import NO_SUCH_PORT, OptionalText, Secret, has_a_port_that_can_be, with_password


def _is_ca_file(value: str | None) -> str | None:
    """Raises ValueError for what TLS could not use: better at the start than at the first publish."""
    if value is None:
        return None
    if not Path(value).is_file():
        raise ValueError("is not a file that can be read here; set it to the CA certificate in PEM format")
    try:
        ssl.create_default_context(cafile=value)
    except OSError:
        raise ValueError("holds no CA certificate in PEM format") from None
    return value


CaFile = Annotated[OptionalText, AfterValidator(_is_ca_file)]


class RedisSettings(FromEnvironment):
    """Every process that rings or hears a bell."""

    redis_url: Annotated[Secret, with_password] = Field(
        SecretStr("redis://127.0.0.1:6379/0"),
        description="Redis 6.2 or later: redis://:password@host:6379/0, or with TLS: rediss://:password@host:6379/0.",
    )
    redis_ca_file: CaFile = Field(
        None,
        description="CA (PEM) that signed the certificate of a rediss:// server, where no CA of the system did.",
    )
    redis_timeout_seconds: float = Field(
        0.5, gt=0, le=10, description="How long a gate or a bell waits for Redis before going on without it."
    )

    @field_validator("redis_url")
    @classmethod
    def _names_tcp(cls, value: SecretStr) -> SecretStr:
        address = value.get_secret_value()
        # kombu refuses unix:// and redis-py refuses redis+socket://, so only TCP works for both.
        if not address.startswith(("redis://", "rediss://")):
            raise ValueError("must be a TCP address: redis://host:6379/0 or rediss://host:6379/0")
        if not has_a_port_that_can_be(address):
            raise ValueError(NO_SUCH_PORT)
        # kombu, redis-py and Flower read TLS options from an address in different ways, or not at all.
        if any(name.startswith("ssl") for name in parse_qs(urlsplit(address).query, keep_blank_values=True)):
            raise ValueError("must have no ssl_... options; rediss:// says it all, and REDIS_CA_FILE names a CA")
        return value

    @property
    def tls(self) -> dict[str, object]:
        """Options of redis-py, kombu (`broker_use_ssl`) and Flower alike; empty for a plain redis:// address.

        The certificate and its host name are always verified: with the system's CAs, and the given one.
        """
        if not self.redis_url.get_secret_value().startswith("rediss://"):
            return {}
        verified: dict[str, object] = {"ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_check_hostname": True}
        return verified | ({"ssl_ca_certs": self.redis_ca_file} if self.redis_ca_file else {})
