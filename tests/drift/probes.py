"""Programs of tests/ that answer lines of JSON with lines of JSON."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
Ask = Callable[[Sequence[dict[str, Any]]], list[dict[str, Any]]]


def built(name: str) -> Ask:
    """Compile the program of tests/{name}, and return what asks it."""
    program = ROOT / "build" / name
    subprocess.run(["go", "build", "-o", program, f"./tests/{name}"], cwd=ROOT, check=True)

    def ask(questions: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        lines = "\n".join(json.dumps(q) for q in questions)
        done = subprocess.run([program], input=lines, capture_output=True, text=True, check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    return ask
