"""The default text of every message in each language, and the variables that it declares. Data only.

A default is a Jinja template, as shops may write their own: {{ variables }} and {% if %}. `message_variables.py` has
the resolver of each variable. `deposit` is the amount due (or paid) in advance, `prepayment` the same amount if it is
the whole price; both are empty when nothing is due. `until` of an offer is empty unless its window is short,
and its `link` unless the shop wants one in texts.
Default texts use the GSM alphabet only (so Spanish asks for "SI"): one other character doubles the price of an SMS.
Carriers treat CANCEL as an opt-out: no text may ask for CANCEL as a reply.
"""

from dataclasses import dataclass
from enum import StrEnum


class TextKind(StrEnum):
    OFFER = "offer"
    MOVE_UP_OFFER = "move_up_offer"
    MOVED_UP = "moved_up"
    MOVE_UP_REFUSED = "move_up_refused"
    ACCEPTANCE = "acceptance"
    CONFIRMATION = "confirmation"
    BOOKED_WITHOUT_DEPOSIT = "booked_without_deposit"
    TOO_LATE = "too_late"
    NEXT_IN_LINE = "next_in_line"
    ASK_BACK = "ask_back"
    NO_LIVE_OFFER = "no_live_offer"
    WHO_WE_ARE = "who_we_are"
    PAYMENT_FAILED = "payment_failed"
    HOLD_EXPIRED = "hold_expired"
    PAYMENT_UNAVAILABLE = "payment_unavailable"
    REFUND_APOLOGY = "refund_apology"
    UNPAID_BOOKING_CANCELLED = "unpaid_booking_cancelled"
    CANCELLED_BY_CUSTOMER = "cancelled_by_customer"
    BOOKING_REMINDER = "booking_reminder"
    PAYMENT_REMINDER = "payment_reminder"
    SIGN_IN_CODE = "sign_in_code"
    STAFF_INVITATION = "staff_invitation"
    TEST_OFFER = "test_offer"
    JOIN_CODE = "join_code"
    WAITLIST_JOINED = "waitlist_joined"
    WAITLIST_LEFT = "waitlist_left"


class LinkTarget(StrEnum):
    """The page of the customer that {{ link }} leads to; the value is the first part of its path."""

    PAYMENT = "pay"
    BOOKING = "manage"
    WAITLIST = "waitlist"


@dataclass(frozen=True, slots=True)
class TextTemplate:
    """A shop's own wording may use `variables` (`shop`, its name, is always one) and must use `required`."""

    variables: frozenset[str]
    required: frozenset[str]
    defaults: dict[str, str]
    link: LinkTarget


OF_AN_APPOINTMENT = frozenset({"service", "performer", "name"})
"""Variables of every text about a time: each is empty where it is not known."""


def _template(
    variables: str, required: str = "", /, *, link: LinkTarget = LinkTarget.BOOKING, **defaults: str
) -> TextTemplate:
    names = frozenset(variables.split())
    known = names | {"shop"} | (OF_AN_APPOINTMENT if names & {"when", "date"} else frozenset())
    return TextTemplate(known, frozenset(required.split()), defaults, link)


KEPT_UNTIL: dict[str, str] = {
    "en": "We keep it for you until {{ until }}.",
    "es": "Te la guardamos hasta {{ until }}.",
    "fr": "Nous vous le gardons jusqu'à {{ until }}.",
    "de": "Wir halten ihn bis {{ until }} für Sie frei.",
}
"""The last sentence of an offer with a short window, also where the shop's own wording lacks the time."""


OR_ANSWER_HERE: dict[str, str] = {
    "en": "Or answer here: {{ link }}",
    "es": "O responde en: {{ link }}",
    "fr": "Ou répondez ici : {{ link }}",
    "de": "Oder hier antworten: {{ link }}",
}
"""The link of an offer, at the end of the text where the shop wants one."""


def _end_of_offer(language: str) -> str:
    """The last sentences of an offer, each only where its variable has a value."""
    return (
        f"{{% if until %}} {KEPT_UNTIL[language]}{{% endif %}}{{% if link %}} {OR_ANSWER_HERE[language]}{{% endif %}}"
    )


TEMPLATES: dict[TextKind, TextTemplate] = {
    TextKind.OFFER: _template(
        "when until deposit prepayment link",
        "when",
        en="A slot opened {{ when }}. Reply YES to book."
        "{% if prepayment %} {{ prepayment }} is payable in advance."
        "{% elif deposit %} {{ deposit }} deposit applies.{% endif %}" + _end_of_offer("en"),
        es="Se ha liberado una cita {{ when }}. Responde SI para reservarla."
        "{% if prepayment %} Pago por adelantado: {{ prepayment }}."
        "{% elif deposit %} Se paga una señal de {{ deposit }}.{% endif %}" + _end_of_offer("es"),
        fr="Un créneau s'est libéré {{ when }}. Répondez OUI pour réserver."
        "{% if prepayment %} {{ prepayment }} à payer d'avance."
        "{% elif deposit %} Un acompte de {{ deposit }} est à payer.{% endif %}" + _end_of_offer("fr"),
        de="Ein Termin ist frei geworden: {{ when }}. Antworten Sie JA, um ihn zu buchen."
        "{% if prepayment %} {{ prepayment }} sind im Voraus zu zahlen."
        "{% elif deposit %} Es gilt eine Anzahlung von {{ deposit }}.{% endif %}" + _end_of_offer("de"),
    ),
    TextKind.MOVE_UP_OFFER: _template(
        "when moved_from until link",
        "when moved_from",
        en="An earlier time is free: {{ when }}. Reply YES to move your appointment from {{ moved_from }}."
        + _end_of_offer("en"),
        es="Hay un hueco antes: {{ when }}. Responde SI para adelantar tu cita, que es {{ moved_from }}."
        + _end_of_offer("es"),
        fr="Un créneau avant s'est libéré : {{ when }}. Répondez OUI pour avancer votre rendez-vous "
        "de {{ moved_from }}." + _end_of_offer("fr"),
        de="Ein früherer Termin ist frei: {{ when }}. Antworten Sie JA, um Ihren Termin {{ moved_from }} "
        "vorzuverlegen." + _end_of_offer("de"),
    ),
    TextKind.MOVED_UP: _template(
        "when place deposit link",
        "when link",
        en="Moved: your appointment is now {{ when }}{% if place %}, {{ place }}{% endif %}. "
        "{% if deposit %}The {{ deposit }} you paid moves with it. {% endif %}Manage your booking: {{ link }}",
        es="Cambiada: tu cita es ahora {{ when }}{% if place %}, {{ place }}{% endif %}. "
        "{% if deposit %}Los {{ deposit }} que pagaste valen para ella. {% endif %}Gestiona tu cita: {{ link }}",
        fr="Avancé : votre rendez-vous est maintenant {{ when }}{% if place %}, {{ place }}{% endif %}. "
        "{% if deposit %}Les {{ deposit }} payés restent valables. {% endif %}Gérer votre réservation : {{ link }}",
        de="Verlegt: Ihr Termin ist jetzt {{ when }}{% if place %}, {{ place }}{% endif %}. "
        "{% if deposit %}Die gezahlten {{ deposit }} gelten dafür. {% endif %}Termin verwalten: {{ link }}",
    ),
    TextKind.MOVE_UP_REFUSED: _template(
        "",
        en="Sorry, your later appointment has changed meanwhile, so we couldn't move it. Nothing else has changed.",
        es="Lo sentimos, tu cita ha cambiado entretanto y no la hemos adelantado. El resto sigue igual.",
        fr="Désolé, votre rendez-vous prévu plus tard a changé entre-temps : nous n'avons pas pu l'avancer. "
        "Rien d'autre ne change.",
        de="Ihr späterer Termin hat sich inzwischen geändert, deshalb konnten wir ihn leider nicht vorverlegen. "
        "Sonst ändert sich nichts.",
    ),
    TextKind.ACCEPTANCE: _template(
        "when until deposit prepayment link",
        "link",
        link=LinkTarget.PAYMENT,
        en="Great! Your slot {{ when }} is held until {{ until }}. To confirm, pay "
        "{% if prepayment %}{{ prepayment }}{% else %}the {{ deposit }} deposit{% endif %}: {{ link }}",
        es="¡Genial! Te guardamos la cita {{ when }} hasta {{ until }}. Para confirmarla, paga "
        "{% if prepayment %}{{ prepayment }}{% else %}la señal de {{ deposit }}{% endif %}: {{ link }}",
        fr="Parfait ! Votre créneau {{ when }} est réservé jusqu'à {{ until }}. Pour confirmer, payez "
        "{% if prepayment %}{{ prepayment }}{% else %}l'acompte de {{ deposit }}{% endif %} : {{ link }}",
        de="Prima! Ihr Termin {{ when }} ist bis {{ until }} reserviert. Zum Bestätigen bitte "
        "{% if prepayment %}{{ prepayment }}{% else %}die Anzahlung von {{ deposit }}{% endif %} zahlen: {{ link }}",
    ),
    TextKind.CONFIRMATION: _template(
        "when place deposit prepayment link",
        "when link",
        en="Confirmed: {{ when }}{% if place %}, {{ place }}{% endif %}. "
        "{% if prepayment %}Paid in full: {{ prepayment }}. "
        "{% elif deposit %}Deposit paid: {{ deposit }}. {% endif %}"
        "Manage your booking: {{ link }}",
        es="Confirmado: {{ when }}{% if place %}, {{ place }}{% endif %}. "
        "{% if prepayment %}Pagado: {{ prepayment }}. {% elif deposit %}Señal pagada: {{ deposit }}. {% endif %}"
        "Gestiona tu cita: {{ link }}",
        fr="Confirmé : {{ when }}{% if place %}, {{ place }}{% endif %}. "
        "{% if prepayment %}Payé : {{ prepayment }}. {% elif deposit %}Acompte payé : {{ deposit }}. {% endif %}"
        "Gérer votre réservation : {{ link }}",
        de="Bestätigt: {{ when }}{% if place %}, {{ place }}{% endif %}. "
        "{% if prepayment %}Bezahlt: {{ prepayment }}. "
        "{% elif deposit %}Anzahlung bezahlt: {{ deposit }}. {% endif %}"
        "Termin verwalten: {{ link }}",
    ),
    TextKind.BOOKED_WITHOUT_DEPOSIT: _template(
        "when place link",
        "when link",
        en="Booked: {{ when }}{% if place %}, {{ place }}{% endif %}. Manage your booking: {{ link }}",
        es="Reservado: {{ when }}{% if place %}, {{ place }}{% endif %}. Gestiona tu cita: {{ link }}",
        fr="Réservé : {{ when }}{% if place %}, {{ place }}{% endif %}. Gérer votre réservation : {{ link }}",
        de="Gebucht: {{ when }}{% if place %}, {{ place }}{% endif %}. Termin verwalten: {{ link }}",
    ),
    TextKind.TOO_LATE: _template(
        "",
        en="Sorry, this slot has just been taken.",
        es="Lo sentimos, esta cita ya se ha ocupado.",
        fr="Désolé, ce créneau a été pris à l'instant.",
        de="Dieser Termin wurde leider gerade vergeben.",
    ),
    TextKind.NEXT_IN_LINE: _template(
        "",
        en="Sorry, this slot has just been taken, but it is yours if the person we are asking says no or "
        "doesn't answer.",
        es="Lo sentimos, acabamos de ofrecer esta cita a otra persona. "
        "Es tuya si la persona a la que preguntamos dice que no o no responde.",
        fr="Désolé, nous proposons ce créneau à quelqu'un d'autre en ce moment. "
        "Il est à vous si cette personne dit non ou ne répond pas.",
        de="Dieser Termin wurde leider gerade jemand anderem angeboten. "
        "Sie bekommen ihn, wenn diese Person absagt oder nicht antwortet.",
    ),
    TextKind.ASK_BACK: _template(
        "when",
        en="Would you like the slot {{ when }}? Please reply YES or NO.",
        es="¿Quieres la cita {{ when }}? Responde SI o NO, por favor.",
        fr="Voulez-vous le créneau {{ when }} ? Répondez OUI ou NON.",
        de="Möchten Sie den Termin {{ when }}? Bitte antworten Sie JA oder NEIN.",
    ),
    TextKind.NO_LIVE_OFFER: _template(
        "",
        en="Thank you! There is no open slot for you right now. We will text you when one comes up.",
        es="¡Gracias! Ahora mismo no hay ninguna cita libre para ti. Te escribiremos cuando salga una.",
        fr="Merci ! Aucun créneau n'est libre pour vous en ce moment. Nous vous écrirons dès qu'il y en aura un.",
        de="Danke! Im Moment ist kein Termin für Sie frei. Wir schreiben Ihnen, sobald einer frei wird.",
    ),
    TextKind.WHO_WE_ARE: _template(
        "phone",
        en="This is {{ shop }}{% if phone %}, {{ phone }}{% endif %}. We text you when an appointment comes free. "
        "Reply STOP to get no more texts.",
        es="Somos {{ shop }}{% if phone %}, {{ phone }}{% endif %}. Te escribimos cuando se libera una cita. "
        "Para dejar de recibir mensajes, responde STOP.",
        fr="Ici {{ shop }}{% if phone %}, {{ phone }}{% endif %}. Nous vous écrivons quand un créneau se libère. "
        "Pour ne plus recevoir de messages, répondez STOP.",
        de="Hier ist {{ shop }}{% if phone %}, {{ phone }}{% endif %}. Wir schreiben Ihnen, wenn ein Termin frei "
        "wird. Antworten Sie STOP, um keine Nachrichten mehr zu erhalten.",
    ),
    TextKind.PAYMENT_FAILED: _template(
        "when deposit prepayment",
        en="We couldn't take the {% if prepayment %}payment{% else %}deposit{% endif %}, "
        "so the slot {{ when }} has been released.",
        es="No hemos podido cobrar {% if prepayment %}el pago{% else %}la señal{% endif %}, "
        "por lo que se ha liberado la cita {{ when }}.",
        fr="Nous n'avons pas pu encaisser {% if prepayment %}le paiement{% else %}l'acompte{% endif %} : "
        "le créneau {{ when }} est de nouveau libre.",
        de="Die {% if prepayment %}Zahlung{% else %}Anzahlung{% endif %} ist fehlgeschlagen, "
        "der Termin {{ when }} wurde wieder freigegeben.",
    ),
    TextKind.HOLD_EXPIRED: _template(
        "when deposit prepayment",
        en="The {% if prepayment %}payment{% else %}deposit{% endif %} didn't reach us in time, "
        "so the slot {{ when }} is no longer held for you.",
        es="{% if prepayment %}El pago{% else %}La señal{% endif %} no ha llegado a tiempo: "
        "ya no te guardamos la cita {{ when }}.",
        fr="{% if prepayment %}Le paiement{% else %}L'acompte{% endif %} n'est pas arrivé à temps : "
        "le créneau {{ when }} n'est plus réservé pour vous.",
        de="Die {% if prepayment %}Zahlung{% else %}Anzahlung{% endif %} kam nicht rechtzeitig an, "
        "der Termin {{ when }} ist nicht mehr für Sie reserviert.",
    ),
    TextKind.PAYMENT_UNAVAILABLE: _template(
        "when",
        en="Sorry, we can't take payments at the moment, so the slot {{ when }} is not booked. "
        "Nothing was charged. The mistake is ours, and we are looking into it.",
        es="Lo sentimos, ahora no podemos cobrar pagos, por lo que la cita {{ when }} no queda reservada. "
        "No se ha cobrado nada. El error es nuestro y lo estamos revisando.",
        fr="Désolé, nous ne pouvons pas encaisser de paiement pour le moment : le créneau {{ when }} n'est pas "
        "réservé. Rien n'a été débité. L'erreur vient de nous et nous nous en occupons.",
        de="Wir können derzeit leider keine Zahlungen annehmen, der Termin {{ when }} ist daher nicht gebucht. "
        "Es wurde nichts abgebucht. Der Fehler liegt bei uns, wir kümmern uns darum.",
    ),
    TextKind.REFUND_APOLOGY: _template(
        "when amount",
        "amount",
        en="Sorry, your payment came too late and the slot {{ when }} is gone. "
        "We are refunding {{ amount }} in full; it can take up to two weeks to arrive.",
        es="Lo sentimos, tu pago ha llegado tarde y la cita {{ when }} ya no es posible. "
        "Te devolvemos {{ amount }}; puede tardar hasta dos semanas.",
        fr="Désolé, votre paiement est arrivé trop tard et le créneau {{ when }} n'est plus libre. "
        "Nous vous remboursons {{ amount }} ; cela peut prendre deux semaines.",
        de="Ihre Zahlung kam leider zu spät, der Termin {{ when }} ist vergeben. "
        "Wir erstatten {{ amount }} vollständig; das kann bis zu zwei Wochen dauern.",
    ),
    TextKind.UNPAID_BOOKING_CANCELLED: _template(
        "date",
        "date",
        en="{{ shop }}: your booking on {{ date }} has been released because it was not paid for in time.",
        es="{{ shop }}: hemos liberado tu cita {{ date }} porque no se ha pagado a tiempo.",
        fr="{{ shop }} : votre réservation du {{ date }} a été libérée, car elle n'a pas été payée à temps.",
        de="{{ shop }}: Ihre Buchung {{ date }} wurde freigegeben, weil sie nicht rechtzeitig bezahlt wurde.",
    ),
    TextKind.CANCELLED_BY_CUSTOMER: _template(
        "when paid",
        "when",
        en="{{ shop }}: your appointment {{ when }} has been cancelled as you asked."
        "{% if paid %} Please contact us about the {{ paid }} you paid.{% endif %}",
        es="{{ shop }}: hemos anulado tu cita {{ when }}, como nos has pedido."
        "{% if paid %} Para los {{ paid }} que pagaste, ponte en contacto con nosotros.{% endif %}",
        fr="{{ shop }} : votre rendez-vous {{ when }} a été annulé à votre demande."
        "{% if paid %} Contactez-nous au sujet des {{ paid }} payés.{% endif %}",
        de="{{ shop }}: Ihr Termin {{ when }} wurde auf Ihren Wunsch abgesagt."
        "{% if paid %} Wegen der gezahlten {{ paid }} melden Sie sich bitte bei uns.{% endif %}",
    ),
    TextKind.BOOKING_REMINDER: _template(
        "date place link",
        "date",
        en="Reminder: your appointment is on {{ date }}{% if place %}, {{ place }}{% endif %}. Manage it: {{ link }}",
        es="Recordatorio: tu cita es {{ date }}{% if place %}, {{ place }}{% endif %}. Gestiona tu cita: {{ link }}",
        fr="Rappel : votre rendez-vous est le {{ date }}{% if place %}, {{ place }}{% endif %}. "
        "Le gérer : {{ link }}",
        de="Erinnerung: Ihr Termin ist {{ date }}{% if place %}, {{ place }}{% endif %}. "
        "Termin verwalten: {{ link }}",
    ),
    TextKind.PAYMENT_REMINDER: _template(
        "date amount link",
        "amount link",
        link=LinkTarget.PAYMENT,
        en="Reminder: {{ amount }} is still to be paid for your appointment on {{ date }}. Pay here: {{ link }}",
        es="Recordatorio: quedan por pagar {{ amount }} de tu cita {{ date }}. Paga en: {{ link }}",
        fr="Rappel : il reste {{ amount }} à payer pour votre rendez-vous du {{ date }}. Payer : {{ link }}",
        de="Erinnerung: Für Ihren Termin {{ date }} sind noch {{ amount }} zu zahlen. Hier zahlen: {{ link }}",
    ),
    TextKind.SIGN_IN_CODE: _template(
        "code minutes",
        "code",
        en="{{ code }} is your sign-in code{% if shop %} for {{ shop }}{% endif %}. "
        "It works once, within {{ minutes }} minutes. Nobody will ask you for it.",
        es="{{ code }} es tu clave de acceso{% if shop %} para {{ shop }}{% endif %}. "
        "Vale una sola vez, durante {{ minutes }} minutos. Nadie te la va a pedir.",
        fr="{{ code }} est votre code de connexion{% if shop %} pour {{ shop }}{% endif %}. "
        "Valable une seule fois, pendant {{ minutes }} minutes. Personne ne vous le demandera.",
        de="{{ code }} ist Ihr Anmeldecode{% if shop %} für {{ shop }}{% endif %}. "
        "Er gilt einmal und {{ minutes }} Minuten lang. Niemand wird Sie danach fragen.",
    ),
    TextKind.STAFF_INVITATION: _template(
        "link",
        "link",
        en="{% if shop %}{{ shop }} invites you{% else %}You are invited{% endif %} to manage its appointments. "
        "Confirm within a week: {{ link }}",
        es="{% if shop %}{{ shop }} te invita{% else %}Te invitamos{% endif %} a gestionar sus citas. "
        "Confirma en una semana: {{ link }}",
        fr="{% if shop %}{{ shop }} vous invite{% else %}On vous invite{% endif %} à gérer ses rendez-vous. "
        "Confirmez sous une semaine : {{ link }}",
        de="{% if shop %}{{ shop }} lädt Sie ein{% else %}Sie sind eingeladen{% endif %}, die Termine zu verwalten. "
        "Bitte innerhalb einer Woche bestätigen: {{ link }}",
    ),
    TextKind.TEST_OFFER: _template(
        "offer",
        "offer",
        en="Test from {{ shop }}. Customers are asked like this: {{ offer }}",
        es="Prueba de {{ shop }}. Los clientes reciben: {{ offer }}",
        fr="Test de {{ shop }}. Voici le message aux clients : {{ offer }}",
        de="Test von {{ shop }}. So fragen wir Kunden: {{ offer }}",
    ),
    TextKind.JOIN_CODE: _template(
        "code minutes",
        "code",
        en="{{ code }} is your code for the waiting list{% if shop %} of {{ shop }}{% endif %}. "
        "It works for {{ minutes }} minutes. If you didn't ask for it, ignore this text.",
        es="{{ code }} es tu clave para la lista de espera{% if shop %} de {{ shop }}{% endif %}. "
        "Vale durante {{ minutes }} minutos. Si no la has pedido, ignora este mensaje.",
        fr="{{ code }} est votre code pour la liste d'attente{% if shop %} de {{ shop }}{% endif %}. "
        "Valable {{ minutes }} minutes. Si vous n'avez rien demandé, ignorez ce message.",
        de="{{ code }} ist Ihr Code für die Warteliste{% if shop %} von {{ shop }}{% endif %}. "
        "Er gilt {{ minutes }} Minuten. Falls Sie ihn nicht angefordert haben, ignorieren Sie ihn.",
    ),
    TextKind.WAITLIST_JOINED: _template(
        "link",
        "link",
        link=LinkTarget.WAITLIST,
        en="You are on the waiting list{% if shop %} of {{ shop }}{% endif %}. "
        "Change or leave: {{ link }} Reply LEAVE to leave the list, STOP to end all texts.",
        es="Te hemos apuntado a la lista de espera{% if shop %} de {{ shop }}{% endif %}. "
        "Cambiar o salir: {{ link }} Responde SALIR para dejar la lista, STOP para no recibir mensajes.",
        fr="Vous voilà sur la liste d'attente{% if shop %} de {{ shop }}{% endif %}. "
        "Modifier ou quitter : {{ link }} Répondez QUITTER pour quitter la liste, STOP pour ne plus rien recevoir.",
        de="Sie stehen auf der Warteliste{% if shop %} von {{ shop }}{% endif %}. "
        "Ändern oder verlassen: {{ link }} Antworten Sie VERLASSEN für die Warteliste, STOP für alle Nachrichten.",
    ),
    TextKind.WAITLIST_LEFT: _template(
        "",
        en="You are no longer on the waiting list{% if shop %} of {{ shop }}{% endif %}. "
        "Reply STOP to get no more texts at all.",
        es="Hemos quitado tu nombre de la lista de espera{% if shop %} de {{ shop }}{% endif %}. "
        "Para no recibir mensajes, responde STOP.",
        fr="Votre nom n'est plus sur la liste d'attente{% if shop %} de {{ shop }}{% endif %}. "
        "Pour ne plus recevoir aucun message, répondez STOP.",
        de="Sie stehen nicht mehr auf der Warteliste{% if shop %} von {{ shop }}{% endif %}. "
        "Antworten Sie STOP, um gar keine Nachrichten mehr zu erhalten.",
    ),
}
