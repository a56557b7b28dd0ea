"""Words that opt out of texts, opt in again, leave the waiting list, request help, or ask who the sender is.

Twilio's keywords are STOP, STOPALL, UNSUBSCRIBE, OPTOUT, REVOKE, CANCEL, END and QUIT, each as the whole message.
According to US rules, any wording that a reasonable person understands as an opt-out must be accepted, such as "wrong
number" (47 CFR 64.1200(a)(10)).
https://help.twilio.com/articles/223134027 https://www.law.cornell.edu/cfr/text/47/64.1200
"""

from collections.abc import Mapping

from domain.reply_vocabulary.meanings import Entries, ReplyMeaning

OPT_OUT_STEMS = (
    "unsub",
    "unsus",
    "unscub",
    "unsbs",
    "unscri",
    "usubs",
    "desuscri",
    "desubscri",
    "desinscri",
    "desabon",
    "abmeld",
    "abbestell",
)
"""A word that begins with one of these stems opts out, such as "unsub", "unsuscribe" or "unsubscribed"."""

STAYING: Mapping[str, str] = {
    "en": (
        "dont, do not, didnt, did not, dont want to, do not want to, didnt want to, did not want to, dont wish to, "
        "do not wish to, didnt mean to, did not mean to, never meant to, never wanted to"
    ),
    "es": "no quiero, no queria, no queremos",
    "fr": "ne me, ne nous, pas me, pas nous",
    "de": (
        "bitte nicht, mochte nicht, mochte mich nicht, will nicht, will mich nicht, wollte nicht, wollte mich nicht, "
        "mich bitte nicht"
    ),
}
"""Words directly before an opt-out that negate it ("don't unsubscribe me"). "Can't unsubscribe" is an opt-out."""

OPTING_OUT: Entries = {
    ReplyMeaning.OPT_OUT: {
        "en": (
            "out of your list, never asked for, delete my details, delete my data, delete my info, remove my "
            "details, ever text, ever message, ever contact, stopall, stop all, stopp all, un subscribe, optout, "
            "opt out, opt me out, opting out, revoke consent, revoke my consent, s t o p, stop texting, stop "
            "txting, stop texts, stop text, stop messaging, stop messages, stop message, stop sending, stop "
            "contacting, stop calling, stop writing, stop bothering, stop spamming, stop with the, stop these, stop "
            "it, quit texting, quit messaging, quit sending, cease texting, remove my number, remove this number, "
            "remove my phone, delete my number, delete this number, lose my number, my number off, did not sign up, "
            "didnt sign up, never signed up, dont send me anything, do not send me anything, not send me anything, "
            "take me off your list, take me off the list, take me off this list, take me off your texts, off your "
            "list, off the list, off this list, off your texts, from your list, from the list, from this list, from "
            "your system, from your texts, from these texts, no more texts, no more text, no more messages, no more "
            "sms, any more texts, any more messages, anymore texts, anymore messages, dont text, do not text, dont "
            "message, do not message, dont contact, do not contact, dont send me any, dont send me more, dont send "
            "me texts, dont send me messages, dont send me these, do not send me any, do not send me more, do not "
            "send me texts, do not send me messages, do not send me these, never text, never message, never "
            "contact, dont want these texts, dont want these messages, dont want your texts, dont want your "
            "messages, do not want these texts, do not want these messages, do not wish to receive, dont wish to "
            "receive, no longer want to receive, no longer wish to receive, do not want to receive, dont want to "
            "receive, do not want any, leave me alone, fuck off, piss off, you have the wrong number, you have a "
            "wrong number, youve got the wrong number, you got the wrong number, got wrong number, have wrong "
            "number, this is the wrong number, its the wrong number, withdraw my consent, withdraw consent, be "
            "removed from, remove from list, remove from the list, block me, f off, cancel all texts, cancel all "
            "future texts, cancel future texts, cancel texts, cancel these texts, cancel these messages, cancel "
            "messages, cancel all messages, cancel subscription, cancel my subscription, cancel the subscription, "
            "want to be removed, dont ever text, do not ever text, dont ever message, do not ever message, dont "
            "ever contact, do not ever contact, stop asking, remove me from your, remove me from this, remove me "
            "from these, take me off your, not me wrong number, wrong number stop, no more of these"
        ),
        "es": (
            "dar de baja, darme de baja, dame de baja, denme de baja, deme de baja, dadme de baja, darse de baja, "
            "darnos de baja, no mas mensajes, no mas textos, no mas sms, no envien mas, no me envie, no me envien, "
            "no me envies, no me escriba, no me escriban, no me escribas, no me contacten, no me contacte, no me "
            "contactes, no me manden, no me mandes, no me mande, no quiero recibir, no quiero mas mensajes, dejen "
            "de, deja de enviar, deja de escribir, deja de escribirme, deja de mandar, deja de mandarme, deje de "
            "enviar, deje de escribir, deje de escribirme, deje de mandar, deje de mandarme, basta ya, basta de, "
            "borrame, borren mi numero, borra mi numero, borre mi numero, eliminame, elimina mi numero, eliminen mi "
            "numero, quitame de, quitenme de, quiteme de, saquenme de, sacame de, dejame en paz, dejenme en paz, "
            "numero equivocado, numero incorrecto, no me molesten, no me moleste, no me molestes, no me llamen, no "
            "me llame, no me llames, no quiero que me escriban, no quiero que me escriba, no quiero que me llamen, "
            "paren de, para de escribir, para de escribirme, para de mandar, para de mandarme, para de enviar, "
            "borrenme, borrarme, eliminenme, eliminarme, elimineme, eliminar mi numero, borrar mi numero, cancelar "
            "suscripcion, cancelar la suscripcion, cancelar mensajes, cancelar los mensajes, anular suscripcion, "
            "anular la suscripcion, se equivoca de numero, equivocado de numero, equivocaron de numero, quiten mi "
            "numero, no quiero sus mensajes, no quiero mensajes"
        ),
        "fr": (
            "ne plus recevoir, veux plus recevoir, souhaite plus recevoir, plus de messages, plus de sms, plus de "
            "textos, plus de message, plus de texto, ne mecrivez plus, ne mecris plus, mecrivez plus, ne me "
            "contactez plus, me contactez plus, ne menvoyez plus, menvoyez plus, me retirer de vos, de vos "
            "contacts, retirez moi, supprimez moi, enlevez moi, supprimez mon numero, effacez mon numero, arretez "
            "de, arretez denvoyer, arrete denvoyer, arrete de, laissez moi tranquille, laisse moi tranquille, "
            "mauvais numero, faux numero, retirez mon numero, enlevez mon numero, foutez moi la paix, fichez moi la "
            "paix, trompe de numero, trompez de numero, erreur de numero, ne plus menvoyer, ne plus mecrire, veux "
            "plus vos sms, veux plus de vos"
        ),
        "de": (
            "will das nicht mehr, mochte das nicht mehr, austragen, nicht mehr schreiben, nicht mehr kontaktieren, "
            "nicht mehr anschreiben, schreibt mir nicht mehr, schreib mir nicht mehr, schreiben sie mir nicht mehr, "
            "mir nicht mehr, keine sms mehr, keine nachrichten mehr, keine nachricht mehr, keine weiteren "
            "nachrichten, keine weiteren sms, keine werbung, hort auf, hor auf, horen sie auf, hoert auf, hoer auf, "
            "hoeren sie auf, loscht meine nummer, losch meine nummer, loschen sie meine nummer, loeschen sie meine "
            "nummer, meine nummer loschen, meine nummer loeschen, von der liste, aus der liste, von ihrer liste, "
            "aus ihrer liste, aus dem verteiler, lass mich in ruhe, lasst mich in ruhe, lassen sie mich in ruhe, "
            "falsche nummer, falsche telefonnummer, tragen sie mich aus, trag mich aus, tragt mich aus, loschen sie "
            "mich, losch mich, loscht mich, loeschen sie mich, meine daten loschen, meine daten loeschen, loschen "
            "sie meine daten, nummer loschen, nie wieder schreiben, mir nie wieder, mich nie wieder, mir bitte "
            "nicht mehr, kontaktieren sie mich nicht mehr, kontaktiert mich nicht mehr, kontaktiere mich nicht "
            "mehr, falsch verbunden, keine texte mehr, bitte keine nachrichten"
        ),
    },
    ReplyMeaning.OPT_OUT_AT_EDGE: {
        "en": "stop, stpo, sotp, 🛑, dtop, srop, stip, st0p, stoop, s top, sto p",
        "fr": "arretez, arreter",
        "de": "stopp, aufhoren, aufhoeren",
    },
    ReplyMeaning.OPT_OUT_ALONE: {
        "en": (
            "end, quit, cancel, revoke, remove, delete, no more, go away, spam, remove me, delete me, take me off, "
            "wrong number"
        ),
        "es": "alto, basta, baja, fin, cancelar, parar, pare, no mas, paren, no molestar",
        "fr": "arret, arrete",
        "de": "ende, genug, loschen, loeschen, keine sms, widerruf, widerrufe",
    },
    ReplyMeaning.START_ALONE: {"en": "start, unstop"},
    ReplyMeaning.LEAVE_ALONE: {
        "en": (
            "leave, leave list, leave the list, leave waitlist, leave the waitlist, leave wait list, leave the wait "
            "list, leave waiting list, leave the waiting list"
        ),
        "es": "salir, salir de la lista, salir de la lista de espera, dejar la lista, dejar la lista de espera",
        "fr": "quitter, quitter la liste, quitter la liste dattente",
        "de": "verlassen, liste verlassen, die liste verlassen, warteliste verlassen, die warteliste verlassen",
    },
    ReplyMeaning.HELP_ALONE: {"en": "help, info", "es": "ayuda", "fr": "aide", "de": "hilfe"},
    ReplyMeaning.WHO: {
        "en": (
            "who are u, what salon, which salon, what shop, which shop, whos number is this, whose number is this, "
            "who is this, whos this, who this, who dis, who is dis, who are you, who r u, who is it, whos it, who "
            "is texting, whos texting, who is writing, who is messaging, who sent this, who sent me, who am i "
            "speaking, who am i talking, who am i texting, what is this, whats this, whats all this, is this a "
            "scam, is it a scam, is this spam, is this real, is this legit, is this genuine, which salon is this, "
            "what salon is this, which shop is this, what shop is this, what company is this, which company is "
            "this, what business is this, which business is this, which clinic is this, what place is this, which "
            "place is this, how did you get my number, where did you get my number, do i know you, whos dis, who "
            "dat, what is it about, how did you get this number, how did you get my details"
        ),
        "es": (
            "quien es, quien eres, quien sois, quien me escribe, quien escribe, quien habla, quienes son, quienes "
            "sois, de parte de quien, de quien es, con quien hablo, que es esto, es una estafa, de donde sacaron mi "
            "numero, quien sos, de que empresa, que empresa es, de donde tienen mi numero, como tienen mi numero, "
            "es esto una estafa"
        ),
        "fr": (
            "qui est ce, cest qui, c qui, qui etes vous, qui es tu, tes qui, vous etes qui, qui ecrit, qui mecrit, "
            "cest quoi, cest de la part de qui, de la part de qui, cest une arnaque, est ce une arnaque, qui est a "
            "lappareil, comment avez vous eu mon numero"
        ),
        "de": (
            "wer bitte, ja wer ist da, kenne ich sie, kenne ich dich, wer ist das, wer ist da, wer ist dort, wer "
            "sind sie, wer bist du, wer seid ihr, wer schreibt, wer spricht, mit wem spreche ich, mit wem schreibe "
            "ich, was ist das, was soll das, ist das betrug, ist das spam, woher haben sie meine nummer, woher habt "
            "ihr meine nummer, welcher salon, welches studio, von welcher firma, welche firma"
        ),
    },
}
