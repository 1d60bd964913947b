"""What was read lately, kept for a while: one reading for many who ask, and something old rather than nothing.

`open_cache` gives a `Cache`; its module says what it promises.
"""
