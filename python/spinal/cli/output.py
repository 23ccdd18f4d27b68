"""What the commands print: one JSON object for programs, or rich text for people. Progress goes to standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from rich.console import Console

people = Console(stderr=True, highlight=False)


def print_json(value: Mapping[str, Any]) -> None:
    """Write one JSON object, and nothing else, to standard output."""
    sys.stdout.write(json.dumps(value, indent=2, default=str) + "\n")
