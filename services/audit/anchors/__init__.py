"""Anchors: daily checkpoints with a time-stamp (RFC 3161)."""
