"""Connected calendars: the key for their credentials, and the applications registered with Square and Google."""

from typing import Annotated

from pydantic import Field, SecretStr

from settings.environment import FromEnvironment
from settings.fields import DEVELOPMENT_ONLY, OptionalSecret, Secret, long_enough, not_empty, not_guessable


class CalendarSettings(FromEnvironment):
    """Without an application of your own at Square or Google, their calendars are connected by access token only.

    Register APP_URL/app/settings/calendars/square/callback and .../google/callback as redirect addresses there. The
    id `sandbox` selects the sandbox.
    """

    calendar_keys: Annotated[Secret, not_empty, not_guessable, long_enough] = Field(
        SecretStr(DEVELOPMENT_ONLY),
        description=(
            "Encrypts the credentials of connected calendars. For a rotation, put the new key before the old one, "
            "separated by a comma, run `slots calendars rotate-key`, then remove the old one."
        ),
    )
    square_application_id: str = Field("", description="Application id of your Square application. Optional.")
    square_application_secret: OptionalSecret = Field(
        None, description="Secret of your Square application, for OAuth. Optional."
    )
    google_client_id: str = Field("", description="OAuth client id of your Google Cloud project. Optional.")
    google_client_secret: OptionalSecret = Field(None, description="Secret of the Google OAuth client. Optional.")
    calendar_timeout_seconds: float = Field(
        10.0, gt=0, le=30, description="Seconds to wait for a response of a connected calendar."
    )
