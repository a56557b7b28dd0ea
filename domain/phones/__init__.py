"""Phone numbers.

`e164` contains the format and masking, `typed_phone` and `parsing` read typed numbers, and `dialling` handles trunk
prefixes and alternative forms of a number.
"""
