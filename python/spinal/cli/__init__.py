"""The `spinal` command. Each sub-command lives in a file of its own; work happens in `spinal.run`."""

from spinal.cli.app import main

__all__ = ["main"]
