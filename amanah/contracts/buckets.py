"""Every bucket of the object store. Their names stand only here: two services may share one (decision 0008)."""

UPLOADS = "uploads"
EVIDENCE = "evidence"
ORIGINALS = "originals"
ROSTERS = "rosters"
REPORTS = "reports"
LABELS = "labels"
PAYMENTS = "payments"
AUDIT = "audit"

BUCKETS = (UPLOADS, EVIDENCE, ORIGINALS, ROSTERS, REPORTS, LABELS, PAYMENTS, AUDIT)

LOCKED = frozenset({ORIGINALS, AUDIT})
"""Buckets with object lock where the store has it: their objects can be protected for a time."""
