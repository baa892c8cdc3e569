"""Whatever SQLite can hold: what is measured agrees with pandas, reading the values as stored."""

import random
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any

import pytest

from pandas_truth import Column, disagreements
from warehouses import Profiles, SQLite

pytest_plugins = ["databases"]
pytestmark = pytest.mark.usefixtures("mode")

ROWS = 400
MOMENTS = ("2024-02-29 12:00:00", "2024-03-01T00:30:00", "1969-12-31 23:59:59.5", "2024-02-29")


def shown(raw: bytes) -> str:
    """Read a text: each byte that is no UTF-8 shows as U+FFFD."""
    text = raw.decode(errors="surrogateescape")
    return "".join("\ufffd" if "\udc80" <= c <= "\udcff" else c for c in text)


def column_of(declared: str, values: Sequence[Any]) -> Column:
    """Make a column of stored values: its kind is the most frequent form's.

    `declared` is the kind that the declared type implies. There are no ties in these tests.
    """
    numbers = [v for v in values if isinstance(v, int | float)]
    texts = [shown(v.raw) for v in values if isinstance(v, Text)]
    blobs = [v for v in values if isinstance(v, bytes)]
    parts: list[list[Any]] = [numbers, texts, blobs]
    most = max(parts, key=len)
    others = [v for part in parts if part is not most for v in part]
    if most is numbers:
        kind = "float" if any(isinstance(v, float) for v in numbers) else "integer"
        if declared == "boolean" and set(numbers) <= {0, 1}:
            kind, most = "boolean", [bool(v) for v in numbers]
    elif most is texts:
        kind = declared if declared in {"date", "time", "timestamp", "json", "uuid"} else "text"
    else:
        kind = "bytes"
    return Column.of(kind, [*most, *[None] * (len(values) - len(most) - len(others))], others)


class Text:
    """A text's bytes, which SQLite does not look at."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw


def generated() -> dict[str, tuple[str, str, Callable[[random.Random], Any]]]:
    """Make columns of every mix: name → declared type, the kind it implies, a value."""
    return {
        "whole": ("INTEGER", "integer", lambda r: r.randrange(-50, 50)),
        "widest": ("BIGINT", "integer", lambda r: r.choice([-(2**63), 2**63 - 1, 2**53 + 1, 0])),
        "real": ("REAL", "float", lambda r: r.choice([1, 2.5, -0.0, float("inf"), 5e-324, 1e300])),
        "whole_and_real": ("NUMERIC", "float", lambda r: r.choice([1, 2, 2.5, 3.0, "7"])),
        "decimal": ("DECIMAL(10,2)", "float", lambda r: r.randrange(100) / 4),
        "text": ("TEXT", "text", lambda r: r.choice(["", "a", "Ä", "𝄞 clef", " ", 7, 2.5])),
        "varchar": ("VARCHAR(3)", "text", lambda r: r.choice(["longer than three", "é"])),
        "blob": ("BLOB", "bytes", lambda r: r.choice([b"", b"\0", b"\xff\xfe", b"ab"])),
        "anything": ("", "unknown", lambda r: r.choice([1, 1, 1, 2, 2.5, "1", b"1"])),
        "mostly_text": ("INTEGER", "integer", lambda r: r.choice(["x", "y", "z", "w", 1, b"\1"])),
        "mostly_blobs": ("TEXT", "text", lambda r: r.choice([b"x", b"y", b"z", "w"])),
        "flag": ("BOOLEAN", "boolean", lambda r: r.random() < 0.3),
        "no_flag": ("BOOLEAN", "boolean", lambda r: r.choice([0, 1, 2])),
        "moment": ("TIMESTAMP", "timestamp", lambda r: r.choice(MOMENTS)),
        "moment_or_seconds": ("DATETIME", "timestamp", lambda r: r.choice([*MOMENTS, 1709208000])),
        "julian": ("DATE", "date", lambda r: 2460370.5 + r.randrange(9)),
        "day": ("DATE", "date", lambda r: f"2024-02-{r.randrange(10, 30)}"),
        "hour": ("TIME", "time", lambda r: f"{r.randrange(10, 24)}:30:00"),
        "document": ("JSON", "json", lambda r: r.choice(["{}", '{"é": 1}', "[1,  2]"])),
        "key": ("UUID", "uuid", lambda r: f"01234567-89ab-cdef-0123-456789abcde{r.randrange(9)}"),
        "nothing": ("REAL", "float", lambda r: None),
        "nothing_at_all": ("", "unknown", lambda r: None),
    }


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le", "UTF-16be"])
def test_every_mix_of_values_agrees_with_pandas(sqlite: SQLite, encoding: str) -> None:
    columns = generated()
    r = random.Random(13)
    with closing(sqlite.connect()) as connection, connection:
        connection.execute(f"PRAGMA encoding = '{encoding}'")
        declared = ", ".join(f'"{name}" {sql}' for name, (sql, _, _) in columns.items())
        connection.execute(f"CREATE TABLE mixed ({declared}, made AS (text || whole) STORED)")
        for _ in range(ROWS):
            row = [None if r.random() < 0.1 else make(r) for _, _, make in columns.values()]
            places = ", ".join("?" * len(row))
            connection.execute(f"INSERT INTO mixed VALUES ({places})", row)
    kinds = {name: kind for name, (_, kind, _) in columns.items()} | {"made": "unknown"}
    assert_agrees(sqlite, sqlite.profile(), "mixed", kinds)


def assert_agrees(file: SQLite, profiles: Profiles, table: str, kinds: dict[str, str]) -> None:
    profiled = profiles[table]
    assert list(profiled) == list(kinds)
    problems = []
    with closing(file.connect()) as connection:
        connection.text_factory = Text
        for name, kind in kinds.items():
            stored = [v for (v,) in connection.execute(f'SELECT "{name}" FROM "{table}"')]
            if all(v is None for v in stored):
                column = Column.of(kind, stored)
            else:
                column = column_of(kind, stored)
            problems += disagreements(column, profiled[name])
    assert not problems, "\n".join(problems)


def test_texts_of_any_bytes(sqlite: SQLite) -> None:
    texts = [b"", b"a\0b", b"a\0", b"a", b"\xff", b"x\xc3", b"n\xe6\x97", b"ok", "日本".encode()]
    with closing(sqlite.connect()) as connection, connection:
        connection.execute("CREATE TABLE texts (s TEXT)")
        for i, text in enumerate(texts):
            connection.executemany(
                "INSERT INTO texts VALUES (CAST(? AS TEXT))", [(text,)] * (i + 1)
            )
    assert_agrees(sqlite, sqlite.profile(), "texts", {"s": "text"})


def test_tables_of_every_sort(sqlite: SQLite) -> None:
    with closing(sqlite.connect()) as connection, connection:
        connection.execute("CREATE TABLE strict (i INT, r REAL, s TEXT, b BLOB, a ANY) STRICT")
        connection.execute("CREATE TABLE keyed (k TEXT PRIMARY KEY, n INTEGER) WITHOUT ROWID")
        connection.execute("CREATE TABLE no_rows (n INTEGER, s)")
        wide = ", ".join(f"c{i} INTEGER" for i in range(1600))
        connection.execute(f"CREATE TABLE wide ({wide})")
        for i in range(50):
            strict = (i, i / 4, f"s{i % 7}", bytes([i % 3]), f"{i}")
            connection.execute("INSERT INTO strict VALUES (?, ?, ?, ?, ?)", strict)
            connection.execute("INSERT INTO keyed VALUES (?, ?)", (f"k{i}", i % 3 or None))
        connection.execute("INSERT INTO wide (c0, c1599) VALUES (1, 7), (2, NULL)")
        connection.execute("CREATE VIEW seen AS SELECT k, n * 2.5 AS more FROM keyed")
        sorts = {
            "strict": {"i": "integer", "r": "float", "s": "text", "b": "bytes", "a": "unknown"},
            "keyed": {"k": "text", "n": "integer"},
            "no_rows": {"n": "integer", "s": "unknown"},
            "wide": {f"c{i}": "integer" for i in range(1600)},
            "seen": {"k": "text", "more": "unknown"},
        }
        if "ENABLE_FTS5" in compiled_with(connection):
            connection.execute("CREATE VIRTUAL TABLE words USING fts5(title, body)")
            connection.execute("INSERT INTO words VALUES ('one', 'and two'), ('one', 'ü')")
            sorts["words"] = {"title": "unknown", "body": "unknown"}
        if "ENABLE_RTREE" in compiled_with(connection):
            connection.execute("CREATE VIRTUAL TABLE boxes USING rtree(id, low, high)")
            connection.execute("INSERT INTO boxes VALUES (1, 0.5, 2.5), (2, 1, 7.25)")
            sorts["boxes"] = {"id": "unknown", "low": "unknown", "high": "unknown"}
    profiles = sqlite.profile()
    assert set(profiles) == set(sorts)
    for table, kinds in sorts.items():
        assert_agrees(sqlite, profiles, table, kinds)


def compiled_with(connection: sqlite3.Connection) -> set[str]:
    return {option for (option,) in connection.execute("PRAGMA compile_options")}
