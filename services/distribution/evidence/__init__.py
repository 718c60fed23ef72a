"""Evidence: photos and signatures, verified by their bytes and kept write-once."""
