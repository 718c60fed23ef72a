"""Partners: carriers as records, their credentials, and who may act for them."""
