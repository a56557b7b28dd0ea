"""The fields of a customer in requests and responses: addresses, and consent to each channel."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from babel.core import Locale, UnknownLocaleError
from pydantic import Field, field_validator, model_validator

from api.call import Call
from api.fields import (
    ExternalId,
    Instant,
    LongText,
    Moment,
    Name,
    RequestModel,
    ResponseModel,
    ShortText,
    optional,
    sent,
)
from api.problems import invalid
from db.customers.api_customers import GivenConsent
from db.customers.channel_consents import NO_PHONE_CHANNEL
from domain.channels import CHANNELS
from domain.countries import country_names
from domain.customer_list.row_checks import UNLIKELY_CONSENT_TIME, is_likely_consent_time
from domain.email_address import parse as parse_email
from domain.phones.parsing import parse
from domain.phones.typed_phone import RefusedNumber
from domain.time_zones import is_known

OPT_INS = {one.opt_in: one.channel for one in CHANNELS.values()}
NOT_COLUMNS = frozenset({"country", "consent", "phone", "external_id", *OPT_INS})


class ConsentFields(RequestModel):
    """The customer's consent to each channel with an opt-in. `at` is the time of the consent and defaults to now."""

    source: Name
    wording: LongText | None = None
    at: Instant | None = None


class CustomerFields(RequestModel):
    """The writable fields of a customer. `phone` can be in the national format of `country`, by default the shop's.

    `sms_opt_in: true` and `whatsapp_opt_in: true` require `consent`. With `consent`, `email_opt_in: true` permits
    offers by e-mail. Without `consent`, it has no effect: new customers receive e-mails about their own bookings, and
    an opt-out remains in effect.
    """

    name: ShortText = optional()
    phone: ShortText | None = Field(None, description="Stored in E.164. Must be a possible mobile number.")
    country: ShortText = optional()
    email: ShortText | None = None
    sms_opt_in: bool = optional()
    whatsapp_opt_in: bool = optional()
    email_opt_in: bool = optional()
    consent: ConsentFields = optional()
    timezone: ShortText | None = Field(None, description="IANA name, like Europe/London.")
    locale: ShortText | None = Field(None, description="Language, or language and country, like de or de_DE.")

    @field_validator("country")
    @classmethod
    def _is_country(cls, value: str) -> str:
        if value.upper() not in country_names():
            raise ValueError("must be an ISO code of two letters, like GB")
        return value.upper()

    @field_validator("email")
    @classmethod
    def _is_address(cls, value: str | None) -> str | None:
        if value is not None and parse_email(value) is None:
            raise ValueError("must be an e-mail address")
        return value

    @field_validator("timezone")
    @classmethod
    def _is_time_zone(cls, value: str | None) -> str | None:
        if value is not None and not is_known(value):
            raise ValueError("must be an IANA name, like Europe/London")
        return value

    @field_validator("locale")
    @classmethod
    def _is_locale(cls, value: str | None) -> str | None:
        try:
            return None if value is None else str(Locale.parse(value.replace("-", "_")))
        except (UnknownLocaleError, ValueError):
            raise ValueError("must be a language, or a language and a country, like de or de_DE") from None


class NewCustomer(CustomerFields):
    """A customer to create. Requires a name, a phone number or an e-mail address."""

    external_id: ExternalId | None = None

    @model_validator(mode="after")
    def _is_somebody(self) -> NewCustomer:
        if not (self.name or self.phone or self.email):
            raise ValueError("Send a name, a phone number or an e-mail address.")
        return self


class CustomerChange(CustomerFields):
    """Changes to a customer. Omitted fields keep their values."""

    external_id: ExternalId | None = None


class Consent(ResponseModel):
    """The customer's consent to a channel."""

    source: str
    wording: str | None
    at: Moment | None


class CustomerResponse(ResponseModel):
    """A customer.

    `phone` is in E.164; `consent` is the consent to texts. A new number or address ends the consents for the old
    number or address. `opted_out` is true if the number has opted out. Only the owner of the number can undo an
    opt-out.
    """

    id: UUID
    external_id: str | None
    name: str
    phone: str | None
    email: str | None
    sms_opt_in: bool
    whatsapp_opt_in: bool
    email_opt_in: bool
    opted_out: bool
    consent: Consent | None
    whatsapp_consent: Consent | None
    email_consent: Consent | None
    timezone: str | None
    locale: str | None
    last_settled_at: Moment | None
    created_at: Moment
    updated_at: Moment


def columns_of(call: Call, fields: CustomerFields, *, at: str = "") -> dict[str, Any]:
    """Returns the columns that were sent, except consent. `at` is the pointer to the fields. Raises ProblemError."""
    columns = {name: value for name, value in sent(fields).items() if name not in NOT_COLUMNS}
    if "external_id" in fields.model_fields_set:
        columns["external_id"] = sent(fields)["external_id"]
    if "phone" in fields.model_fields_set:
        country = fields.country if "country" in fields.model_fields_set else call.country
        columns["phone"] = _e164(fields.phone, country, at)
    # Without consent, `email_opt_in: true` has no effect. It neither undoes an opt-out nor ends a consent.
    return columns | {name: False for name in OPT_INS if getattr(fields, name) is False}


def consent_of(fields: CustomerFields, *, at: str = "") -> GivenConsent | None:
    """Returns the consent to the channels of all opt-ins, or None if the fields contain no opt-in with consent.

    Raises ProblemError.
    """
    has_consent = "consent" in fields.model_fields_set
    channels = tuple(channel for name, channel in OPT_INS.items() if getattr(fields, name) is True)
    needing = [name for name in NO_PHONE_CHANNEL if getattr(fields, name) is True]
    if has_consent and not channels:
        raise invalid(f"{at}/consent", "Send consent only with an opt-in, such as sms_opt_in: true.")
    if needing and not has_consent:
        raise invalid(f"{at}/consent", f"{needing[0]}: true requires consent with its source.")
    if not has_consent:
        return None
    if fields.consent.at is not None and not is_likely_consent_time(fields.consent.at, now=datetime.now(UTC)):
        raise invalid(f"{at}/consent/at", UNLIKELY_CONSENT_TIME)
    return GivenConsent(fields.consent.source, fields.consent.wording, fields.consent.at, channels)


def _e164(phone: str | None, country: str | None, at: str) -> str | None:
    if phone is None:
        return None
    number = parse(phone, country)
    reason = number.reason if isinstance(number, RefusedNumber) else number.no_texts
    if reason is not None or isinstance(number, RefusedNumber):
        raise invalid(f"{at}/phone", reason or "This is not a mobile number.")
    return number.e164
