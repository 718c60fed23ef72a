"""`amanah demo`: one program played from the recipient list to a verified report, by invented people."""

from amanah.cli.demo.command import demo

__all__ = ["demo"]
