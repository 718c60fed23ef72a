"""Rules of programs, rounds and entitlements. Pure."""
