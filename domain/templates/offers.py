"""Texts about offers and the answers to offers."""

from dataclasses import replace

from domain.templates.text_kinds import TextKind, TextTemplate, template

KEPT_UNTIL: dict[str, str] = {
    "en": "We keep it for you until {{ until }}.",
    "es": "Se la guardamos hasta {{ until }}.",
    "fr": "Nous vous le gardons jusqu'à {{ until }}.",
    "de": "Wir halten ihn bis {{ until }} für Sie frei.",
}
"""The last sentence of an offer with a short window. It is added even if the shop's own wording lacks the time."""

OR_ANSWER_HERE: dict[str, str] = {
    "en": "Or answer here: {{ link }}",
    "es": "O responda en este enlace: {{ link }}",
    "fr": "Ou répondez ici : {{ link }}",
    "de": "Oder hier antworten: {{ link }}",
}
"""The last sentence of an offer with a link, if the shop wants links in texts."""


def _offer(one: TextTemplate) -> TextTemplate:
    """Appends the deadline and the link to the template. Each appears only if its variable has a value."""
    ends = {
        language: f"{{% if until %}} {KEPT_UNTIL[language]}{{% endif %}}"
        f"{{% if link %}} {OR_ANSWER_HERE[language]}{{% endif %}}"
        for language in one.defaults
    }
    return replace(one, defaults={language: text + ends[language] for language, text in one.defaults.items()})


OFFER_TEXTS: dict[TextKind, TextTemplate] = {
    TextKind.OFFER: _offer(
        template(
            "when until deposit prepayment link",
            "when",
            en="A slot opened {{ when }}. Reply YES to book."
            "{% if prepayment %} {{ prepayment }} is payable in advance."
            "{% elif deposit %} {{ deposit }} deposit applies.{% endif %}",
            es="Se ha liberado una cita para {{ when }}. Responda SI para reservarla."
            "{% if prepayment %} Pago por adelantado: {{ prepayment }}."
            "{% elif deposit %} Se requiere una señal de {{ deposit }}.{% endif %}",
            fr="Un créneau s'est libéré : {{ when }}. Répondez OUI pour réserver."
            "{% if prepayment %} {{ prepayment }} à payer d'avance."
            "{% elif deposit %} Un acompte de {{ deposit }} est demandé.{% endif %}",
            de="Ein Termin ist frei geworden: {{ when }}. Antworten Sie mit JA, um ihn zu buchen."
            "{% if prepayment %} {{ prepayment }} sind im Voraus zu zahlen."
            "{% elif deposit %} Es fällt eine Anzahlung von {{ deposit }} an.{% endif %}",
        )
    ),
    TextKind.MOVE_UP_OFFER: _offer(
        template(
            "when moved_from until link",
            "when moved_from",
            en="An earlier time is free: {{ when }}. Reply YES to move your appointment from {{ moved_from }}.",
            es="Hay un hueco antes: {{ when }}. Responda SI para adelantar su cita ({{ moved_from }}).",
            fr="Un créneau s'est libéré avant votre rendez-vous ({{ moved_from }}) : {{ when }}. "
            "Répondez OUI pour l'avancer.",
            de="Ein früherer Termin ist frei: {{ when }}. Antworten Sie mit JA, um Ihren Termin "
            "({{ moved_from }}) vorzuverlegen.",
        )
    ),
    TextKind.MOVED_UP: template(
        "when place deposit link",
        "when link",
        en="Moved: your appointment is now {{ when }}{% if place %}, {{ place }}{% endif %}. "
        "{% if deposit %}The {{ deposit }} you paid moves with it. {% endif %}Manage your booking: {{ link }}",
        es="Cita adelantada: ahora es {{ when }}{% if place %}, {{ place }}{% endif %}. "
        "{% if deposit %}Su pago de {{ deposit }} se mantiene. {% endif %}Gestione su cita: {{ link }}",
        fr="Votre rendez-vous est avancé : {{ when }}{% if place %}, {{ place }}{% endif %}. "
        "{% if deposit %}Votre paiement de {{ deposit }} reste valable. {% endif %}"
        "Gérer votre réservation : {{ link }}",
        de="Ihr Termin wurde vorverlegt: {{ when }}{% if place %}, {{ place }}{% endif %}. "
        "{% if deposit %}Ihre Zahlung von {{ deposit }} gilt weiterhin. {% endif %}Termin verwalten: {{ link }}",
    ),
    TextKind.MOVE_UP_REFUSED: template(
        "",
        en="Sorry, your later appointment has changed in the meantime, so we couldn't move it. "
        "Nothing else has changed.",
        es="Lo sentimos, su cita ha cambiado entretanto y no la hemos adelantado. El resto sigue igual.",
        fr="Désolé, votre rendez-vous prévu plus tard a changé entre-temps : nous n'avons pas pu l'avancer. "
        "Rien d'autre ne change.",
        de="Ihr späterer Termin hat sich inzwischen geändert, deshalb konnten wir ihn leider nicht vorverlegen. "
        "Sonst ändert sich nichts.",
    ),
    TextKind.TOO_LATE: template(
        "",
        en="Sorry, this slot has just been taken.",
        es="Lo sentimos, otra persona acaba de reservar esta cita.",
        fr="Désolé, ce créneau a été pris à l'instant.",
        de="Dieser Termin wurde leider gerade vergeben.",
    ),
    TextKind.NEXT_IN_LINE: template(
        "",
        en="Sorry, this slot has just been taken, but it is yours if the person we are asking says no or "
        "doesn't answer.",
        es="Lo sentimos, acabamos de ofrecer esta cita a otra persona. "
        "Es para usted si esa persona dice que no o no responde.",
        fr="Désolé, nous proposons ce créneau à quelqu'un d'autre en ce moment. "
        "Il est à vous si cette personne dit non ou ne répond pas.",
        de="Dieser Termin wurde leider gerade jemand anderem angeboten. "
        "Sie bekommen ihn, wenn diese Person ablehnt oder nicht antwortet.",
    ),
    TextKind.ASK_BACK: template(
        "when",
        en="Would you like the slot {{ when }}? Please reply YES or NO.",
        es="¿Quiere la cita para {{ when }}? Responda SI o NO, por favor.",
        fr="Voulez-vous ce créneau ({{ when }}) ? Répondez OUI ou NON.",
        de="Möchten Sie den Termin {{ when }}? Bitte antworten Sie mit JA oder NEIN.",
    ),
    TextKind.NO_LIVE_OFFER: template(
        "",
        en="Thank you! There is no open slot for you right now. We will text you when one comes up.",
        es="¡Gracias! Ahora mismo no hay ninguna cita libre para usted. Le escribiremos cuando se libere una.",
        fr="Merci ! Aucun créneau n'est libre pour vous en ce moment. Nous vous écrirons dès qu'il y en aura un.",
        de="Danke! Im Moment ist kein Termin für Sie frei. Wir schreiben Ihnen, sobald einer frei wird.",
    ),
}
