"""The words and phrases by which customers answer a text, in English, Spanish, French and German. Data only.

Entries are separated by commas and written as `replies.py` leaves a message: small letters, without accents,
apostrophes and punctuation. The longest entry that fits counts: "not sure" is no "sure", "stop by" is no "stop".
"""
