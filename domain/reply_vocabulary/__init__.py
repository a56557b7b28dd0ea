"""The words and phrases with which customers answer a text, in English, Spanish, French and German. Data only.

Entries are separated by commas and normalised as `reply_text.py` normalises a message: lower case, without accents,
apostrophes and punctuation. The longest matching entry counts: "not sure" is not "sure", "stop by" is not "stop".
"""
