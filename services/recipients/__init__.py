"""The register of recipients: lists imported under four eyes, versions never overwritten, rosters frozen with a hash."""
