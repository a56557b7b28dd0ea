"""The base class of settings: reads the environment, and in production rejects test keys and unsafe defaults."""

from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from settings.fields import Environment, InProduction


def lower_case(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


class FromEnvironment(BaseSettings):
    """Each field is read from the environment variable of the same name in upper case.

    Raises pydantic's ValidationError without the value, which may be a secret.
    """

    model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(
        extra="ignore", frozen=True, hide_input_in_errors=True, env_ignore_empty=True
    )

    # The first field, because the validation of the other fields depends on it.
    environment: Annotated[Environment, BeforeValidator(lower_case)] = Field(
        "development",
        description="development, test or production. Production rejects test keys, default secrets and loopback.",
    )

    @field_validator("*", mode="after")
    @classmethod
    def _fit_for_production(cls, value: object, info: ValidationInfo) -> object:
        if info.field_name is None or info.data.get("environment", "production") != "production":
            return value
        for rule in cls.model_fields[info.field_name].metadata:
            if isinstance(rule, InProduction) and _breaks(rule, value):
                raise ValueError(rule.fix)
        return value


def _breaks(rule: InProduction, value: object) -> bool:
    if value is None:
        return False
    return rule.broken(value.get_secret_value() if isinstance(value, SecretStr) else str(value))
