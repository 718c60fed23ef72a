"""Transparency-log mathematics: C2SP tlog-tiles, tlog-checkpoint, signed-note and tlog-proof over RFC 6962 trees.

Pure: bytes in, bytes out, no I/O. An outsider needs this package and `cryptography`, and nothing else of Amanah.
"""
