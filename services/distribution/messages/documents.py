"""Stored outgoing messages and opt-outs, with their indexes."""

from amanah.runtime.tables import Document, Table, index

SMS_OPT_OUTS = Table(
    "sms_stopped",
    Document,
)

OUTGOING_MESSAGES = Table("sms_outgoing", Document, index("sent", "until"))
