"""The default text of every message in each language, and the variables that each text can use. Contains only data.

A default is a Jinja template with the same features as a shop's own wording: {{ variables }} and {% if %}.
`message_variables.py` contains the resolver of each variable. `deposit` is the amount that is due or was paid in
advance, and `prepayment` is the same amount if it is the whole price; both are empty if nothing is due. In an offer,
`until` is empty unless the window is short, and `link` is empty unless the shop wants links in texts.

Default texts contain only characters of the GSM alphabet (Spanish texts therefore use "SI"), because a single other
character doubles the price of an SMS. No text may ask for CANCEL as a reply, because carriers treat CANCEL as an
opt-out.
"""

from domain.templates.bookings import BOOKING_TEXTS
from domain.templates.offers import KEPT_UNTIL, OFFER_TEXTS, OR_ANSWER_HERE
from domain.templates.others import OTHER_TEXTS
from domain.templates.text_kinds import LinkTarget, TextKind, TextTemplate

__all__ = ["KEPT_UNTIL", "OFFERS", "OR_ANSWER_HERE", "TEMPLATES", "LinkTarget", "TextKind", "TextTemplate"]

_ALL = OFFER_TEXTS | BOOKING_TEXTS | OTHER_TEXTS
TEMPLATES: dict[TextKind, TextTemplate] = {kind: _ALL[kind] for kind in TextKind}

OFFERS = frozenset({TextKind.OFFER, TextKind.MOVE_UP_OFFER})
