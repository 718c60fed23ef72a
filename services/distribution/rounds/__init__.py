"""Programs, rounds, entitlements and the rosters they are opened over."""
