"""``python -m fieldops`` is the command ``fieldops``."""

from fieldops.nightly.cli import main

main(prog_name="fieldops")
