"""The connection to Redis: broker, slot locks and cooldowns."""

import ssl
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qs, urlsplit

from pydantic import AfterValidator, Field, SecretStr, field_validator

from settings.environment import FromEnvironment
from settings.fields import INVALID_PORT, OptionalText, Secret, has_valid_port, with_password


def _is_ca_file(value: str | None) -> str | None:
    """Raises ValueError for an unusable file, at start-up instead of at the first publish."""
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
    """Read by every process that publishes or consumes Celery messages."""

    redis_url: Annotated[Secret, with_password] = Field(
        SecretStr("redis://127.0.0.1:6379/0"),
        description="Redis 6.2 or later: redis://:password@host:6379/0, or with TLS: rediss://:password@host:6379/0.",
    )
    redis_ca_file: CaFile = Field(
        None,
        description="CA certificate (PEM) for a rediss:// server whose certificate no system CA has signed.",
    )
    redis_timeout_seconds: float = Field(
        0.5,
        gt=0,
        le=10,
        description="Timeout of a request to Redis, in seconds; after it, work continues without Redis.",
    )

    @field_validator("redis_url")
    @classmethod
    def _names_tcp(cls, value: SecretStr) -> SecretStr:
        address = value.get_secret_value()
        # kombu refuses unix:// and redis-py refuses redis+socket://, so only TCP works for both.
        if not address.startswith(("redis://", "rediss://")):
            raise ValueError("must be a TCP address: redis://host:6379/0 or rediss://host:6379/0")
        if not has_valid_port(address):
            raise ValueError(INVALID_PORT)
        # kombu, redis-py and Flower read TLS options in a URL differently, or not at all.
        if any(name.startswith("ssl") for name in parse_qs(urlsplit(address).query, keep_blank_values=True)):
            raise ValueError("must have no ssl_... options; use rediss:// and REDIS_CA_FILE instead")
        return value

    @property
    def tls(self) -> dict[str, object]:
        """TLS options for redis-py, kombu (`broker_use_ssl`) and Flower; empty for redis://.

        The certificate and its host name are always verified, against the system's CAs and REDIS_CA_FILE.
        """
        if not self.redis_url.get_secret_value().startswith("rediss://"):
            return {}
        verified: dict[str, object] = {"ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_check_hostname": True}
        return verified | ({"ssl_ca_certs": self.redis_ca_file} if self.redis_ca_file else {})
