"""Rosters: the recipients of a program period, frozen when approved."""
