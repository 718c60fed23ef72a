"""Stored partner events, sessions and captures, with their indexes."""

from amanah.runtime.tables import Document, Table, index

PARTNER_EVENTS = Table("partner_events", Document, index("partner", "event"))

PARTNER_SESSIONS = Table("sessions", Document, index("until", expire_after=0))

CAPTURES = Table("captures", Document, index("running", "at"))
