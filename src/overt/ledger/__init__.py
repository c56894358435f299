"""The record that cannot be edited quietly: entries, the tree over them, signed heads. No I/O, no clock.

`verify.py` stands alone: it is also the script that an outsider runs on an export.
"""
