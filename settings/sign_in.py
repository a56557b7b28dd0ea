"""What the worker needs to send a member of staff the code that the web will ask for."""

from typing import Annotated

from pydantic import Field, SecretStr

from settings.environment import FromEnvironment
from settings.fields import DEVELOPMENT_ONLY, Secret, long_enough, not_empty, not_guessable


class StaffSettings(FromEnvironment):
    """The key that both sides derive sign-in codes with; a code is stored nowhere."""

    secret_key: Annotated[Secret, not_empty, not_guessable, long_enough] = Field(
        SecretStr(DEVELOPMENT_ONLY), description="Sign-in codes are derived with it: the same as the web's."
    )
