"""Words that name a day, a part of a day or a number.

A reply that names a time other than the offered one is not a yes.
"""

_WORDS = {
    "en": (
        "monday, tuesday, wednesday, thursday, friday, saturday, sunday, tue, tues, wed, weds, thu, thur, thurs, "
        "fri, sat, weekend, january, february, march, april, june, july, august, september, october, november, "
        "december, today, tomorrow, tonight, morning, afternoon, evening, noon, midday, midnight, lunchtime, xmas, "
        "christmas, quarter"
    ),
    "es": "lunes, martes, miercoles, jueves, viernes, sabado, domingo, hoy, manana, tarde, noche, mediodia, "
    "medianoche, finde",
    "fr": "lundi, mardi, mercredi, jeudi, vendredi, samedi, dimanche, aujourdhui, demain, matin, soir, midi, minuit",
    "de": (
        "montag, dienstag, mittwoch, donnerstag, freitag, samstag, sonnabend, sonntag, heute, morgen, ubermorgen, "
        "nachmittag, mittag, abend, vormittag, wochenende, morgens, vormittags, mittags, nachmittags, abends, "
        "nachts, mitternacht, viertel"
    ),
}
TIME_WORDS = frozenset(word for words in _WORDS.values() for word in words.split(", "))

_NUMBERS = {
    "2": "two, dos, deux, zwei",
    "3": "three, tres, trois, drei",
    "4": "four, cuatro, quatre, vier",
    "5": "five, cinco, cinq, funf, fuenf",
    "6": "six, seis, sechs",
    "7": "seven, siete, sept, sieben",
    "8": "eight, ocho, huit, acht",
    "9": "nine, nueve, neuf, neun",
    "10": "ten, diez, dix, zehn",
    "11": "eleven, once, onze, elf",
    "12": "twelve, doce, douze, zwolf, zwoelf",
    "15": "fifteen, quince, quinze, funfzehn, fuenfzehn",
    "20": "twenty, veinte, vingt, zwanzig",
    "30": "thirty, half, treinta, media, trente, demie, dreissig, halb",
    "40": "forty, cuarenta, quarante, vierzig",
    "45": "fortyfive",
    "50": "fifty, cincuenta, cinquante, funfzig, fuenfzig",
}
NUMBER_WORDS = {word: digits for digits, words in _NUMBERS.items() for word in words.split(", ")}
"""The digits of a number word. "One" is missing, because it is also a pronoun ("Yes, that one")."""
