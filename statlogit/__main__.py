"""`python -m statlogit` is the command line."""

from statlogit.cli import main

main(prog_name="statlogit")
