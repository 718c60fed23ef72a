"""Payments of cash rounds."""
