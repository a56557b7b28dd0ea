"""The settings that the worker needs to send sign-in codes."""

from typing import Annotated

from pydantic import Field, SecretStr

from settings.environment import FromEnvironment
from settings.fields import DEVELOPMENT_ONLY, Secret, long_enough, not_empty, not_guessable


class StaffSettings(FromEnvironment):
    """The key from which the web and the worker derive sign-in codes, which are never stored."""

    secret_key: Annotated[Secret, not_empty, not_guessable, long_enough] = Field(
        SecretStr(DEVELOPMENT_ONLY),
        description="Key from which sign-in codes are derived; the same as for the web.",
    )
