"""Phone numbers.

`e164` contains the format and masking, `typed_phone` and `parsing` read typed numbers, and `dialling` handles trunk
prefixes and alternative spellings of a number.
"""
