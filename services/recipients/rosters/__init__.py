"""Rosters: frozen lists of the recipients of one program period."""
