"""Incoming SMS of recipients."""
