"""The words and phrases with which customers answer a text, in English, Spanish, French and German.

Entries are separated by commas, and are normalised like messages (see `reply_text.py`): in lower case, without
accents, apostrophes and punctuation. The longest matching entry applies: "not sure" is not "sure", and "stop by" is
not "stop".
"""
