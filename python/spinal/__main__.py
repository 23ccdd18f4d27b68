"""`python -m spinal` is the `spinal` command."""

from spinal.cli import main

main()
