"""The register of recipients: versioned, never overwritten."""
