"""Make a SQLite file of tables of ten rows and five columns: tiny.py FILE COUNT."""

import sqlite3
import sys
from contextlib import closing

COLUMNS = "id INTEGER, amount REAL, day TEXT, city TEXT, paid INTEGER"

with closing(sqlite3.connect(sys.argv[1])) as connection, connection:
    for number in range(int(sys.argv[2])):
        connection.execute(f"CREATE TABLE tiny_{number:04} ({COLUMNS})")
        connection.executemany(
            f"INSERT INTO tiny_{number:04} VALUES (?, ?, ?, ?, ?)",
            [(i, i * 1.5, f"2026-01-{i + 1:02}", f"c{i % 3}", i % 2) for i in range(10)],
        )
