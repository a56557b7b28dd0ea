"""Words that name a day or a part of a day. A reply that names a time other than the offered one is not a yes."""

_WORDS = {
    "en": (
        "monday, tuesday, wednesday, thursday, friday, saturday, sunday, tue, tues, wed, thu, thur, thurs, fri, "
        "sat, weekend, january, february, march, april, june, july, august, september, october, november, "
        "december, today, tomorrow, tonight, morning, afternoon, evening, noon, midday, lunchtime"
    ),
    "es": "lunes, martes, miercoles, jueves, viernes, sabado, domingo, hoy, manana, tarde, noche",
    "fr": "lundi, mardi, mercredi, jeudi, vendredi, samedi, dimanche, aujourdhui, demain, matin, soir, midi",
    "de": (
        "montag, dienstag, mittwoch, donnerstag, freitag, samstag, sonnabend, sonntag, heute, morgen, ubermorgen, "
        "nachmittag, mittag, abend, vormittag, wochenende"
    ),
}
TIME_WORDS = frozenset(word for words in _WORDS.values() for word in words.split(", "))
