"""Imports of recipient lists: reading, checking, staging, approving and applying them."""
