"""The key for the credentials of connected calendars, and the applications registered with Square and Google."""

from typing import Annotated

from pydantic import Field, SecretStr

from settings.environment import FromEnvironment
from settings.setting_types import DEVELOPMENT_ONLY, OptionalSecret, Secret, long_enough, not_empty, not_guessable


class CalendarSettings(FromEnvironment):
    """Without your own application at Square or Google, their calendars can be connected only with an access token.

    Register APP_URL/app/settings/calendars/square/callback and .../google/callback as redirect addresses with these
    providers. The id `sandbox` selects the sandbox.
    """

    calendar_keys: Annotated[Secret, not_empty, not_guessable, long_enough] = Field(
        SecretStr(DEVELOPMENT_ONLY),
        description=(
            "Encrypts the credentials of connected calendars. To rotate the key, put the new key before the old key, "
            "separated by a comma, run `slots calendars rotate-key`, then remove the old key."
        ),
    )
    square_application_id: str = Field("", description="Application id of your Square application. Optional.")
    square_application_secret: OptionalSecret = Field(
        None, description="Secret of your Square application, for OAuth. Optional."
    )
    google_client_id: str = Field("", description="OAuth client id of your Google Cloud project. Optional.")
    google_client_secret: OptionalSecret = Field(None, description="Secret of the Google OAuth client. Optional.")
    calendar_timeout_seconds: float = Field(
        10.0, gt=0, le=30, description="Timeout of a request to a connected calendar, in seconds."
    )
