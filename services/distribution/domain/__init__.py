"""The rules of distribution: pure, no I/O, no drivers."""
