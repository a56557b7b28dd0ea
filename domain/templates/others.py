"""Texts about the waiting list and the shop, and texts to staff."""

from domain.templates.text_kinds import LinkTarget, TextKind, TextTemplate, template

OTHER_TEXTS: dict[TextKind, TextTemplate] = {
    TextKind.WHO_WE_ARE: template(
        "phone",
        en="This is {{ shop }}{% if phone %}, {{ phone }}{% endif %}. We text you when an appointment comes free. "
        "Reply STOP to get no more texts.",
        es="Somos {{ shop }}{% if phone %}, {{ phone }}{% endif %}. Le escribimos cuando se libera una cita. "
        "Para dejar de recibir mensajes, responda STOP.",
        fr="Ici {{ shop }}{% if phone %}, {{ phone }}{% endif %}. Nous vous écrivons quand un créneau se libère. "
        "Pour ne plus recevoir de messages, répondez STOP.",
        de="Hier ist {{ shop }}{% if phone %}, {{ phone }}{% endif %}. Wir schreiben Ihnen, wenn ein Termin frei "
        "wird. Antworten Sie mit STOP, um keine Nachrichten mehr zu erhalten.",
    ),
    TextKind.SIGN_IN_CODE: template(
        "code minutes",
        "code",
        en="{{ code }} is your sign-in code{% if shop %} for {{ shop }}{% endif %}. "
        "It works once, within {{ minutes }} minutes. Nobody will ask you for it.",
        es="{{ code }} es su clave de acceso{% if shop %} para {{ shop }}{% endif %}. "
        "Vale una sola vez, durante {{ minutes }} minutos. Nadie se la va a pedir.",
        fr="{{ code }} est votre code de connexion{% if shop %} pour {{ shop }}{% endif %}. "
        "Valable une seule fois, pendant {{ minutes }} minutes. Personne ne vous le demandera.",
        de="{{ code }} ist Ihr Anmeldecode{% if shop %} für {{ shop }}{% endif %}. "
        "Er gilt einmalig und {{ minutes }} Minuten lang. Niemand wird Sie danach fragen.",
    ),
    TextKind.STAFF_INVITATION: template(
        "link",
        "link",
        en="{% if shop %}{{ shop }} invites you to manage its{% else %}You are invited to manage a shop's{% endif %} "
        "appointments. Confirm within a week: {{ link }}",
        es="{% if shop %}{{ shop }} le invita a gestionar sus citas{% else %}Le invitamos a gestionar las citas de "
        "un establecimiento{% endif %}. Tiene una semana para confirmar: {{ link }}",
        fr="{% if shop %}{{ shop }} vous invite à gérer ses{% else %}On vous invite à gérer des{% endif %} "
        "rendez-vous. Confirmez sous une semaine : {{ link }}",
        de="{% if shop %}{{ shop }} lädt Sie ein{% else %}Sie sind eingeladen{% endif %}, die Termine zu verwalten. "
        "Bitte innerhalb einer Woche bestätigen: {{ link }}",
    ),
    TextKind.TEST_OFFER: template(
        "offer",
        "offer",
        en="Test from {{ shop }}. Customers receive: {{ offer }}",
        es="Prueba de {{ shop }}. Los clientes reciben: {{ offer }}",
        fr="Test de {{ shop }}. Message pour la clientèle : {{ offer }}",
        de="Test von {{ shop }}. Ihre Kundschaft erhält: {{ offer }}",
    ),
    TextKind.JOIN_CODE: template(
        "code minutes",
        "code",
        en="{{ code }} is your code for the waiting list{% if shop %} of {{ shop }}{% endif %}. "
        "It works for {{ minutes }} minutes. If you didn't ask for it, ignore this text.",
        es="{{ code }} es su clave para la lista de espera{% if shop %} de {{ shop }}{% endif %}. "
        "Vale durante {{ minutes }} minutos. Si no la ha pedido, ignore este mensaje.",
        fr="{{ code }} est votre code pour la liste d'attente{% if shop %} de {{ shop }}{% endif %}. "
        "Valable {{ minutes }} minutes. Si vous n'avez rien demandé, ignorez ce message.",
        de="{{ code }} ist Ihr Code für die Warteliste{% if shop %} von {{ shop }}{% endif %}. "
        "Er gilt {{ minutes }} Minuten. Falls Sie ihn nicht angefordert haben, ignorieren Sie diese SMS.",
    ),
    TextKind.EMAIL_CONSENT: template(
        "link",
        "link",
        en="Please confirm your e-mail address. You asked {{ shop }} to e-mail you about appointments that come "
        "free. Confirm within a week: {{ link }} If you didn't ask for it, ignore this e-mail.",
        es="Confirme su correo. Ha pedido a {{ shop }} que le escriba por correo cuando se libere una cita. "
        "Tiene una semana para confirmar: {{ link }} Si no lo ha pedido, ignore este correo.",
        fr="Confirmez votre adresse e-mail. Vous avez demandé à {{ shop }} de vous écrire par e-mail quand un "
        "créneau se libère. Confirmez sous une semaine : {{ link }} Si vous n'avez rien demandé, ignorez cet e-mail.",
        de="Bitte bestätigen Sie Ihre E-Mail-Adresse. Sie haben {{ shop }} gebeten, Ihnen E-Mails über freie "
        "Termine zu senden. Bestätigen Sie innerhalb einer Woche: {{ link }} Falls Sie das nicht wollten, ignorieren "
        "Sie diese E-Mail.",
    ),
    TextKind.WAITLIST_JOINED: template(
        "link",
        "link",
        link=LinkTarget.WAITLIST,
        en="You are on the waiting list{% if shop %} of {{ shop }}{% endif %}. "
        "Change or leave: {{ link }} Reply LEAVE to leave the list, STOP to end all texts.",
        es="Le hemos apuntado a la lista de espera{% if shop %} de {{ shop }}{% endif %}. "
        "Cambiar o salir: {{ link }} Responda SALIR para dejar la lista, STOP para no recibir mensajes.",
        fr="Vous voilà sur la liste d'attente{% if shop %} de {{ shop }}{% endif %}. "
        "Modifier ou quitter : {{ link }} Répondez QUITTER pour quitter la liste, STOP pour ne plus rien recevoir.",
        de="Sie stehen auf der Warteliste{% if shop %} von {{ shop }}{% endif %}. "
        "Ändern oder verlassen: {{ link }} Mit VERLASSEN verlassen Sie die Liste, "
        "mit STOP beenden Sie alle Nachrichten.",
    ),
    TextKind.WAITLIST_LEFT: template(
        "",
        en="You are no longer on the waiting list{% if shop %} of {{ shop }}{% endif %}. "
        "Reply STOP to get no more texts at all.",
        es="Hemos quitado su nombre de la lista de espera{% if shop %} de {{ shop }}{% endif %}. "
        "Para no recibir mensajes, responda STOP.",
        fr="Votre nom n'est plus sur la liste d'attente{% if shop %} de {{ shop }}{% endif %}. "
        "Pour ne plus recevoir aucun message, répondez STOP.",
        de="Sie stehen nicht mehr auf der Warteliste{% if shop %} von {{ shop }}{% endif %}. "
        "Antworten Sie mit STOP, um gar keine Nachrichten mehr zu erhalten.",
    ),
}
