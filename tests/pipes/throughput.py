"""Messages per second into a message file: package pipes beside Python's dagster_pipes.

Run from the root of the repository: python tests/pipes/throughput.py [rounds]. Both report the same
message again and again. They take turns, so that a machine that is busy is busy for both; medians
are printed, and the ratio of each Go figure to Python's of the same message. The floors write the
bytes of "log" and nothing else: through a buffer, and with a system call each.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster_pipes

ROOT = Path(__file__).resolve().parents[2]
PROBE = ROOT / "build" / "pipesprobe"
GO_MESSAGES, PYTHON_MESSAGES = 200_000, 20_000


def environment(messages: Path) -> dict[str, str]:
    """The variables that Dagster would set."""
    context = {
        "asset_keys": ["orders"],
        "code_version_by_asset_key": {"orders": None},
        "provenance_by_asset_key": {"orders": None},
        "partition_key": None,
        "partition_key_range": None,
        "partition_time_window": None,
        "run_id": "run",
        "job_name": "job",
        "retry_number": 0,
        "extras": {},
    }
    return {
        "DAGSTER_PIPES_CONTEXT": dagster_pipes.encode_param({"data": context}),
        "DAGSTER_PIPES_MESSAGES": dagster_pipes.encode_param({"path": str(messages)}),
    }


def measure_python() -> None:
    """Prints what the child process of a round measured."""
    rates = {}
    with dagster_pipes.open_dagster_pipes() as pipes:
        payload = {"i": 123456, "text": "hello"}
        metadata: dict[str, Any] = {"rows": 123456, "mean": 0.5, "table": "orders"}
        kinds: dict[str, Callable[[], object]] = {
            "log": lambda: pipes.log.info("row 123456 done"),
            "custom": lambda: pipes.report_custom_message(payload),
            "check": lambda: pipes.report_asset_check("c", True, metadata=metadata),
        }
        for kind, report in kinds.items():
            start = time.perf_counter()
            for _ in range(PYTHON_MESSAGES):
                report()
            rates[kind] = PYTHON_MESSAGES / (time.perf_counter() - start)
    print(json.dumps(rates))


def run(command: list[str]) -> dict[str, float]:
    """One turn: the command in a fresh process, with a fresh message file."""
    with tempfile.TemporaryDirectory() as directory:
        env = os.environ | environment(Path(directory) / "messages")
        output = subprocess.run(command, env=env, check=True, capture_output=True).stdout
    rates: dict[str, float] = json.loads(output)
    return rates


def main(rounds: int) -> None:
    """Takes turns, and prints the medians."""
    subprocess.run(["go", "build", "-o", str(PROBE), "./tests/pipesprobe"], cwd=ROOT, check=True)
    go: defaultdict[str, list[float]] = defaultdict(list)
    python: defaultdict[str, list[float]] = defaultdict(list)
    for _ in range(rounds):
        for kind, rate in run([sys.executable, __file__, "--python"]).items():
            python[kind].append(rate)
        for kind, rate in run(
            [str(PROBE), "--scenario", "throughput", "--count", str(GO_MESSAGES)]
        ).items():
            go[kind].append(rate)
    floor = statistics.median(go.pop("floor"))
    unbuffered = statistics.median(go.pop("unbuffered floor"))
    print(f"{'':24}{'messages/s':>12}{'to Python':>12}{'to floor':>12}")
    for kind, rates in sorted(python.items()):
        rate = statistics.median(rates)
        print(f"Python {kind:17}{rate:12,.0f}{1:12.1f}{rate / floor:12.3f}")
    for kind, rates in sorted(go.items()):
        base = python[kind.split(",")[0]]
        ratio = statistics.median(a / b for a, b in zip(rates, base, strict=True))
        rate = statistics.median(rates)
        print(f"Go {kind:21}{rate:12,.0f}{ratio:12.1f}{rate / floor:12.3f}")
    print(f"{'floor, buffered':24}{floor:12,.0f}")
    print(f"{'floor, a write each':24}{unbuffered:12,.0f}{'':12}{unbuffered / floor:12.3f}")


if __name__ == "__main__":
    if sys.argv[1:] == ["--python"]:
        measure_python()
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
