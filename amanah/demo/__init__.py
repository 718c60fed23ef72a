"""`amanah demo`: one program played from the recipient list to a verified report, by invented people."""

from amanah.demo.command import demo

__all__ = ["demo"]
