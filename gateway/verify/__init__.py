"""`/verify/<id>`: what the audit log proves of a report, a handover or a roster, for anybody, and checked in their browser."""
