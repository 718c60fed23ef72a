"""Alerts: rules that did not hold, raised once a subject."""
