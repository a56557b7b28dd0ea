"""Texts about bookings and their deposits."""

from domain.templates.text_kinds import LinkTarget, TextKind, TextTemplate, template

BOOKING_TEXTS: dict[TextKind, TextTemplate] = {
    TextKind.ACCEPTANCE: template(
        "when until deposit prepayment link",
        "link",
        link=LinkTarget.PAYMENT,
        en="Great! Your slot {{ when }} is held until {{ until }}. To confirm, pay "
        "{% if prepayment %}{{ prepayment }}{% else %}the {{ deposit }} deposit{% endif %}: {{ link }}",
        es="¡Perfecto! La cita es {{ when }} y se la guardamos hasta {{ until }}. Para confirmarla, pague "
        "{% if prepayment %}{{ prepayment }}{% else %}la señal de {{ deposit }}{% endif %}: {{ link }}",
        fr="Parfait ! Votre créneau ({{ when }}) est réservé jusqu'à {{ until }}. Pour confirmer, payez "
        "{% if prepayment %}{{ prepayment }}{% else %}l'acompte de {{ deposit }}{% endif %} : {{ link }}",
        de="Prima! Ihr Termin {{ when }} ist bis {{ until }} reserviert. Zum Bestätigen bitte "
        "{% if prepayment %}{{ prepayment }}{% else %}die Anzahlung von {{ deposit }}{% endif %} zahlen: {{ link }}",
    ),
    TextKind.CONFIRMATION: template(
        "when place deposit prepayment link",
        "when link",
        en="Confirmed: {{ when }}{% if place %}, {{ place }}{% endif %}. "
        "{% if prepayment %}Paid in full: {{ prepayment }}. "
        "{% elif deposit %}Deposit paid: {{ deposit }}. {% endif %}"
        "Manage your booking: {{ link }}",
        es="Cita confirmada: {{ when }}{% if place %}, {{ place }}{% endif %}. "
        "{% if prepayment %}Pagado: {{ prepayment }}. {% elif deposit %}Señal pagada: {{ deposit }}. {% endif %}"
        "Gestione su cita: {{ link }}",
        fr="Rendez-vous confirmé : {{ when }}{% if place %}, {{ place }}{% endif %}. "
        "{% if prepayment %}Payé : {{ prepayment }}. {% elif deposit %}Acompte payé : {{ deposit }}. {% endif %}"
        "Gérer votre réservation : {{ link }}",
        de="Termin bestätigt: {{ when }}{% if place %}, {{ place }}{% endif %}. "
        "{% if prepayment %}Bezahlt: {{ prepayment }}. "
        "{% elif deposit %}Anzahlung bezahlt: {{ deposit }}. {% endif %}"
        "Termin verwalten: {{ link }}",
    ),
    TextKind.BOOKED_WITHOUT_DEPOSIT: template(
        "when place link",
        "when link",
        en="Booked: {{ when }}{% if place %}, {{ place }}{% endif %}. Manage your booking: {{ link }}",
        es="Cita reservada: {{ when }}{% if place %}, {{ place }}{% endif %}. Gestione su cita: {{ link }}",
        fr="Rendez-vous réservé : {{ when }}{% if place %}, {{ place }}{% endif %}. "
        "Gérer votre réservation : {{ link }}",
        de="Termin gebucht: {{ when }}{% if place %}, {{ place }}{% endif %}. Termin verwalten: {{ link }}",
    ),
    TextKind.PAYMENT_FAILED: template(
        "when deposit prepayment",
        en="We couldn't take the {% if prepayment %}payment{% else %}deposit{% endif %}, "
        "so the slot {{ when }} has been released.",
        es="No hemos podido cobrar {% if prepayment %}el importe{% else %}la señal{% endif %}, "
        "por lo que se ha liberado la cita para {{ when }}.",
        fr="Nous n'avons pas pu encaisser {% if prepayment %}le paiement{% else %}l'acompte{% endif %} : "
        "le créneau ({{ when }}) est de nouveau libre.",
        de="Die {% if prepayment %}Zahlung{% else %}Anzahlung{% endif %} ist fehlgeschlagen, "
        "der Termin {{ when }} wurde wieder freigegeben.",
    ),
    TextKind.HOLD_EXPIRED: template(
        "when deposit prepayment",
        en="The {% if prepayment %}payment{% else %}deposit{% endif %} didn't reach us in time, "
        "so the slot {{ when }} is no longer held for you.",
        es="{% if prepayment %}El pago{% else %}La señal{% endif %} no ha llegado a tiempo: "
        "ya no le guardamos la cita para {{ when }}.",
        fr="{% if prepayment %}Le paiement{% else %}L'acompte{% endif %} n'est pas arrivé à temps : "
        "le créneau ({{ when }}) ne vous est plus réservé.",
        de="Die {% if prepayment %}Zahlung{% else %}Anzahlung{% endif %} kam nicht rechtzeitig an, "
        "der Termin {{ when }} ist nicht mehr für Sie reserviert.",
    ),
    TextKind.PAYMENT_UNAVAILABLE: template(
        "when",
        en="Sorry, we can't take payments at the moment, so the slot {{ when }} is not booked. "
        "Nothing was charged. The mistake is ours, and we are looking into it.",
        es="Lo sentimos, ahora no podemos aceptar pagos, por lo que la cita para {{ when }} no queda reservada. "
        "No se ha cobrado nada. El error es nuestro y lo estamos revisando.",
        fr="Désolé, nous ne pouvons pas encaisser de paiement pour le moment : le créneau ({{ when }}) n'est pas "
        "réservé. Rien n'a été débité. L'erreur vient de nous et nous nous en occupons.",
        de="Wir können derzeit leider keine Zahlungen annehmen, der Termin {{ when }} ist daher nicht gebucht. "
        "Es wurde nichts abgebucht. Der Fehler liegt bei uns, wir kümmern uns darum.",
    ),
    TextKind.REFUND_APOLOGY: template(
        "when amount",
        "amount",
        en="Sorry, your payment came too late and the slot {{ when }} is gone. "
        "We are refunding {{ amount }} in full; it can take up to two weeks to arrive.",
        es="Lo sentimos, su pago ha llegado tarde y la cita para {{ when }} ya no queda libre. "
        "Le devolvemos el importe completo ({{ amount }}), que puede tardar hasta dos semanas en llegar.",
        fr="Désolé, votre paiement est arrivé trop tard et le créneau ({{ when }}) n'est plus libre. "
        "Nous vous remboursons la totalité ({{ amount }}) ; cela peut prendre jusqu'à deux semaines.",
        de="Ihre Zahlung kam leider zu spät, der Termin {{ when }} ist vergeben. "
        "Wir erstatten {{ amount }} vollständig; das kann bis zu zwei Wochen dauern.",
    ),
    TextKind.UNPAID_BOOKING_CANCELLED: template(
        "date",
        "date",
        en="{{ shop }}: your booking on {{ date }} has been cancelled because it was not paid for in time.",
        es="{{ shop }}: hemos cancelado su cita para {{ date }} porque no se ha pagado a tiempo.",
        fr="{{ shop }} : votre réservation du {{ date }} a été annulée, car elle n'a pas été payée à temps.",
        de="{{ shop }}: Ihr Termin {{ date }} wurde storniert, weil er nicht rechtzeitig bezahlt wurde.",
    ),
    TextKind.CANCELLED_BY_CUSTOMER: template(
        "when paid",
        "when",
        en="{{ shop }}: your appointment {{ when }} has been cancelled as you asked."
        "{% if paid %} Please contact us about the {{ paid }} you paid.{% endif %}",
        es="{{ shop }}: hemos cancelado su cita para {{ when }}, como nos ha pedido."
        "{% if paid %} Para cualquier consulta sobre su pago de {{ paid }}, contacte con nosotros.{% endif %}",
        fr="{{ shop }} : votre rendez-vous ({{ when }}) a été annulé à votre demande."
        "{% if paid %} Contactez-nous au sujet de votre paiement de {{ paid }}.{% endif %}",
        de="{{ shop }}: Ihr Termin {{ when }} wurde auf Ihren Wunsch abgesagt."
        "{% if paid %} Wegen Ihrer Zahlung von {{ paid }} melden Sie sich bitte bei uns.{% endif %}",
    ),
    TextKind.APPOINTMENT_MOVED: template(
        "date place link",
        "date",
        en="{{ shop }}: your appointment has been moved to {{ date }}{% if place %}, {{ place }}{% endif %}. "
        "Manage it: {{ link }}",
        es="{{ shop }}: hemos cambiado su cita, que ahora es {{ date }}{% if place %}, {{ place }}{% endif %}. "
        "Gestione su cita: {{ link }}",
        fr="{{ shop }} : votre rendez-vous est déplacé au {{ date }}{% if place %}, {{ place }}{% endif %}. "
        "Le gérer : {{ link }}",
        de="{{ shop }}: Ihr Termin wurde verlegt und ist jetzt {{ date }}{% if place %}, {{ place }}{% endif %}. "
        "Termin verwalten: {{ link }}",
    ),
    TextKind.APPOINTMENT_CANCELLED: template(
        "date",
        "date",
        en="{{ shop }}: your appointment on {{ date }} has been cancelled. Please contact us if you have questions.",
        es="{{ shop }}: hemos cancelado su cita para {{ date }}. Si tiene preguntas, contacte con nosotros.",
        fr="{{ shop }} : votre rendez-vous du {{ date }} a été annulé. Contactez-nous si vous avez des questions.",
        de="{{ shop }}: Ihr Termin {{ date }} wurde abgesagt. Bei Fragen melden Sie sich bitte bei uns.",
    ),
    TextKind.BOOKING_REMINDER: template(
        "date place link",
        "date",
        en="Reminder: your appointment is on {{ date }}{% if place %}, {{ place }}{% endif %}. Manage it: {{ link }}",
        es="Recordatorio: su cita es {{ date }}{% if place %}, {{ place }}{% endif %}. Gestione su cita: {{ link }}",
        fr="Rappel : votre rendez-vous est le {{ date }}{% if place %}, {{ place }}{% endif %}. "
        "Le gérer : {{ link }}",
        de="Erinnerung: Ihr Termin ist {{ date }}{% if place %}, {{ place }}{% endif %}. "
        "Termin verwalten: {{ link }}",
    ),
    TextKind.PAYMENT_REMINDER: template(
        "date amount link",
        "amount link",
        link=LinkTarget.PAYMENT,
        en="Reminder: {{ amount }} is still to be paid for your appointment on {{ date }}. Pay here: {{ link }}",
        es="Recordatorio: quedan por pagar {{ amount }} de su cita para {{ date }}. Enlace de pago: {{ link }}",
        fr="Rappel : il reste {{ amount }} à payer pour votre rendez-vous du {{ date }}. Payez ici : {{ link }}",
        de="Erinnerung: Für Ihren Termin {{ date }} sind noch {{ amount }} zu zahlen. Hier zahlen: {{ link }}",
    ),
}
