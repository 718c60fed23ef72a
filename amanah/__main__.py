"""`python -m amanah` is the command `amanah`."""

from amanah.cli.main import main

main()
