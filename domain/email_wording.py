"""The types of the texts of an e-mail in one language."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EmailTexts:
    subject: str
    opening: str
    button: str = ""


@dataclass(frozen=True, slots=True)
class EmailFrame:
    """The texts that all e-mails in a language share."""

    greeting: str
    when: str
    where: str
    why: str
    why_offer: str
    stop: str
    colon: str = ": "
