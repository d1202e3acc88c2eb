"""What people and programs read of a command: results on stdout, everything else on stderr."""

import json
import sys
from typing import Any

from rich.console import Console

err = Console(stderr=True, highlight=False)
"""Where everything goes that is not the result."""

out = Console(highlight=False)
"""Where results go that people read."""


def tell(console: Console, text: str) -> None:
    """Print lines as they are: the terminal may wrap them, but whoever copies one gets it whole."""
    console.print(text, soft_wrap=True)


def print_json(value: Any) -> None:
    """Print the result for programs, as one line."""
    sys.stdout.write(json.dumps(value, default=str) + "\n")
    sys.stdout.flush()
