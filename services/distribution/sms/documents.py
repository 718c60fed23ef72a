"""Stored incoming SMS, with their indexes."""

from amanah.runtime.tables import Document, Table, index

SMS_LOG = Table("sms", Document, index("at"))

SMS_ATTEMPTS = Table("sms_attempts", Document, index("until", expire_after=0))
