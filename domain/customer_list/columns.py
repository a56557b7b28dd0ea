"""Recognises the columns of a customer list by the headings of this system's exports and of common programs.

The comparison ignores case, accents and punctuation. Unknown columns are not read.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.channels import CHANNELS, Channel

MORE_OPT_INS: Mapping[Channel, tuple[str, ...]] = {
    Channel.WHATSAPP: ("whatsapp consent",),
    Channel.EMAIL: ("e mail opt in",),
}
"""Further headings of opt-ins that don't follow the pattern "<channel> opt in"."""

CONSENT_HEADINGS = (
    ("consent source", "source of consent"),
    ("consent wording", "wording of consent"),
    ("consent at", "consent date", "date of consent"),
)
"""Headings of a consent's source, wording and time. The headings for one channel begin with the channel."""

HEADINGS: Mapping[str, tuple[str, ...]] = {
    "name": (
        *("name", "full name", "customer name", "client name", "contact name", "display name", "customer", "client"),
        *("vollstandiger name", "kundenname", "kunde", "nom complet", "nombre completo", "nom", "nombre", "cliente"),
        *("nome", "nome completo", "nominativo", "naam", "navn", "namn", "nazwa", "invitee name"),
    ),
    "first_name": (
        *("first name", "firstname", "given name", "forename", "vorname", "prenom", "nombre de pila"),
        *("customer first name", "client first name", "invitee first name", "first", "voornaam", "fornamn"),
        *("fornavn", "imie"),
    ),
    "last_name": (
        *("last name", "lastname", "family name", "surname", "nachname", "familienname", "nom de famille"),
        *("apellido", "apellidos", "customer last name", "client last name", "achternaam"),
        *("invitee last name", "last", "sobrenome", "apelido", "cognome", "efternamn", "efternavn", "nazwisko"),
    ),
    # Mobile numbers are preferred. Home, work and fax numbers are not read, because they may belong to other people.
    "phone": (
        *("mobile", "mobile phone", "mobile number", "mobile phone number", "mobile no", "cell", "cell phone"),
        *("cellphone", "cell number", "handy", "handynummer", "mobil", "mobilnummer", "mobiltelefon", "portable"),
        *("telephone portable", "tel portable", "mobiltelefonnummer", "movil", "telefono movil", "celular"),
        *("tel mobile", "telephone mobile", "cellulare", "telefone celular", "telemovel", "mobiel", "mobiele nummer"),
        *("mobiltelefonnr", "telefon komorkowy", "text reminder number"),
        *("phone", "phone number", "telephone", "telephone number", "tel", "telefon", "telefonnummer", "telefono"),
        *("numero de telephone", "numero de telefono", "contact number", "phone 1 value", "primary phone"),
        *("telefone", "telefono cellulare", "telefoon", "telefoonnummer", "telefonnr", "numer telefonu"),
    ),
    "email": (
        *("email", "e mail", "email address", "e mail address", "mail", "e mail adresse", "emailadresse"),
        *("mailadresse", "adresse e mail", "adresse email", "adresse mail", "courriel", "correo"),
        *("correo electronico", "e mail 1 value", "email 1 value", "primary email"),
        *("adresse de messagerie", "posta elettronica", "indirizzo e mail", "indirizzo email", "e mailadres"),
        *("e post", "epost", "e mailadresse", "invitee email", "endereco de e mail"),
    ),
    # Only headings about texts are listed, because consent to e-mails or data processing is not consent to texts.
    "sms_opt_in": (
        *("sms opt in", "sms optin", "text opt in", "texts opt in", "opt in to texts", "opted in to texts"),
        *("opted in to sms", "sms consent", "consent to texts", "consent to sms", "accepts sms marketing"),
        *("sms marketing", "sms marketing consent", "sms subscription status", "text message opt in"),
        *("sms einwilligung", "einwilligung sms", "consentement sms", "consentimiento sms"),
    ),
    **{
        one.opt_in: (f"{one.channel} opt in", f"{one.channel} optin", *MORE_OPT_INS.get(one.channel, ()))
        for one in CHANNELS.values()
        if one.channel is not Channel.SMS
    },
    **{
        column: (*(headings if one.channel is Channel.SMS else ()), *(f"{one.channel} {each}" for each in headings))
        for one in CHANNELS.values()
        for column, headings in zip(one.consent_columns, CONSENT_HEADINGS, strict=True)
    },
    "timezone": ("timezone", "time zone"),
    "locale": ("locale",),
}
"""The headings of each field, preferred ones first. A row uses the first filled column of a field."""

NEVER_NAMED = frozenset({"id", "last settled at", "created at", "line", "reason"})
"""Columns of this system's exports that are skipped without a note."""

NAMES, REACHED_BY = ("name", "first_name", "last_name"), ("phone", "email")

_FIELD_OF = {heading: field for field, headings in HEADINGS.items() for heading in headings}
_TICK_MARK = re.compile(r"[(\[]\s?[x✓✔]\s?[)\]]")
_TICK_WORDS = re.compile(r"^(?:please )?(?:tick|cross|x|mark x|put x)(?: here)? if (?:they |customer |client )?")
_NOT_WORDS = re.compile(r"[\W_]+")
_LONGEST_HEADING = 80


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `index` starts at 0; `heading` is as written in the list. `ticks`: an x in this column means yes."""

    field: str
    index: int
    heading: str
    ticks: bool = False


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of each field, preferred ones first, and the headings of unread and repeated columns."""

    of: Mapping[str, tuple[Column, ...]]
    not_read: tuple[str, ...]
    repeated: tuple[str, ...]

    @property
    def usable(self) -> bool:
        """Whether this can be a heading row, which needs a column for the name and one for the phone or e-mail."""
        return any(self.of.get(field) for field in NAMES) and any(self.of.get(field) for field in REACHED_BY)

    @property
    def known(self) -> int:
        return sum(map(len, self.of.values()))


def columns_of(cells: Sequence[str]) -> Columns:
    """Returns the columns of a heading row with these cells."""
    found: dict[str, dict[int, Column]] = {}
    not_read: list[str] = []
    repeated: list[str] = []
    for index, cell in enumerate(cells):
        column, plain = _column(cell.strip()[:_LONGEST_HEADING], index)
        if column is None:
            not_read += [cell.strip()[:_LONGEST_HEADING]] if plain and plain not in NEVER_NAMED else []
            continue
        # Two columns with the same opt-in are ambiguous, so the second one is always considered repeated.
        preferred = 0 if column.field == "sms_opt_in" else HEADINGS[column.field].index(plain)
        if found.setdefault(column.field, {}).setdefault(preferred, column) is not column:
            repeated.append(column.heading)
    ordered = {field: tuple(some[preferred] for preferred in sorted(some)) for field, some in found.items()}
    return Columns(ordered, tuple(not_read), tuple(repeated))


def _column(heading: str, index: int) -> tuple[Column | None, str]:
    lower = unicodedata.normalize("NFKC", heading).casefold()
    plain = _plain(lower)
    if plain in _FIELD_OF:
        return Column(_FIELD_OF[plain], index, heading), plain
    ticked = _TICK_WORDS.sub("", _plain(_TICK_MARK.sub(" ", lower)))
    if ticked != plain and _FIELD_OF.get(ticked) == "sms_opt_in":
        return Column("sms_opt_in", index, heading, ticks=True), ticked
    return None, plain


def _plain(text: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return " ".join(_NOT_WORDS.sub(" ", bare).split())
