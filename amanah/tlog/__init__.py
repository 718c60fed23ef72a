"""Transparency-log mathematics: C2SP tlog-tiles, tlog-checkpoint, signed-note and tlog-proof over RFC 6962 trees.

Bytes in, bytes out, no I/O. An outside auditor needs this package and `cryptography`, and nothing else of Amanah.
"""
