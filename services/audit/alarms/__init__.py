"""Alarms: failed checks of the log, once per occurrence."""
