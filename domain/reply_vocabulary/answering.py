"""Words that accept an offer, decline it, or make the answer conditional."""

from domain.reply_vocabulary.meanings import Entries, ReplyMeaning

ANSWERING: Entries = {
    ReplyMeaning.YES: {
        "en": ("yes, yess, yep, yepp, yeah, yea, yeh, yup, yah, yas, aye, yessir, ye, yesh, yeas, yse, yees"),
        "es": "sí, sip, claro que sí, claro que si, por supuesto que sí, por supuesto que si, sii",
        "fr": "oui, ouais, ouaip, ui, ouii",
        "de": "jawoll, ja, jawohl, jep, jepp, jup, jaa, jaja",
    },
    ReplyMeaning.ACCEPT: {
        "en": (
            "ok then, okay then, will take it, please confirm, absolutely, definitely, certainly, of course, "
            "accept, accepted, accepting, agree, agreed, confirm, confirmed, confirming, book, booked, booking, "
            "book me, book me in, book me in for tomorrow, book us in, book it, book it in, count me in, sign me "
            "up, im in, would like to accept, would like to book, would like to confirm, id like to accept, id like "
            "to book, id like to confirm, want to book, can i have it, can i have the slot, can i take it, can i "
            "book, take it, taking it, take that, take the slot, ill take it, i will take it, ill take the slot, "
            "well take it, we will take it, have it, ill have it, want it, want that, i want the slot, would like "
            "it, id like it, would love it, id love it, love to, id love to, would love to, go ahead, go for it, "
            "lets do it, do it, please do, why not, ill be there, i will be there, be there, see you there, ok, "
            "okay, okey, okie, oki, kk, okey dokey, sure, sure thing, for sure, alright, all right, fine, thats "
            "fine, that is fine, fine by me, fine for me, great, perfect, lovely, brilliant, cool, awesome, "
            "amazing, excellent, fantastic, good, works, work for me, works for me, that works, that works for me, "
            "works fine, suits me, that suits me, sounds good, sound good, sounds great, sounds perfect, thats "
            "good, thats great, thats perfect, that would be great, that would be lovely, that would be perfect, "
            "good for me, ok for me, okay with me, ok with me, fine with me, reserve, reserve it, deal, hell, 👍, "
            "👌, ✅, ✔, ☑, 🆗, sounds good to me, sounds great to me, sounds perfect to me, sound good to me, thatd "
            "be great, thatd be lovely, thatd be perfect, thatd be good, that would be good, id love that, would "
            "love that, brill, okie dokie, okey doke, okie doke, okeydokey, all right then, alright then, "
            "will be there"
        ),
        "es": (
            "claro, por supuesto, acepto, aceptamos, aceptar, confirmo, confirmado, confirmar, quiero, la quiero, "
            "lo quiero, me la quedo, me lo quedo, reservame, reservamela, reservamelo, quiero la cita, me interesa, "
            "me apunto, vale, dale, de acuerdo, perfecto, genial, estupendo, va bien, me va bien, viene bien, me "
            "viene bien, me parece bien, alli estare, ahi estare, encantada, encantado, venga, listo, viene "
            "perfecto, me viene perfecto, viene genial, me viene genial, reservar, ok perfecto"
        ),
        "fr": (
            "dacc, bien sur, bien sur que oui, mais oui, mais bien sur, volontiers, avec plaisir, prends, je "
            "prends, la prends, le prends, je la prends, je le prends, confirme, je confirme, accepte, jaccepte, "
            "interesse, interessee, daccord, dac, parfait, super, ca marche, marche, ca me va, me va, ca me "
            "convient, convient, entendu, impeccable, nickel, ok pour moi, pour moi, reservez, reservez moi, "
            "reserve, jy serai, je suis partante, je suis partant, cest bon pour moi, carrement, grand plaisir, "
            "avec grand plaisir"
        ),
        "de": (
            "na klar, natuerlich, naturlich, selbstverstandlich, selbstverstaendlich, einverstanden, nehme ich, "
            "nehme ich ihn, ich nehme, nehme, ich nehme ihn, nehme ihn, ich nehme ihn an, nehme ihn an, ich nehme "
            "den termin, nehme den termin, ich nehme den termin an, nehme den termin an, bestatige, ich bestatige, "
            "akzeptiere, bin dabei, dabei, auf jeden fall, gerne, gern, sehr gerne, sehr gern, klar, passt, passt "
            "mir, das passt, das passt mir, geht klar, in ordnung, alles klar, prima, perfekt, super, top, gut, "
            "buchen, buche, reservieren, jo, machen wir, den nehm ich, den nehme ich, nehm ich, sehr gut, passt "
            "perfekt, passt super"
        ),
    },
    ReplyMeaning.YES_ALONE: {"en": "y, k, ya", "es": "si, si quiero, si lo quiero"},
    ReplyMeaning.NO: {
        "en": (
            "be away, will be away, ill be away, not gonna, already found, too expensive, on shift, no, nope, nah, "
            "naw, noo, noop, no thanks, no thank you, no thankyou, decline, declined, declining, ill pass, i pass, "
            "not today, not now, not this time, not tomorrow, not tonight, maybe not, not interested, no longer "
            "interested, not available, not free, not for me, not yes, not able to make, already booked, booked "
            "elsewhere, elsewhere, already have, already got, already sorted, already bought, another time, some "
            "other time, another day, next time, too late, too far, too short notice, too short, doesnt work, does "
            "not work, dont work, doesnt suit, does not suit, dont want, do not want, didnt want, dont need, do not "
            "need, no need, rather not, not going to, no way, no chance, no can do, hell no, on holiday, on "
            "vacation, out of town, im away, i am away, count me out, unavailable, cant make, cant do, cant come, "
            "cant today, cant tmrw, cant tmr, wouldnt be able, would not be able, afraid not, dont think i can, "
            "dont think so, do not think so, do not think i can, not keen, didnt think so, cant tomorrow, cant "
            "attend, cant stop by, cant get there, cannot make, cannot do, cannot come, cannot attend, can not "
            "make, can not do, can not come, couldnt make, wont make, wont be able, wont be taking, wont be coming, "
            "wont take, will not be taking, will not be able, unable to make, unable to attend, unable to come, "
            "unable to do, yeah nah, yeah no, yea no, yeah naw, im good, im ok, im okay, im fine, im alright, all "
            "good thanks, 👎, ❌, 🙅, got one already, have one already, have to pass, going to pass, gonna pass, "
            "ill skip, i will skip, skip this, skip it, skip this one, give it a miss, leave it thanks, give it to "
            "someone else, offer it to someone else, not really, no longer required, no longer needed, not right "
            "now, not at the moment, not able to come, not able to attend, not able to do, im sorted, all sorted, "
            "for now no, changed my mind no, not this week, have to miss it"
        ),
        "es": (
            "no puedo, no podre, no gracias, hoy no, ahora no, manana no, claro que no, por supuesto que no, no me "
            "interesa, no estoy interesada, no estoy interesado, no me va bien, no me viene bien, no quiero, no lo "
            "quiero, no la quiero, de ninguna manera, para nada, imposible, otro dia, en otro momento, ocupado, "
            "ocupada, ya no, ya tengo, tampoco, nunca jamas, nop, otra vez sera, la proxima vez, que va, ni hablar, "
            "rechazo, rechazar, declino, no me es posible, no me cuadra"
        ),
        "fr": (
            "non, nan, non merci, impossible, pas aujourdhui, pas demain, pas possible, pas dispo, pas disponible, "
            "pas interesse, pas interessee, peux pas, ne peux pas, pourrai pas, pas pouvoir, pas cette fois, une "
            "autre fois, un autre jour, occupe, occupee, deja pris, jai deja, bien sur que non, surement pas, "
            "certainement pas, naccepte pas, nen veux pas, ne veux pas, veux pas, pas la peine, jamais de la vie, "
            "peux malheureusement pas, ne peux malheureusement pas, ca ne va pas, ca va pas, minteresse pas, ne "
            "minteresse pas, pas libre, pas du tout, surtout pas, passe mon tour, je passe mon tour, decline, je "
            "decline, marrange pas"
        ),
        "de": (
            "nein, nee, no, nicht moglich, kann nicht, kann leider nicht, kann heute nicht, kann morgen nicht, kann "
            "da nicht, geht nicht, geht leider nicht, passt nicht, heute nicht, morgen nicht, leider nicht, morgen "
            "leider nicht, mochte nicht, will nicht, keine zeit, kein interesse, kein bedarf, auf keinen fall, ein "
            "andermal, ein anderes mal, verhindert, schon vergeben, schon gebucht, ja nicht, muss absagen, muss "
            "leider absagen, sage ab, sagen ab, schaffe ich nicht, muss passen, muss leider passen, schaffe es "
            "nicht, lieber nicht, diesmal nicht, dieses mal nicht, kann ich nicht, kann ich leider nicht, leider "
            "kann ich nicht, mochte ich nicht, will ich nicht, brauche ich nicht, brauche den termin nicht, nicht "
            "notig, nicht noetig, nicht fur mich, nicht fuer mich, lehne ab, klappt nicht, klappt leider nicht, bin "
            "im urlaub, bin nicht da, schon einen termin, geht bei mir nicht, wird nichts"
        ),
    },
    ReplyMeaning.NO_ALONE: {
        "en": "n, skip, hard pass",
        "de": "ne, absagen",
    },
    ReplyMeaning.NOT: {
        "en": (
            "not, dont, doesnt, didnt, isnt, arent, wasnt, never, cant, cannot, can not, couldnt, wont, wouldnt, "
            "shouldnt, havent, hasnt, unfortunately, busy, pass, unable, refuse, without, neither, nor, none, "
            "hardly, unlikely"
        ),
        "es": "nunca, jamas, ni, sin, lamentablemente, desgraciadamente",
        "fr": "pas, jamais, aucun, aucune, rien, malheureusement, sans",
        "de": "nicht, kein, keine, keinen, keinem, leider, nie, niemals, nix, nichts, ohne",
    },
    ReplyMeaning.BUT: {"en": "but, however", "es": "pero", "fr": "mais", "de": "aber, jedoch"},
    ReplyMeaning.HEDGE: {
        "en": (
            "let u know, assuming, got your message, got your text, got the message, got the text, saw this, seen "
            "this, saw your, seen your, is wrong, first, call me, ring me, phone me, give me a call, a question, "
            "have a question, yeah right, yes hello, yes hi, as if, next week, next month, next year, can you also, "
            "could you also, could you, can you do, can we do, can we move, can i move, already paid, call you, "
            "ring you, ill call, ill ring, will call, will ring, wrong chat, or, also, maybe, perhaps, possibly, "
            "probably, might, unsure, not sure, im not sure, not yet, not certain, dunno, dont know, do not know, "
            "no idea, let me, ill check, ill see, ill think, think about, think so, let you know, need to check, "
            "have to check, should check, get back to, depends, it depends, although, though, if, unless, only, "
            "instead, except, provided, as long as, rather, later, earlier, sooner, cancels, cancelled, canceled, "
            "cancelling, canceling, cancellation, cancelation, reschedule, rescheduled, rescheduling, postpone, "
            "postponed, postponing, refund, refunded, refunds, money back, move mine, different, another, other, "
            "working, yes or no, yes and no, or no, hope so, y not, cant say no, not saying no, dont say no, asked "
            "me, someone else, wrong person, so long as, depending, subject to, guess, suppose, hopefully, will "
            "try, ill try, try to, try and, potentially, hang on, hold on, hold off, wait, one sec, a sec, 1 sec, "
            "one second, a second, 1 second, a minute, one minute, 1 minute, 1 min, a moment, one moment, bear with "
            "me, give me, scrap that, ignore, mistake, accident, accidentally, in error, oops, whoops, kidding, jk, "
            "joking, whatever, my foot, got it, received, seen it, have seen, ive seen, at work, in work, speaking, "
            "its me, it is me, im here, i am here, on my way, omw, running late, mins late, minutes late, for my "
            "friend, for my son, for my daughter, for my husband, for my wife, for my partner, for my mum, for my "
            "mom, for my mother, for my dad, for my sister, for my brother, for my child, for my kid, for me and "
            "my, x2, x3, x4, on mon, another one, 🤷, 🙄, 😒, 🤔, before, after, new year, yes mon, already, "
            "changed my "
            "mind, forget it, never mind, nevermind, nvm, leave it, in principle, in theory, kind of, sort of, "
            "kinda, sorta, almost, nearly, tentative, tentatively, provisional, provisionally, pencil me in, "
            "pencil, whenever, anytime, any time, asap, as soon as, as early as, until, till, by 10, pending, "
            "waiting on, waiting for, wrong, sarcasm, sarcastic, plus one, she, he, they, both, daughter, son, "
            "husband, wife, sister, brother, friend, mum, mom, mother, dad, father, boyfriend, girlfriend, at home, "
            "at the earliest, right now, when its, where, which branch, who with, what with, he said, she said, "
            "tbc, tbd, ish, i read it, read it"
        ),
        "es": (
            "he visto, lo vi, recibi tu mensaje, una pregunta, llamame, llameme, si digame, sí digame, sí diga, si "
            "diga, quizas, quiza, tal vez, a lo mejor, puede ser, no se, depende, dejame ver, lo miro, cancela, "
            "cancele, cancelen, cancelo, cancelado, cancelada, cancelacion, cancelarla, cancelarlo, anular, anula, "
            "anule, anulen, anulado, anulada, aplazar, reembolso, aunque, solo, mas tarde, mas temprano, en vez, "
            "creo que si, creo que sí, si o no, sí o no, siempre que, le llamo, te llamo, la proxima semana, luego, "
            "te digo, te aviso, supongo, creo, espera, espere, esperate, un momento, un segundo, un minuto, por "
            "error, sin querer, broma, la semana que viene, pasado manana, digame, dime, ya veremos, ya vere, a "
            "ver, recibido, ya lo vi, ya lo se, ya pague, he pagado, para mi hija, para mi hijo, para mi marido, "
            "para mi mujer, para mi madre, para mi amiga, para mi amigo, ya he, cuando pueda, en cualquier momento, "
            "en principio, mas o menos, me equivoque, olvidalo, mi hija, mi hijo, mi marido, mi mujer, mi madre, mi "
            "hermana, mi amiga, donde, en mi casa, hay otra, otra hora, cuando tenga, igual, tiene que, tengo que, "
            "pensare, lo pensare, he leido, leido"
        ),
        "fr": (
            "bien recu, jai vu, vu, une question, rappelez moi, appelez moi, oui allo, oui bonjour, peut etre, "
            "annuler, annulez, annule, annulee, annulation, reporter, reportez, rembourser, remboursez, "
            "remboursement, sais pas, je ne sais pas, je sais pas, ca depend, je regarde, je verifie, seulement, "
            "plutot, plus tard, plus tot, oui ou non, a condition, sauf, pourquoi pas, dis pas non, oui si, sinon, "
            "par contre, je pense, je crois, jespere, attendez, attends, un instant, un moment, une seconde, une "
            "minute, vais voir, on verra, par erreur, erreur, je plaisante, je rigole, la semaine prochaine, apres "
            "demain, fin de journee, je sais, deja paye, pour ma fille, pour mon fils, pour mon mari, pour ma "
            "femme, pour ma mere, pour une amie, pour un ami, en principe, plus ou moins, oubliez, laissez tomber, "
            "laisse tomber, je me suis trompe, ma fille, mon fils, mon mari, ma femme, ma mere, ma soeur, mon amie, "
            "nimporte quand, des que, ou ca, jai change davis, faut voir, a voir, bien lu, jai lu, eventuellement, "
            "selon, suivant, en fonction"
        ),
        "de": (
            "stornieren, storniere, storniert, stornierung, storno, absage, abzusagen, verschieben, verschiebe, "
            "umbuchen, erstattung, ruckerstattung, rueckerstattung, gesehen, bekommen, erhalten, vorausgesetzt, "
            "eine frage, rufen sie mich an, ruf mich an, ja hallo, ja bitte wer, vielleicht, eventuell, weiss "
            "nicht, ich weiss nicht, weiss noch nicht, mal sehen, kommt drauf an, nicht sicher, ich schaue, wenn, "
            "falls, sofern, nur, erst, stattdessen, lieber, spater, spaeter, fruher, frueher, ja oder nein, keine "
            "ahnung, na ja, ach ja, naja, rufe sie an, rufe dich an, rufe an, nachste woche, naechste woche, sag "
            "bescheid, denke, glaube, wahrscheinlich, vermutlich, hoffentlich, versuche, moment, sekunde, warte, "
            "warten, schau, schaue, melde mich, weiss ich, ich weiss, stimmt, bezahlt, als ob, anderer tag, anderen "
            "tag, besser, versehen, versehentlich, scherz, wochen, fur meine tochter, fur meinen sohn, fur meine "
            "frau, fur meinen mann, fur meine mutter, fur meine freundin, fur meinen freund, im prinzip, "
            "grundsatzlich, mehr oder weniger, vergiss es, vergessen sie es, meine tochter, mein sohn, mein mann, "
            "meine frau, meine mutter, meine schwester, irgendwann, jederzeit, sobald, so bald wie, anders "
            "uberlegt, wo, woanders, mal gucken, gucken, vorbehalt, je nach, gelesen, muss ich schauen, muss "
            "schauen, muss erst, evtl, ggf"
        ),
    },
}
