"""The results of calls to Twilio. The client returns these instead of raising exceptions."""

from dataclasses import dataclass, field
from datetime import datetime

from providers.twilio.delivery_status import Status
from providers.twilio.twilio_codes import TwilioCodeKind


@dataclass(frozen=True, slots=True)
class TextSent:
    """Twilio accepted the text and assigned this SID."""

    sid: str
    status: Status


@dataclass(frozen=True, slots=True)
class TextRefused:
    """The text was not sent. `kind`: how to react. `meaning`: the reason for the shop."""

    kind: TwilioCodeKind
    meaning: str
    code: int | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """The outcome is unknown.

    If the call was a send, the text may have been sent. If the call was a query, the query failed.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class MessageNotThere:
    """Twilio has no such message."""


@dataclass(frozen=True, slots=True)
class Carried:
    """A message stored at Twilio. Addresses have Twilio's format (`+44...`, `whatsapp:+44...`). Times are UTC."""

    sid: str
    outbound: bool
    status: Status | None
    error_code: int | None
    created_at: datetime | None
    from_: str = field(repr=False)
    to: str = field(repr=False)
    body: str = field(repr=False)
