"""`amanah demo`: runs one program with invented people, from the recipient list to a verified report."""

from amanah.demo.command import demo

__all__ = ["demo"]
