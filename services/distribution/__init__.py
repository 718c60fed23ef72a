"""Distribution: custody of packages, and handovers that can be neither faked nor doubled."""
