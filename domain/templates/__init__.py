"""The default text of every message in each language, and the variables that it declares. Data only.

A default is a Jinja template with the same features as a shop's own wording: {{ variables }} and {% if %}.
`message_variables.py` has the resolver of each variable. `deposit` is the amount due (or paid) in advance,
`prepayment` the same amount if it is the whole price; both are empty when nothing is due. In an offer, `until` is
empty unless its window is short, and `link` unless the shop wants one in texts. Default texts use the GSM alphabet
only (so Spanish asks for "SI"): one other character doubles the price of an SMS. Carriers treat CANCEL as an opt-out,
so no text may ask for CANCEL as a reply.
"""

from domain.templates.bookings import BOOKING_TEXTS
from domain.templates.offers import KEPT_UNTIL, OFFER_TEXTS, OR_ANSWER_HERE
from domain.templates.others import OTHER_TEXTS
from domain.templates.text_kinds import LinkTarget, TextKind, TextTemplate

__all__ = ["KEPT_UNTIL", "OFFERS", "OR_ANSWER_HERE", "TEMPLATES", "LinkTarget", "TextKind", "TextTemplate"]

_ALL = OFFER_TEXTS | BOOKING_TEXTS | OTHER_TEXTS
TEMPLATES: dict[TextKind, TextTemplate] = {kind: _ALL[kind] for kind in TextKind}

OFFERS = frozenset({TextKind.OFFER, TextKind.MOVE_UP_OFFER})
