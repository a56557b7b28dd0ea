"""The settings that the worker needs to send sign-in codes."""

from typing import Annotated

from pydantic import Field, SecretStr

from settings.environment import FromEnvironment
from settings.fields import DEVELOPMENT_ONLY, OptionalSecret, Secret, accepted, long_enough, not_empty, not_guessable


class StaffSettings(FromEnvironment):
    """The key from which the web process and the worker derive sign-in codes, which are never stored."""

    secret_key: Annotated[Secret, not_empty, not_guessable, long_enough] = Field(
        SecretStr(DEVELOPMENT_ONLY),
        description="Key from which sign-in codes are derived; the same as for the web process.",
    )
    secret_key_previous: Annotated[OptionalSecret, not_guessable, long_enough] = Field(
        None, description="Previous key, accepted as well during a rotation; otherwise empty."
    )

    @property
    def secret_keys(self) -> list[str]:
        """The current key, then the previous one."""
        return accepted(self.secret_key, self.secret_key_previous)
