"""The wording of e-mails to customers in each language. Contains only data.

Each text is a Jinja template that may use {{ shop }}, {{ name }}, {{ place }}, {{ date }} and {{ amount }}. Every
e-mail also shows the date and the place on separate lines.
"""

from domain.email_wording import EmailFrame, EmailTexts
from domain.offer_email_texts import OFFER_EMAIL_TEXTS
from domain.templates import TextKind

FRAMES: dict[str, EmailFrame] = {
    "en": EmailFrame(
        "Hello {{ name }},",
        "When",
        "Where",
        "You get this because you have a booking with {{ shop }}.",
        "You get this because you agreed to e-mails from {{ shop }} about available appointments.",
        "No more e-mails like this",
    ),
    "es": EmailFrame(
        "Hola, {{ name }}:",
        "Cuándo",
        "Dónde",
        "Recibe este mensaje porque tiene una cita con {{ shop }}.",
        "Recibe este mensaje porque ha aceptado que {{ shop }} le avise por correo de citas libres.",
        "No recibir más mensajes como este",
    ),
    "fr": EmailFrame(
        "Bonjour {{ name }},",
        "Quand",
        "Où",
        "Vous recevez ce message car vous avez un rendez-vous chez {{ shop }}.",
        "Vous recevez ce message car vous avez accepté que {{ shop }} vous signale les créneaux libres par e-mail.",
        "Ne plus recevoir ces messages",
        " : ",
    ),
    "de": EmailFrame(
        "Guten Tag {{ name }}!",
        "Wann",
        "Wo",
        "Sie erhalten diese Nachricht, weil Sie einen Termin bei {{ shop }} haben.",
        "Sie erhalten diese Nachricht, weil Sie E-Mails von {{ shop }} über freie Termine zugestimmt haben.",
        "Keine solchen Nachrichten mehr",
    ),
}

EMAIL_TEXTS: dict[TextKind, dict[str, EmailTexts]] = OFFER_EMAIL_TEXTS | {
    TextKind.APPOINTMENT_MOVED: {
        "en": EmailTexts(
            "Your appointment has been moved: {{ date }}",
            "{{ shop }} has moved your appointment. This is its new time:",
            "See or change your booking",
        ),
        "es": EmailTexts(
            "Hemos cambiado su cita: {{ date }}",
            "{{ shop }} ha cambiado su cita. Esta es la nueva hora:",
            "Ver o cambiar su cita",
        ),
        "fr": EmailTexts(
            "Votre rendez-vous a été déplacé : {{ date }}",
            "{{ shop }} a déplacé votre rendez-vous. Voici le nouvel horaire :",
            "Voir ou modifier votre rendez-vous",
        ),
        "de": EmailTexts(
            "Ihr Termin wurde verlegt: {{ date }}",
            "{{ shop }} hat Ihren Termin verlegt. Das ist die neue Zeit:",
            "Termin ansehen oder ändern",
        ),
    },
    TextKind.APPOINTMENT_CANCELLED: {
        "en": EmailTexts(
            "Your appointment has been cancelled: {{ date }}",
            "{{ shop }} has cancelled this appointment. Please contact us if you have questions.",
        ),
        "es": EmailTexts(
            "Hemos cancelado su cita: {{ date }}",
            "{{ shop }} ha cancelado esta cita. Si tiene preguntas, póngase en contacto con nosotros.",
        ),
        "fr": EmailTexts(
            "Votre rendez-vous a été annulé : {{ date }}",
            "{{ shop }} a annulé ce rendez-vous. Contactez-nous si vous avez des questions.",
        ),
        "de": EmailTexts(
            "Ihr Termin wurde abgesagt: {{ date }}",
            "{{ shop }} hat diesen Termin abgesagt. Bei Fragen melden Sie sich bitte bei uns.",
        ),
    },
    TextKind.BOOKING_REMINDER: {
        "en": EmailTexts(
            "Your appointment: {{ date }}",
            "This is a reminder of your appointment with {{ shop }}.",
            "See or change your booking",
        ),
        "es": EmailTexts("Su cita: {{ date }}", "Le recordamos su cita con {{ shop }}.", "Ver o cambiar su cita"),
        "fr": EmailTexts(
            "Votre rendez-vous : {{ date }}",
            "Nous vous rappelons votre rendez-vous chez {{ shop }}.",
            "Voir ou modifier votre rendez-vous",
        ),
        "de": EmailTexts(
            "Ihr Termin: {{ date }}", "Wir erinnern Sie an Ihren Termin bei {{ shop }}.", "Termin ansehen oder ändern"
        ),
    },
    TextKind.PAYMENT_REMINDER: {
        "en": EmailTexts(
            "Still to be paid: {{ amount }}",
            "{{ amount }} is still to be paid for your appointment with {{ shop }}.",
            "Pay {{ amount }}",
        ),
        "es": EmailTexts(
            "Queda por pagar: {{ amount }}",
            "Quedan por pagar {{ amount }} de su cita con {{ shop }}.",
            "Pagar {{ amount }}",
        ),
        "fr": EmailTexts(
            "Reste à payer : {{ amount }}",
            "Il reste {{ amount }} à payer pour votre rendez-vous chez {{ shop }}.",
            "Payer {{ amount }}",
        ),
        "de": EmailTexts(
            "Noch zu zahlen: {{ amount }}",
            "Für Ihren Termin bei {{ shop }} sind noch {{ amount }} zu zahlen.",
            "{{ amount }} zahlen",
        ),
    },
    TextKind.UNPAID_BOOKING_CANCELLED: {
        "en": EmailTexts(
            "Your booking was cancelled",
            "Your booking with {{ shop }} has been cancelled because it was not paid for in time.",
        ),
        "es": EmailTexts(
            "Hemos cancelado su cita", "Hemos cancelado su cita con {{ shop }} porque no se ha pagado a tiempo."
        ),
        "fr": EmailTexts(
            "Votre réservation a été annulée",
            "Votre réservation chez {{ shop }} a été annulée, car elle n'a pas été payée à temps.",
        ),
        "de": EmailTexts(
            "Ihre Buchung wurde storniert",
            "Ihre Buchung bei {{ shop }} wurde storniert, weil sie nicht rechtzeitig bezahlt wurde.",
        ),
    },
}
