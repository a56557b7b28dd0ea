"""Words that neither accept nor decline, and phrases in which an accepting or declining word is not an answer."""

from domain.reply_vocabulary.meanings import Entries, ReplyMeaning

PASSING_OVER: Entries = {
    ReplyMeaning.POLITE: {
        "en": (
            "please, pls, plz, plse, thanks, many thanks, thank you, thank you so much, thank you very much, thanks "
            "so much, thanks a lot, thank u, thankyou, thx, tx, ty, cheers, hi, hiya, hello, hey, hey there, hi "
            "there, oh, ooh, oo, ah, um, umm, omg, wow, yay, well, sorry, so sorry, im sorry, i am sorry, x, xx, "
            "xo, dear, good morning, morning, good evening, good afternoon, sir, madam, mate, love, so much, see "
            "you tomorrow, see you then, see you soon, see you, see u, see ya, talk soon, bye, have a nice day, "
            "have a great day, have a good day, no problem, no problems, no prob, no probs, no worries, no bother, "
            "no issue, no rush, not a problem, no doubt, cant wait, can not wait, cannot wait, dont mind, do not "
            "mind, dont worry, do not worry, no matter, thanks for the text, thanks for letting me know, thank you "
            "for letting me know, thank you for contacting me, thanks for contacting me, thank you for the offer, "
            "thanks for the offer, for the late reply, sorry for the late reply, sorry for the delay, sent from my "
            "iphone, sent from my phone, sent from my android, get outlook for ios, get outlook for android, new "
            "phone, the slot, this slot, that slot, the appointment, this appointment, the offer, this offer, it, "
            "that, fwd, fw, re, i, we, im, me, 🙏, 😊, 🙂, im afraid, i am afraid"
        ),
        "es": (
            "por favor, porfa, porfavor, gracias, muchas gracias, mil gracias, hola, buenas, buenos dias, buenas "
            "tardes, buenas noches, lo siento, perdon, perdona, disculpe, disculpa, un saludo, saludos, hasta "
            "manana, hasta luego, de nada, no hay problema, ningun problema, sin problema, no importa, no pasa "
            "nada, yo, enviado desde mi iphone"
        ),
        "fr": (
            "sil vous plait, sil te plait, svp, stp, merci, merci beaucoup, merci bien, bonjour, bonsoir, salut, "
            "desole, desolee, pardon, a demain, a bientot, bonne journee, cordialement, pas de probleme, pas de "
            "problemes, pas de souci, pas de soucis, sans probleme, aucun probleme, sans souci, je, nous, envoye "
            "de mon iphone, madame, monsieur"
        ),
        "de": (
            "bitte, bitte sehr, danke, vielen dank, besten dank, danke schon, danke sehr, dankeschon, hallo, hi, "
            "guten tag, guten morgen, guten abend, moin, servus, gruss, grusse, viele grusse, lg, mfg, bis morgen, "
            "bis dann, entschuldigung, sorry, kein problem, keine sorge, kein ding, macht nichts, ich, wir, von "
            "meinem iphone gesendet, ohne problem, ohne probleme"
        ),
    },
    ReplyMeaning.FORMAL: {
        "en": (
            "thanks for your message, thank you for your message, thanks for the message, thank you for your text"
        ),
        "es": "gracias por tu mensaje, gracias por su mensaje, gracias por el mensaje",
        "fr": "merci pour votre message, merci de votre message, merci pour ton message",
        "de": "danke fur ihre nachricht, vielen dank fur ihre nachricht, danke fur die nachricht",
    },
    ReplyMeaning.NEUTRAL: {
        "en": (
            "have not received, havent received, has not arrived, hasnt arrived, did not receive, didnt receive, "
            "did not get, didnt get, never got, never received, im not busy, not only, pass by, yes dear, yes "
            "darling, yes honey, yes mum, yes mom, yes dad, yes boss, yes man, yes men, no show, stop by, stop in, "
            "stop at, stop over, stop off, stop round, stop around, stop there, stop here, stop for, dont stop, do "
            "not stop, cant stop, wont stop, bus stop, train stop, tram stop, last stop, next stop, first stop, "
            "end of, at the end, by the end, in the end, "
            "the stop, my stop, full stop, to stop by, non stop, nonstop, pit stop, link doesnt work, link does "
            "not work, link isnt working, link is not working, link didnt work, what is this deposit, what is this "
            "link, what is this charge, what is this payment, whats this deposit, whats this link, what is this "
            "for"
        ),
        "es": (
            "fin de, al fin, "
            "no te importa, no le importa, no me llego, no me llega, no me ha llegado, no funciona, no encuentro, "
            "no recibi, no he recibido, no llego, no vale, estoy de baja"
        ),
        "fr": (
            "fin de, a la fin, enfin, arret de bus, larret de bus, lien ne marche pas, lien marche pas, lien ne "
            "fonctionne pas"
        ),
        "de": (
            "ende der, ende des, am ende, link geht nicht, link funktioniert nicht, nicht gefunden, nehme an, ich "
            "nehme an, kann ich nicht finden, kann ich nicht offnen, kann ich nicht sagen, kann ich nicht lesen, "
            "kann ich nicht bezahlen"
        ),
    },
}
