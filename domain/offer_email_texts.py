"""The wording of e-mails about offers in each language. Contains only data.

The templates can use the variables of `email_texts.py`, and {{ deposit }}, {{ moved_from }}, {{ until }} and {{ paid
}}. The e-mails ask for no reply: each has a button that opens a page on which the customer accepts or declines.
"""

from domain.email_wording import EmailTexts
from domain.templates import TextKind

OFFER_EMAIL_TEXTS: dict[TextKind, dict[str, EmailTexts]] = {
    TextKind.OFFER: {
        "en": EmailTexts(
            "A slot opened: {{ date }}",
            "An appointment with {{ shop }} has become available."
            "{% if deposit %} A deposit of {{ deposit }} applies.{% endif %}"
            " Use the button to book or decline it. The page shows how long we hold it for you.",
            "See it and answer",
        ),
        "es": EmailTexts(
            "Se ha liberado una cita: {{ date }}",
            "Se ha liberado una cita con {{ shop }}.{% if deposit %} Se requiere una señal de {{ deposit }}."
            "{% endif %}"
            " Use el botón para reservarla o rechazarla. La página muestra hasta cuándo se la guardamos.",
            "Ver la cita y responder",
        ),
        "fr": EmailTexts(
            "Un créneau s'est libéré : {{ date }}",
            "Un rendez-vous chez {{ shop }} s'est libéré."
            "{% if deposit %} Un acompte de {{ deposit }} est demandé.{% endif %}"
            " Utilisez le bouton pour le réserver ou le refuser. La page indique jusqu'à quand nous vous le gardons.",
            "Voir le créneau et répondre",
        ),
        "de": EmailTexts(
            "Ein Termin ist frei geworden: {{ date }}",
            "Bei {{ shop }} ist ein Termin frei geworden."
            "{% if deposit %} Es fällt eine Anzahlung von {{ deposit }} an.{% endif %}"
            " Über die Schaltfläche können Sie ihn buchen oder ablehnen. Die Seite zeigt, bis wann wir ihn für Sie "
            "frei halten.",
            "Termin ansehen und antworten",
        ),
    },
    TextKind.MOVE_UP_OFFER: {
        "en": EmailTexts(
            "An earlier time is free: {{ date }}",
            "An earlier time with {{ shop }} is free. Use the button to move your appointment from {{ moved_from }}, "
            "or to decline. The page shows how long we hold the earlier time for you.",
            "See it and answer",
        ),
        "es": EmailTexts(
            "Hay un hueco antes: {{ date }}",
            "{{ shop }} tiene un hueco antes. Use el botón para adelantar su cita ({{ moved_from }}) o rechazar el "
            "cambio. La página muestra hasta cuándo le guardamos el hueco.",
            "Ver el hueco y responder",
        ),
        "fr": EmailTexts(
            "Un créneau plus tôt s'est libéré : {{ date }}",
            "Un créneau plus tôt s'est libéré chez {{ shop }}. Utilisez le bouton pour avancer votre rendez-vous "
            "({{ moved_from }}) ou refuser. La page indique jusqu'à quand nous vous gardons le créneau.",
            "Voir le créneau et répondre",
        ),
        "de": EmailTexts(
            "Ein früherer Termin ist frei: {{ date }}",
            "Bei {{ shop }} ist ein früherer Termin frei. Über die Schaltfläche können Sie Ihren Termin "
            "({{ moved_from }}) vorverlegen oder ablehnen. Die Seite zeigt, bis wann wir den früheren Termin für Sie "
            "frei halten.",
            "Termin ansehen und antworten",
        ),
    },
    TextKind.MOVED_UP: {
        "en": EmailTexts("Moved: {{ date }}", "Your appointment with {{ shop }} is now earlier.", "See your booking"),
        "es": EmailTexts("Cita adelantada: {{ date }}", "Hemos adelantado su cita con {{ shop }}.", "Ver su cita"),
        "fr": EmailTexts(
            "Rendez-vous avancé : {{ date }}",
            "Votre rendez-vous chez {{ shop }} a été avancé.",
            "Voir votre rendez-vous",
        ),
        "de": EmailTexts(
            "Termin vorverlegt: {{ date }}", "Ihr Termin bei {{ shop }} wurde vorverlegt.", "Termin ansehen"
        ),
    },
    TextKind.MOVE_UP_REFUSED: {
        "en": EmailTexts(
            "Your appointment was not moved",
            "Sorry, your later appointment with {{ shop }} has changed in the meantime, so we couldn't move it to "
            "this time. Nothing else has changed.",
        ),
        "es": EmailTexts(
            "No hemos adelantado su cita",
            "Lo sentimos, su cita con {{ shop }} ha cambiado entretanto y no la hemos adelantado a esta hora. "
            "El resto sigue igual.",
        ),
        "fr": EmailTexts(
            "Votre rendez-vous n'a pas été avancé",
            "Désolé, votre rendez-vous chez {{ shop }} a changé entre-temps : nous n'avons pas pu l'avancer à cette "
            "heure. Rien d'autre ne change.",
        ),
        "de": EmailTexts(
            "Ihr Termin wurde nicht vorverlegt",
            "Ihr späterer Termin bei {{ shop }} hat sich inzwischen geändert, deshalb konnten wir ihn leider nicht "
            "auf diese Zeit vorverlegen. Sonst ändert sich nichts.",
        ),
    },
    TextKind.ACCEPTANCE: {
        "en": EmailTexts(
            "Pay {{ deposit }} to confirm: {{ date }}",
            "We hold your appointment with {{ shop }} until {{ until }}. Pay {{ deposit }} to confirm it.",
            "Pay {{ deposit }}",
        ),
        "es": EmailTexts(
            "Pague {{ deposit }} para confirmar: {{ date }}",
            "Le guardamos la cita con {{ shop }} hasta {{ until }}. Pague {{ deposit }} para confirmarla.",
            "Pagar {{ deposit }}",
        ),
        "fr": EmailTexts(
            "Payez {{ deposit }} pour confirmer : {{ date }}",
            "Votre rendez-vous chez {{ shop }} est réservé jusqu'à {{ until }}. Payez {{ deposit }} pour confirmer.",
            "Payer {{ deposit }}",
        ),
        "de": EmailTexts(
            "Zum Bestätigen {{ deposit }} zahlen: {{ date }}",
            "Ihr Termin bei {{ shop }} ist bis {{ until }} reserviert. Zum Bestätigen zahlen Sie bitte "
            "{{ deposit }}.",
            "{{ deposit }} zahlen",
        ),
    },
    TextKind.CONFIRMATION: {
        "en": EmailTexts(
            "Confirmed: {{ date }}",
            "Your appointment with {{ shop }} is confirmed.{% if deposit %} Paid: {{ deposit }}.{% endif %}",
            "See or change your booking",
        ),
        "es": EmailTexts(
            "Cita confirmada: {{ date }}",
            "Su cita con {{ shop }} está confirmada.{% if deposit %} Pagado: {{ deposit }}.{% endif %}",
            "Ver o cambiar su cita",
        ),
        "fr": EmailTexts(
            "Rendez-vous confirmé : {{ date }}",
            "Votre rendez-vous chez {{ shop }} est confirmé.{% if deposit %} Payé : {{ deposit }}.{% endif %}",
            "Voir ou modifier votre rendez-vous",
        ),
        "de": EmailTexts(
            "Termin bestätigt: {{ date }}",
            "Ihr Termin bei {{ shop }} ist bestätigt.{% if deposit %} Bezahlt: {{ deposit }}.{% endif %}",
            "Termin ansehen oder ändern",
        ),
    },
    TextKind.BOOKED_WITHOUT_DEPOSIT: {
        "en": EmailTexts(
            "Booked: {{ date }}", "Your appointment with {{ shop }} is booked.", "See or change your booking"
        ),
        "es": EmailTexts(
            "Cita reservada: {{ date }}", "Su cita con {{ shop }} está reservada.", "Ver o cambiar su cita"
        ),
        "fr": EmailTexts(
            "Rendez-vous réservé : {{ date }}",
            "Votre rendez-vous chez {{ shop }} est réservé.",
            "Voir ou modifier votre rendez-vous",
        ),
        "de": EmailTexts(
            "Termin gebucht: {{ date }}", "Ihr Termin bei {{ shop }} ist gebucht.", "Termin ansehen oder ändern"
        ),
    },
    TextKind.TOO_LATE: {
        "en": EmailTexts("This slot is taken", "Sorry, this appointment with {{ shop }} has just been taken."),
        "es": EmailTexts(
            "Esta cita ya no está libre", "Lo sentimos, otra persona acaba de reservar esta cita con {{ shop }}."
        ),
        "fr": EmailTexts("Ce créneau est pris", "Désolé, ce créneau chez {{ shop }} a été pris à l'instant."),
        "de": EmailTexts("Der Termin ist vergeben", "Dieser Termin bei {{ shop }} wurde leider gerade vergeben."),
    },
    TextKind.NEXT_IN_LINE: {
        "en": EmailTexts(
            "You are next in line",
            "Sorry, we have just offered this appointment with {{ shop }} to someone else. It is yours if they "
            "say no or don't answer.",
        ),
        "es": EmailTexts(
            "El siguiente turno es para usted",
            "Lo sentimos, acabamos de ofrecer esta cita con {{ shop }} a otra persona. Es para usted si esa "
            "persona dice que no o no responde.",
        ),
        "fr": EmailTexts(
            "C'est bientôt votre tour",
            "Désolé, nous proposons ce créneau chez {{ shop }} à quelqu'un d'autre en ce moment. Il est à "
            "vous si cette personne dit non ou ne répond pas.",
        ),
        "de": EmailTexts(
            "Sie sind als Nächstes an der Reihe",
            "Dieser Termin bei {{ shop }} wurde leider gerade jemand anderem angeboten. Sie bekommen ihn, wenn diese "
            "Person ablehnt oder nicht antwortet.",
        ),
    },
    TextKind.PAYMENT_FAILED: {
        "en": EmailTexts(
            "The payment failed", "We couldn't take the payment, so your slot with {{ shop }} has been released."
        ),
        "es": EmailTexts(
            "El pago ha fallado",
            "No se ha podido realizar el pago, por lo que se ha liberado su cita con {{ shop }}.",
        ),
        "fr": EmailTexts(
            "Le paiement a échoué",
            "Nous n'avons pas pu encaisser le paiement : votre créneau chez {{ shop }} est de nouveau libre.",
        ),
        "de": EmailTexts(
            "Die Zahlung ist fehlgeschlagen",
            "Die Zahlung ist fehlgeschlagen, Ihr Termin bei {{ shop }} wurde wieder freigegeben.",
        ),
    },
    TextKind.HOLD_EXPIRED: {
        "en": EmailTexts(
            "Your slot is no longer held",
            "The payment didn't reach us in time, so {{ shop }} no longer holds this slot for you.",
        ),
        "es": EmailTexts(
            "Ya no le guardamos la cita",
            "El pago no ha llegado a tiempo: {{ shop }} ya no le guarda esta cita.",
        ),
        "fr": EmailTexts(
            "Votre créneau n'est plus réservé",
            "Le paiement n'est pas arrivé à temps : ce créneau chez {{ shop }} ne vous est plus réservé.",
        ),
        "de": EmailTexts(
            "Ihr Termin ist nicht mehr reserviert",
            "Die Zahlung kam nicht rechtzeitig an, der Termin bei {{ shop }} ist nicht mehr für Sie reserviert.",
        ),
    },
    TextKind.PAYMENT_UNAVAILABLE: {
        "en": EmailTexts(
            "Your slot is not booked",
            "Sorry, {{ shop }} can't take payments at the moment, so this slot is not booked. Nothing was charged.",
        ),
        "es": EmailTexts(
            "Su cita no queda reservada",
            "Lo sentimos, {{ shop }} no puede aceptar pagos ahora, por lo que esta cita no queda reservada. "
            "No se ha cobrado nada.",
        ),
        "fr": EmailTexts(
            "Votre créneau n'est pas réservé",
            "Désolé, {{ shop }} ne peut pas encaisser de paiement pour le moment : ce créneau n'est pas réservé. "
            "Rien n'a été débité.",
        ),
        "de": EmailTexts(
            "Ihr Termin ist nicht gebucht",
            "{{ shop }} kann derzeit leider keine Zahlungen annehmen, dieser Termin ist daher nicht gebucht. "
            "Es wurde nichts abgebucht.",
        ),
    },
    TextKind.REFUND_APOLOGY: {
        "en": EmailTexts(
            "Your refund: {{ amount }}",
            "Sorry, your payment to {{ shop }} came too late and this slot is gone. We are refunding {{ amount }} in "
            "full; it can take up to two weeks to arrive.",
        ),
        "es": EmailTexts(
            "Su reembolso: {{ amount }}",
            "Lo sentimos, su pago a {{ shop }} ha llegado tarde y esta cita ya no está libre. Le devolvemos "
            "el importe completo ({{ amount }}), que puede tardar hasta dos semanas en llegar.",
        ),
        "fr": EmailTexts(
            "Votre remboursement : {{ amount }}",
            "Désolé, votre paiement à {{ shop }} est arrivé trop tard et ce créneau n'est plus libre. Nous vous "
            "remboursons la totalité ({{ amount }}) ; cela peut prendre jusqu'à deux semaines.",
        ),
        "de": EmailTexts(
            "Ihre Erstattung: {{ amount }}",
            "Ihre Zahlung an {{ shop }} kam leider zu spät, der Termin ist vergeben. Wir erstatten {{ amount }} "
            "vollständig; das kann bis zu zwei Wochen dauern.",
        ),
    },
    TextKind.CANCELLED_BY_CUSTOMER: {
        "en": EmailTexts(
            "Cancelled: {{ date }}",
            "Your appointment with {{ shop }} has been cancelled as you asked."
            "{% if paid %} Please contact us about the {{ paid }} you paid.{% endif %}",
        ),
        "es": EmailTexts(
            "Cita cancelada: {{ date }}",
            "Hemos cancelado su cita con {{ shop }}, como nos ha pedido."
            "{% if paid %} Para cualquier consulta sobre su pago de {{ paid }}, póngase en contacto con "
            "nosotros.{% endif %}",
        ),
        "fr": EmailTexts(
            "Rendez-vous annulé : {{ date }}",
            "Votre rendez-vous chez {{ shop }} a été annulé à votre demande."
            "{% if paid %} Contactez-nous au sujet de votre paiement de {{ paid }}.{% endif %}",
        ),
        "de": EmailTexts(
            "Termin abgesagt: {{ date }}",
            "Ihr Termin bei {{ shop }} wurde auf Ihren Wunsch abgesagt."
            "{% if paid %} Wegen Ihrer Zahlung von {{ paid }} melden Sie sich bitte bei uns.{% endif %}",
        ),
    },
}
