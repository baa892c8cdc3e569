"""Names of any characters reach the output; cells of a mebibyte do not pile up in memory."""

from contextlib import closing
from pathlib import Path
from typing import Any

from psycopg.sql import SQL, Identifier

from pandas_truth import Column, disagreements
from warehouses import Postgres, Profiles, SQLite, measured_profile, postgres_source

pytest_plugins = ["databases"]

NAMES = [
    'q"uote', "a.b", "two\nlines", " leading", "trailing ", "tab\t", "select", "NULL", "'x'", "$1",
    "%s", "*", "back\\slash", "--", "ünï", "日本", "🦆", "e\u0301", "Case", "é" * 31, "x" * 63,
]  # fmt: skip
LARGE = 1 << 20
ROWS = 300
LIMIT = (
    160 << 20
)  # of which 300 cells are 300 MiB; a batch, the columns' budgets and Go are the rest


def assert_all_named(profiled: Profiles) -> None:
    assert sorted(profiled) == sorted(NAMES)
    for table in NAMES:
        assert list(profiled[table]) == NAMES
        for i, name in enumerate(NAMES):
            assert not disagreements(Column.of("integer", [i, i + 1]), profiled[table][name])


def test_names_of_any_characters_on_postgres(postgres: Postgres, tmp_path: Path) -> None:
    rows = [[i + row for i in range(len(NAMES))] for row in range(2)]
    columns = SQL(", ").join(SQL("{} integer").format(Identifier(name)) for name in NAMES)
    for table in map(Identifier, NAMES):
        postgres.connection.execute(SQL("CREATE TABLE {} ({})").format(table, columns))
        insert = SQL("INSERT INTO {} VALUES ({})")
        for row in rows:
            postgres.connection.execute(insert.format(table, SQL(", ").join(row)))
    assert_all_named(postgres.profile(tmp_path))


def test_names_of_any_characters_on_sqlite(sqlite: SQLite) -> None:
    quoted = ['"' + name.replace('"', '""') + '"' for name in NAMES]
    with closing(sqlite.connect()) as connection, connection:
        for table in quoted:
            connection.execute(
                f"CREATE TABLE {table} ({', '.join(f'{q} INTEGER' for q in quoted)})"
            )
            for row in range(2):
                values = ", ".join(str(i + row) for i in range(len(NAMES)))
                connection.execute(f"INSERT INTO {table} VALUES ({values})")
    assert_all_named(sqlite.profile())


def assert_large_cells(profiled: Any, peak: int) -> None:
    for metric in ("min_length", "max_length"):
        assert profiled["text"]["metrics"][metric] == LARGE
    assert profiled["text"]["metrics"]["count"] == ROWS
    distinct = profiled["text"]["metrics"]["distinct_count"]
    estimates = profiled["text"].get("estimates", {})
    assert abs(distinct - ROWS) <= estimates.get("distinct_count", 0) * ROWS
    assert peak <= LIMIT, f"{peak >> 20} MiB"


def test_cells_of_a_mebibyte_on_postgres(postgres: Postgres, tmp_path: Path) -> None:
    postgres.connection.execute(
        f"""CREATE TABLE large AS SELECT i, repeat(lpad(i::text, 16), {LARGE // 16}) AS text
            FROM generate_series(1, {ROWS}) AS i"""
    )
    source = postgres_source(postgres.url, postgres.schema)
    done, peak = measured_profile(tmp_path, source, {"schema": postgres.schema, "table": "large"})
    assert_large_cells(done[f"{postgres.schema}.large"], peak)


def test_cells_of_a_mebibyte_on_sqlite(sqlite: SQLite) -> None:
    with closing(sqlite.connect()) as connection, connection:
        connection.execute("CREATE TABLE large (i INTEGER, text TEXT)")
        for i in range(ROWS):
            row = (i, f"{i:>16}" * (LARGE // 16))
            connection.execute("INSERT INTO large VALUES (?, ?)", row)
    source = {"type": "sqlite", "filepath": str(sqlite.path)}
    done, peak = measured_profile(sqlite.folder, source, {"table": "large"})
    assert_large_cells(done["large"], peak)
