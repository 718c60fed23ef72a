"""The rules of the register, pure: no I/O and no drivers. Rules over whole lists are polars expressions."""
