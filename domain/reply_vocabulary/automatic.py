"""Phrases of automatic replies from absent people, phones in driving mode, businesses and carriers."""

from domain.reply_vocabulary.meanings import Entries, ReplyMeaning

AUTOMATIC: Entries = {
    ReplyMeaning.AUTOMATIC: {
        "en": (
            "does not receive, do not receive texts, doesnt receive, aim to respond, aim to reply, endeavour to "
            "respond, endeavour to reply, im away from the office, i am away from the office, automatic reply, "
            "automatic response, automatic message, automated reply, automated response, automated message, "
            "automated system, auto reply, autoreply, auto response, autoresponse, auto responder, autoresponder, "
            "auto text, does not accept text, does not accept incoming, does not accept messages, does not accept "
            "sms, doesnt accept text, cannot receive text, cannot receive messages, cannot receive sms, cant "
            "receive text, not able to receive text, unable to receive text, unable to receive messages, text "
            "messages are not accepted, does not receive text, do not accept text messages, thank you for "
            "contacting, thanks for contacting, thank you for reaching out to, thanks for reaching out to, thank "
            "you for texting, thanks for texting, thank you for messaging, thanks for messaging, thank you for "
            "your enquiry, thank you for your inquiry, thank you for your interest, thank you for getting in touch "
            "with, thank you for calling, thanks for calling, have received your message, received your text, have "
            "received your enquiry, will get back to you, well get back to you, we will reply, we will respond, we "
            "will contact you, we will be in touch, well be in touch, we will confirm, we are closed, were closed, "
            "we are open, were open, ill get back to you later, ill get back to you as soon, will reply as soon, "
            "will respond as soon, reply on my return, respond on my return, out of the office, out of office, "
            "away from the office, away from my office, unmonitored, automated voice, ill reply later, do not "
            "disturb, on annual leave until, on vacation until, on holiday until, on maternity leave, away from my "
            "desk, im driving right now, i am driving right now, currently driving, im driving with, i am driving "
            "with, driving mode, do not disturb while driving, see your message when i get where, im driving sent "
            "from, sent from android auto, not receiving notifications, cant talk right now, mailbox is not "
            "monitored, inbox is not monitored, number is not monitored, not monitored, do not reply to this, "
            "please do not reply, dont reply to this, unable to send message, message blocking, is not in service, "
            "not in service, could not be delivered, was not delivered, undeliverable, is a landline, reached a "
            "landline, msg data rates, message and data rates, our opening hours, book online at, book online now, "
            "visit our website, visit us at, our business hours, our office hours, business hours are, opening "
            "hours are"
        ),
        "es": (
            "respuesta automatica, mensaje automatico, contestador automatico, fuera de la oficina, fuera de "
            "oficina, estoy de vacaciones hasta, no acepta mensajes, no admite mensajes, no recibe mensajes, no "
            "puede recibir mensajes, gracias por contactar, gracias por contactarnos, gracias por comunicarte, "
            "gracias por comunicarse, gracias por ponerse en contacto, gracias por escribirnos, gracias por "
            "llamar, le responderemos, te responderemos, le contestaremos, te contestaremos, le contactaremos, nos "
            "pondremos en contacto, le confirmaremos, te confirmaremos, hemos recibido tu mensaje, hemos recibido "
            "su mensaje, estoy conduciendo, estoy manejando, no respondas a este mensaje, no responda a este "
            "mensaje, nuestro horario, estamos cerrados"
        ),
        "fr": (
            "en conge jusquau, en conge jusqua, reponse automatique, message automatique, repondeur automatique, "
            "absent du bureau, absente du bureau, absent jusqua, absente jusqua, absent jusquau, absente jusquau, "
            "en conges jusqua, en conges jusquau, en vacances jusqua, naccepte pas les sms, naccepte pas les "
            "messages, ne recoit pas les sms, ne peut pas recevoir, merci de nous avoir contacte, merci de nous "
            "avoir contactes, merci de nous contacter, merci davoir contacte, merci pour votre appel, nous vous "
            "repondrons, nous reviendrons vers vous, nous vous recontacterons, nous vous confirmerons, nous avons "
            "bien recu votre, je conduis, je suis au volant, ne pas repondre a ce, merci de ne pas repondre, nos "
            "horaires, nous sommes fermes"
        ),
        "de": (
            "automatische antwort, automatische nachricht, automatisch generierte, automatisch erstellt, "
            "automatisch versendet, abwesenheitsnotiz, abwesenheitsmeldung, nicht im buro, nicht im buero, ausser "
            "haus, im urlaub bis, bis montag nicht, kann keine sms empfangen, kann keine nachrichten, empfangt "
            "keine, nimmt keine sms, danke fur ihre kontaktaufnahme, vielen dank fur ihre kontaktaufnahme, vielen "
            "dank fur ihre anfrage, danke fur ihre anfrage, vielen dank fur ihren anruf, danke dass sie uns "
            "kontaktiert, wir melden uns, wir werden uns, ich melde mich sobald, wir haben ihre nachricht, fahre "
            "gerade auto, ich fahre gerade, sitze gerade am steuer, nicht auf diese nachricht antworten, antworten "
            "sie nicht auf, unsere offnungszeiten, unsere oeffnungszeiten, wir haben geschlossen, bin im urlaub bis"
        ),
    },
}
