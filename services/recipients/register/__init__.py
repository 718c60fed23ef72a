"""The register: recipients and their versions. Nothing is overwritten."""
