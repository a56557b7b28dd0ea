"""The connection to Redis, which is used for the broker, slot locks and cooldowns."""

import ssl
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr, field_validator

from settings.environment import FromEnvironment
from settings.redis_address import RedisAddress, parse
from settings.setting_types import OptionalText, Secret, with_password


def _is_ca_file(value: str | None) -> str | None:
    """Raises ValueError for an unusable file at start-up, so that the error does not occur at the first publish."""
    if value is None:
        return None
    if not Path(value).is_file():
        raise ValueError("is not a file that can be read here; set it to the CA certificate in PEM format")
    try:
        ssl.create_default_context(cafile=value)
    except OSError:
        raise ValueError("contains no CA certificate in PEM format") from None
    return value


CaFile = Annotated[OptionalText, AfterValidator(_is_ca_file)]


class RedisSettings(FromEnvironment):
    """Every process that publishes or consumes Celery messages uses this connection."""

    redis_url: Annotated[Secret, with_password] = Field(
        SecretStr("redis://127.0.0.1:6379/0"),
        description=(
            "Redis 6.2 or later: redis://:password@host:6379/0, or rediss://... for TLS. Sentinel: "
            "sentinel://:password@host1:26379,host2:26379/0?master_name=mymaster, or sentinels:// for TLS; "
            "sentinel_username and sentinel_password are for the Sentinels. Redis Cluster is rejected."
        ),
    )
    redis_ca_file: CaFile = Field(
        None,
        description="CA certificate file (PEM) for a TLS server whose CA the system does not trust.",
    )
    redis_timeout_seconds: float = Field(
        0.5,
        gt=0,
        le=10,
        description="Timeout of a request to Redis, in seconds. After a timeout, work continues without Redis.",
    )

    @field_validator("redis_url")
    @classmethod
    def _can_be_used(cls, value: SecretStr) -> SecretStr:
        parse(value.get_secret_value())
        return value

    @property
    def address(self) -> RedisAddress:
        """The parsed REDIS_URL."""
        return parse(self.redis_url.get_secret_value())

    @property
    def tls(self) -> dict[str, object]:
        """The TLS options for redis-py, kombu (`broker_use_ssl`) and Flower, or an empty dict without TLS.

        The certificate and its host name are always verified against the system's CAs and REDIS_CA_FILE.
        """
        if not self.address.tls:
            return {}
        verified: dict[str, object] = {"ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_check_hostname": True}
        return verified | ({"ssl_ca_certs": self.redis_ca_file} if self.redis_ca_file else {})

    @property
    def broker_url(self) -> str:
        """The address in kombu's format."""
        return self.address.kombu_url() if self.address.group else self.redis_url.get_secret_value()

    def sentinel_options(self, **connection: object) -> dict[str, object]:
        """Returns the options for connections to the Sentinels: login, TLS and `connection`."""
        return {**self.address.sentinel_login, **({"ssl": True, **self.tls} if self.tls else {}), **connection}
