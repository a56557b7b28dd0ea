"""One authenticated request, as endpoints see it."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.access.api_keys import KeyOwner
from domain.phones.parsing import country_of
from settings.web import WebSettings

WITHOUT_ROLE = text("SET LOCAL ROLE NONE")
BY_API = "api"
"""The origin of changes that the API requests, as `db.appointments.appointments.request_cancellation` expects it."""


@dataclass(frozen=True, slots=True)
class Call:
    """`session` is the request's transaction: it sees one shop, and is committed after the answer is built."""

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
        """Disables row-level security for the rest of the transaction. The statements that follow must filter by
        shop.
        """
        self.session.execute(WITHOUT_ROLE)

    @property
    def country(self) -> str | None:
        """The country (ISO 3166) of phone numbers without a country code."""
        return country_of(self.key.country, self.key.sms_from)
