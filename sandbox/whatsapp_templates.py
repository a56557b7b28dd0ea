"""The sandbox's approved WhatsApp templates, whose text the phones page shows. Any other SID is accepted."""

import json
import re

VARIABLE = re.compile(r"\{\{(\d+)\}\}")

TEMPLATES: dict[str, str] = {
    "HXoffer": "A slot opened {{1}} ({{2}}). Reply YES to book, or answer here: {{3}}",
    "HXmoveupoffer": "An earlier time is free: {{1}}. Reply YES to move your appointment {{2}}, or answer: {{3}}",
    "HXmovedup": "Moved: your appointment is now {{1}}, {{2}}. Manage your booking: {{3}}",
    "HXmoveuprefused": "Sorry, your later appointment has changed in the meantime, so we couldn't move it.",
    "HXacceptance": "Great! Your slot {{1}} is held until {{3}}. To confirm, pay the {{2}} deposit: {{4}}",
    "HXconfirmation": "Confirmed: {{1}}, {{2}}. Manage your booking: {{3}}",
    "HXbookedwithoutdeposit": "Booked: {{1}}, {{2}}. Manage your booking: {{3}}",
    "HXtoolate": "Sorry, this slot has just been taken.",
    "HXnextinline": "Sorry, we are asking someone else. The slot is yours if they say no or don't answer.",
    "HXpaymentfailed": "We couldn't take the payment, so the slot {{1}} has been released.",
    "HXholdexpired": "The payment didn't reach us in time, so the slot {{1}} is no longer held for you.",
    "HXpaymentunavailable": "Sorry, we can't take payments at the moment, so the slot {{1}} is not booked.",
    "HXrefundapology": "Sorry, your payment came too late and the slot {{1}} is gone. We refund {{2}}.",
    "HXunpaidbookingcancelled": "Your booking on {{1}} has been cancelled because it was not paid for in time.",
    "HXcancelledbycustomer": "Your appointment {{1}} has been cancelled as you asked.",
    "HXappointmentmoved": "Your appointment has been moved to {{1}}, {{2}}. Manage your booking: {{3}}",
    "HXappointmentcancelled": "Your appointment on {{1}} has been cancelled.",
    "HXbookingreminder": "Reminder: your appointment is on {{1}}, {{2}}. Manage it: {{3}}",
    "HXpaymentreminder": "Reminder: {{2}} is still to be paid for your appointment on {{1}}. Pay here: {{3}}",
}


def rendered(sid: str, variables: str | None) -> str:
    """Returns the message that the customer sees. For an unknown template, returns its SID and variables."""
    template = TEMPLATES.get(sid)
    if template is None:
        return " ".join(filter(None, (sid, variables)))
    values = json.loads(variables or "{}")
    return VARIABLE.sub(lambda found: str(values.get(found[1], "")), template)
