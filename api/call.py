"""One authenticated request, for use in endpoints."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.access.api_keys import KeyOwner
from domain.phones.parsing import country_of
from settings.web import WebSettings

WITHOUT_ROLE = text("SET LOCAL ROLE NONE")
BY_API = "api"
"""The origin of changes requested through the API, for `db.appointments.appointments.request_cancellation`."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request. Its transaction `session` is limited to one shop, and is committed after the response is built."""

    session: Session
    key: KeyOwner
    settings: WebSettings

    @property
    def shop_id(self) -> UUID:
        return self.key.shop_id

    @property
    def actor(self) -> str:
        """The actor in the audit log."""
        return self.key.actor

    def without_role(self) -> None:
        """Disables row-level security for the rest of the transaction. All further statements must filter by shop."""
        self.session.execute(WITHOUT_ROLE)

    @property
    def country(self) -> str | None:
        """The default country (ISO 3166) of phone numbers without a country code."""
        return country_of(self.key.country, self.key.sms_from)
