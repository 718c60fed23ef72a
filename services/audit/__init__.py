"""Keeps the audit log: gives every entry its place, publishes the log as an outsider can check it, and proves entries."""
