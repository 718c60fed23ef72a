"""Commands on programs and rounds."""
