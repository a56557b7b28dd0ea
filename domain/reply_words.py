"""The words and phrases by which customers answer a text, in English, Spanish, French and German. Data only.

Entries are separated by commas and written as `replies.py` leaves a message: small letters, without accents,
apostrophes and punctuation. The longest entry that fits counts: "not sure" is no "sure", "stop by" is no "stop".
"""

from enum import Enum


class Meaning(Enum):
    OPT_OUT = "opts out wherever it stands"
    OPT_OUT_AT_EDGE = "opts out as the first or last word of a clause"
    OPT_OUT_ALONE = "opts out as the whole message"
    START_ALONE = "lifts the opt-out as the whole message"
    YES = "accepts"
    MILD_YES = "accepts, but gives way to any no"
    YES_ALONE = "accepts as the whole message"
    NO = "declines"
    MILD_NO = "declines, but gives way to a YES"
    NO_ALONE = "declines as the whole message"
    HEDGE = "takes a yes back"
    MILD_HEDGE = "takes a mild yes back"
    POLITE = "says nothing either way, and is overlooked"
    NEUTRAL = "holds a word that means something else by itself"
    UNKNOWN = "any other word"


# Twilio's own words are STOP, STOPALL, UNSUBSCRIBE, OPTOUT, REVOKE, CANCEL, END and QUIT (as the whole message);
# US rules add any wording that a reasonable person understands (47 CFR 64.1200(a)(10)).
# https://help.twilio.com/articles/223134027 https://www.law.cornell.edu/cfr/text/47/64.1200
WORDS: dict[Meaning, dict[str, str]] = {
    Meaning.OPT_OUT: {
        "en": (
            "stopall, stop all, unsubscribe, unsubscribe me, optout, opt out, opt me out, opting out, "
            "revoke consent, revoke my consent, stop texting, stop txting, stop texts, stop messaging, "
            "stop messages, stop sending, stop contacting, stop calling, stop writing, stop bothering, "
            "stop spamming, quit texting, quit messaging, remove me, remove my number, remove this "
            "number, delete me, delete my number, lose my number, take me off, off your list, off the "
            "list, off this list, no more texts, no more messages, no more sms, any more texts, any more "
            "messages, anymore texts, anymore messages, dont text, do not text, dont message, do not "
            "message, dont contact, do not contact, dont send me any, dont send me more, dont send me "
            "texts, dont send me messages, dont send me these, do not send me any, do not send me more, "
            "never text, never message, never contact, leave me alone, fuck off, piss off, wrong number"
        ),
        "es": (
            "dar de baja, darme de baja, dame de baja, denme de baja, deme de baja, darse de baja, no mas "
            "mensajes, no mas textos, no mas sms, no envien mas, no me envien, no me envies, no me "
            "escriban, no me escribas, no me contacten, no me manden, no me mandes, no quiero recibir, "
            "dejen de, deja de enviar, deja de escribir, deja de mandar, deje de enviar, deje de "
            "escribir, deje de mandar, borrame, borren mi numero, borra mi numero, eliminame, quitame de, "
            "quitenme de, desuscribir, desuscribirme, dejame en paz, dejenme en paz, numero equivocado"
        ),
        "fr": (
            "desabonner, desabonnez, me desabonner, desabonnement, desinscrire, desinscrivez, "
            "desinscription, ne plus recevoir, plus de messages, plus de sms, plus de textos, plus de "
            "message, ne mecrivez plus, ne mecris plus, ne me contactez plus, ne menvoyez plus, retirez "
            "moi, supprimez moi, supprimez mon numero, arretez de, arretez denvoyer, arrete denvoyer, "
            "laissez moi tranquille, laisse moi tranquille, mauvais numero, faux numero"
        ),
        "de": (
            "abmelden, mich abmelden, abbestellen, austragen, nicht mehr schreiben, nicht mehr "
            "kontaktieren, nicht mehr anschreiben, schreibt mir nicht mehr, schreib mir nicht mehr, "
            "schreiben sie mir nicht mehr, keine sms mehr, keine nachrichten mehr, keine nachricht mehr, "
            "keine weiteren nachrichten, keine weiteren sms, hort auf, hor auf, horen sie auf, hoert auf, "
            "hoer auf, loscht meine nummer, losch meine nummer, loschen sie meine nummer, loeschen sie "
            "meine nummer, von der liste, lass mich in ruhe, lasst mich in ruhe, lassen sie mich in ruhe, "
            "falsche nummer"
        ),
    },
    Meaning.OPT_OUT_AT_EDGE: {
        "en": "stop, 🛑",
        "es": "basta, alto",
        "fr": "arretez, arrete, arreter",
        "de": "stopp, aufhoren, aufhoeren",
    },
    Meaning.OPT_OUT_ALONE: {
        "en": "end, quit, cancel, revoke, remove, delete, no more, go away, spam",
        "es": "baja, fin, cancelar, parar, pare, no mas",
        "fr": "arret",
        "de": "ende",
    },
    Meaning.START_ALONE: {
        "en": "start, unstop",
    },
    Meaning.YES: {
        "en": (
            "yes, yess, yep, yepp, yeah, yea, yeh, yup, yah, yas, aye, yessir, absolutely, definitely, "
            "certainly, of course, accept, i accept, confirm, confirmed, book me, book me in, book it, "
            "book it in, count me in, ill take it, i will take it, ill have it, i want it, i would like "
            "it, id like it, sign me up, go ahead, cant wait, can not wait, please do, why not"
        ),
        "es": (
            "si, sip, claro, claro que si, por supuesto, acepto, confirmo, la quiero, lo quiero, me la "
            "quedo, me lo quedo, reservame, reservamela, quiero la cita"
        ),
        "fr": (
            "oui, ouais, ouaip, bien sur, volontiers, avec plaisir, je prends, je la prends, je le "
            "prends, je confirme, jaccepte"
        ),
        "de": (
            "ja, jawohl, jep, jepp, jup, na klar, natuerlich, naturlich, einverstanden, nehme ich, ich "
            "nehme, ich nehme ihn, bestatige, ich bestatige"
        ),
    },
    Meaning.MILD_YES: {
        "en": (
            "ok, okay, okey, okie, oki, kk, okey dokey, sure, sure thing, alright, fine, great, perfect, "
            "lovely, brilliant, cool, works for me, that works, suits me, sounds good, sounds great, "
            "book, reserve, deal, liked, loved, 👍, 👌, ✅, ✔, ☑, 🆗"
        ),
        "es": "vale, dale, de acuerdo, perfecto, genial, estupendo, me va bien, me viene bien, sin problema",
        "fr": "daccord, dac, parfait, super, ca marche, ca me va, entendu, impeccable, nickel",
        "de": "gerne, gern, klar, passt, passt mir, geht klar, in ordnung, alles klar, prima, top, gut",
    },
    Meaning.YES_ALONE: {
        "en": "y, k, ya",
    },
    Meaning.NO: {
        "en": (
            "no, nope, nah, naw, noo, cant, cannot, can not, couldnt, wont, unable, unavailable, decline, "
            "declined, disliked, pass, ill pass, not today, not now, not this time, not tomorrow, not "
            "interested, not available, not free, not for me, not yes, already booked, booked elsewhere, "
            "elsewhere, already have, already got, already sorted, another time, another day, next time, "
            "too late, too far, too short notice, doesnt work, doesnt suit, dont want, dont need, rather "
            "not, cant stop, wont stop, not going to, on holiday, on vacation, out of town, im away"
        ),
        "es": (
            "no puedo, no gracias, hoy no, ahora no, claro que no, no me interesa, no me va bien, no me "
            "viene bien, imposible, otro dia, en otro momento, ocupado, ocupada, ya no, ya tengo, tampoco"
        ),
        "fr": (
            "non, non merci, impossible, pas aujourdhui, pas possible, pas dispo, pas disponible, pas "
            "interesse, pas interessee, je ne peux pas, je peux pas, une autre fois, un autre jour, "
            "occupe, occupee, deja pris"
        ),
        "de": (
            "nein, nee, kann nicht, kann leider nicht, geht nicht, passt nicht, heute nicht, leider "
            "nicht, keine zeit, kein interesse, ein andermal, ein anderes mal, verhindert, schon "
            "vergeben, schon gebucht, absagen"
        ),
    },
    Meaning.MILD_NO: {
        "en": "not, dont, doesnt, didnt, isnt, never, busy, im good, im ok, im okay, im fine, 👎, ❌, 🙅",
        "es": "nunca",
        "fr": "pas",
        "de": "nicht, kein, keine, leider",
    },
    Meaning.NO_ALONE: {
        "en": "n",
        "de": "ne",
    },
    Meaning.HEDGE: {
        "en": (
            "maybe, perhaps, possibly, might, unsure, not sure, im not sure, not yet, dunno, dont know, "
            "do not know, let me check, let me see, let me think, ill check, ill see, need to check, have "
            "to check, depends, it depends"
        ),
        "es": "quizas, quiza, tal vez, a lo mejor, puede ser, no se, depende, dejame ver, lo miro",
        "fr": "peut etre, je ne sais pas, je sais pas, ca depend, je regarde, je verifie",
        "de": (
            "vielleicht, eventuell, weiss nicht, ich weiss nicht, weiss noch nicht, mal sehen, kommt "
            "drauf an, nicht sicher, ich schaue"
        ),
    },
    Meaning.MILD_HEDGE: {
        "en": "but, however, unfortunately, if, working",
        "es": "pero",
        "fr": "mais",
        "de": "aber",
    },
    Meaning.POLITE: {
        "en": (
            "please, pls, plz, thanks, thank you, thank u, thx, ty, cheers, hi, hello, hey, oh, ah, um, "
            "well, sorry, so sorry, im sorry, x, xx, xo, dear, good morning, good evening, good "
            "afternoon, sir, madam, mate, 🙏, 😊, 🙂"
        ),
        "es": (
            "por favor, porfa, gracias, muchas gracias, hola, buenos dias, buenas tardes, buenas noches, "
            "lo siento, perdon, perdona"
        ),
        "fr": (
            "sil vous plait, sil te plait, svp, stp, merci, merci beaucoup, bonjour, bonsoir, salut, "
            "desole, desolee, pardon"
        ),
        "de": (
            "bitte, bitte sehr, danke, vielen dank, danke schon, hallo, guten tag, guten morgen, guten "
            "abend, entschuldigung, sorry"
        ),
    },
    Meaning.NEUTRAL: {
        "en": (
            "no problem, no problems, no prob, no probs, no worries, no bother, no issue, no rush, no "
            "need, no doubt, not a problem, dont mind, do not mind, dont worry, not only, no matter, yes "
            "or no, pass by, stop by, stop in, stop at, stop over, stop off, stop round, stop around, "
            "stop there, stop here, stop for, dont stop, bus stop, train stop, tram stop, last stop, next "
            "stop, first stop, the stop, my stop, full stop, to stop, non stop, nonstop, pit stop"
        ),
        "es": "no hay problema, ningun problema, no importa, si o no",
        "fr": (
            "pas de probleme, pas de problemes, pas de souci, pas de soucis, arret de bus, oui ou non, larret de bus"
        ),
        "de": "kein problem, keine sorge, kein ding, macht nichts, ja oder nein",
    },
}
