"""What can come of asking Twilio for something. No exception leaves this package; these values do."""

from dataclasses import dataclass, field
from datetime import datetime

from providers.twilio.delivery_status import Status
from providers.twilio.twilio_codes import TwilioCodeKind


@dataclass(frozen=True, slots=True)
class TextSent:
    """Twilio took the text and will report on it under this SID."""

    sid: str
    status: Status


@dataclass(frozen=True, slots=True)
class TextRefused:
    """The text was certainly not taken. `kind` says what follows, `meaning` why, in words for the shop."""

    kind: TwilioCodeKind
    meaning: str
    code: int | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody can say yet: after a send, the text may be on its way; after a question, it was not answered."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotThere:
    """Twilio answered, and has no such message."""


@dataclass(frozen=True, slots=True)
class Carried:
    """A message as Twilio holds it. Addresses as Twilio writes them (`+44...` or `whatsapp:+44...`); times UTC."""

    sid: str
    outbound: bool
    status: Status | None
    error_code: int | None
    created_at: datetime | None
    from_: str = field(repr=False)
    to: str = field(repr=False)
    body: str = field(repr=False)
