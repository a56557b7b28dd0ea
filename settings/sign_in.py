"""The settings that the worker needs for sending sign-in codes."""

from typing import Annotated

from pydantic import Field, SecretStr

from settings.environment import FromEnvironment
from settings.setting_types import (
    DEVELOPMENT_ONLY,
    OptionalSecret,
    Secret,
    accepted,
    long_enough,
    not_empty,
    not_guessable,
)


class StaffSettings(FromEnvironment):
    """The key from which the web process and the worker derive sign-in codes, which are never stored."""

    secret_key: Annotated[Secret, not_empty, not_guessable, long_enough] = Field(
        SecretStr(DEVELOPMENT_ONLY),
        description="Key from which sign-in codes are derived. It must be the same as in the web process.",
    )
    secret_key_previous: Annotated[OptionalSecret, not_guessable, long_enough] = Field(
        None, description="Previous key, which is also accepted during a rotation. Otherwise empty."
    )

    @property
    def secret_keys(self) -> list[str]:
        """The current key, then the previous key."""
        return accepted(self.secret_key, self.secret_key_previous)
