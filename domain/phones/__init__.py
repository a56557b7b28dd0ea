"""Phone numbers: E.164 format and masking (`e164`), what people type (`parsing`, `typed_phone`), trunk prefixes and
alternative spellings of one line (`dialling`).
"""
