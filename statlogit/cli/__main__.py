"""python -m statlogit.cli"""

from statlogit.cli import main

main(prog_name="statlogit")
