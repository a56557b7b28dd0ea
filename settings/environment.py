"""The base class of settings. It reads the environment and, in production, rejects test keys and unsafe defaults."""

import math
import os
from typing import Annotated, Any, ClassVar, get_args

from pydantic import BeforeValidator, Field, SecretStr, ValidationInfo, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from settings.secret_files import UnreadableFile, secret
from settings.setting_types import Environment, InProduction

QUOTATION_MARKS = "\"'"


def lower_case(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


class FromEnvironment(BaseSettings):
    """Reads each field from the variable with the same name in upper case. A secret can be in a file (`NAME_FILE`).

    Raises pydantic's ValidationError, without the value, which may be a secret.
    """

    model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(
        extra="ignore", frozen=True, hide_input_in_errors=True, env_ignore_empty=True
    )

    # This is the first field, because the validation of the other fields depends on it.
    environment: Annotated[Environment, BeforeValidator(lower_case)] = Field(
        "development",
        description="development, test or production. Production rejects test keys, default secrets and loopback.",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, SecretFiles(settings_cls), env_settings

    @field_validator("*", mode="before")
    @classmethod
    def _was_readable(cls, value: object) -> object:
        if isinstance(value, UnreadableFile):
            raise ValueError(value.problem)
        return value

    @field_validator("*", mode="before")
    @classmethod
    def _trimmed(cls, value: object, info: ValidationInfo) -> object:
        if not isinstance(value, str):
            return value
        trimmed = value.strip()
        # `docker run --env-file` keeps the quotation marks that a shell removes.
        if len(trimmed) > 1 and trimmed[0] == trimmed[-1] and trimmed[0] in QUOTATION_MARKS:
            raise ValueError("is in quotation marks; remove them")
        field = cls.model_fields[info.field_name or ""]
        # Like an empty value. A secret that consists of spaces is refused, because it was meant to be set.
        return field.get_default() if value and not trimmed and not is_secret(field) else trimmed

    @field_validator("*", mode="after")
    @classmethod
    def _is_finite(cls, value: object) -> object:
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError("must be a finite number")
        return value

    @field_validator("*", mode="after")
    @classmethod
    def _fit_for_production(cls, value: object, info: ValidationInfo) -> object:
        if info.field_name is None or info.data.get("environment", "production") != "production":
            return value
        for rule in cls.model_fields[info.field_name].metadata:
            if isinstance(rule, InProduction) and breaks(rule, value):
                raise ValueError(rule.fix)
        return value


class SecretFiles(PydanticBaseSettingsSource):
    """Reads the secrets in files, before the environment is read, to detect a secret that is in both places."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        value = secret(os.environ, field_name.upper()) if is_secret(field) else None
        return value, field_name, False

    def __call__(self) -> dict[str, Any]:
        fields = self.settings_cls.model_fields
        found = {name: self.get_field_value(field, name)[0] for name, field in fields.items()}
        return {name: value for name, value in found.items() if value is not None}


def is_secret(field: FieldInfo) -> bool:
    """Whether the setting is a secret and can therefore be in a file."""
    return SecretStr in (field.annotation, *get_args(field.annotation))


def breaks(rule: InProduction, value: object) -> bool:
    """Whether production rejects the value."""
    if value is None:
        return False
    return rule.broken(value.get_secret_value() if isinstance(value, SecretStr) else str(value))
