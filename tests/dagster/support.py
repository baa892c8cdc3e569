"""Databases to profile, their configs, and how to run a job and look at what it recorded."""

import json
import os
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from dagster import (
    AssetKey,
    AssetMaterialization,
    DagsterInstance,
    Definitions,
    ExecuteInProcessResult,
    TableMetadataValue,
)

ROOT = Path(__file__).parents[2]
JOB = "baselinr_profile_all"


class Source:
    """A database in a folder of the test's own, with a config beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = str(folder / "baselinr.yml")

    def connection(self) -> dict[str, Any]:
        raise NotImplementedError

    def configure(self, *tables: str | Mapping[str, Any], **more: Any) -> str:
        """Write a config of these tables; JSON is YAML. Returns its path."""
        config = {
            "environment": "test",
            "source": self.connection(),
            "storage": {
                "connection": {"type": "sqlite", "filepath": str(self.folder / "history.db")}
            },
            "profiling": {
                "tables": [t if isinstance(t, Mapping) else {"table": t} for t in tables]
            },
        }
        Path(self.config).write_text(json.dumps({**config, **more}, indent=2, ensure_ascii=False))
        return self.config


class Sqlite(Source):
    """A SQLite file."""

    @property
    def file(self) -> Path:
        return self.folder / "warehouse.db"

    def connection(self) -> dict[str, Any]:
        return {"type": "sqlite", "filepath": str(self.file)}

    def table(self, name: str, rows: int = 10, columns: int = 1, offset: float = 0) -> None:
        """Create a table of numbers, or replace it; `offset` moves them all."""
        names = ", ".join(f"c{i}" for i in range(columns))
        with closing(sqlite3.connect(self.file)) as connection, connection:
            connection.execute(f'DROP TABLE IF EXISTS "{name}"')
            connection.execute(f'CREATE TABLE "{name}" ({names.replace(",", " REAL,")} REAL)')
            connection.executemany(
                f'INSERT INTO "{name}" VALUES ({", ".join("?" * columns)})',
                [[row + offset] * columns for row in range(rows)],
            )


class Postgres(Source):
    """A database of the tests' PostgreSQL server, on a connection of its superuser."""

    def __init__(self, folder: Path, connection: psycopg.Connection[Any]) -> None:
        super().__init__(folder)
        self.superuser = connection
        info = connection.info
        self.login = {"username": info.user, "password": info.password}

    def connection(self) -> dict[str, Any]:
        info = self.superuser.info
        address = {"host": info.host, "port": info.port, "database": info.dbname}
        return {"type": "postgres", **address, **self.login, "extra_params": {"sslmode": "disable"}}

    def execute(self, *statements: str) -> None:
        for statement in statements:
            self.superuser.execute(statement)


@contextmanager
def database(folder: Path) -> Iterator[Postgres]:
    """Create an empty database on the tests' PostgreSQL server, and drop it in the end."""
    url = os.environ.get("BASELINR_TEST_POSTGRES")
    if not url:
        pytest.skip("no PostgreSQL: BASELINR_TEST_POSTGRES is not set; `make test` sets it")
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            with psycopg.connect(url, dbname=name, autocommit=True) as connection:
                yield Postgres(folder, connection)
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def run(
    definitions: Definitions,
    instance: DagsterInstance,
    *,
    only: Sequence[str] | None = None,
    job: str = JOB,
    tags: Mapping[str, str] | None = None,
) -> ExecuteInProcessResult:
    """Run a job, or a selection of its assets, as one run of the instance."""
    return definitions.resolve_job_def(job).execute_in_process(
        instance=instance,
        asset_selection=[AssetKey(name) for name in only] if only is not None else None,
        raise_on_error=False,
        tags=tags,
    )


def materialized(result: ExecuteInProcessResult) -> list[str]:
    """Names of the assets that a run materialized, in order."""
    return [event.asset_key.to_user_string() for event in materializations(result)]


def materializations(result: ExecuteInProcessResult) -> list[AssetMaterialization]:
    return [
        event.step_materialization_data.materialization
        for event in result.get_asset_materialization_events()
    ]


def metadata(result: ExecuteInProcessResult, name: str) -> dict[str, Any]:
    """The metadata of one asset's materialization in a run, as plain values."""
    (event,) = (m for m in materializations(result) if m.asset_key == AssetKey(name))
    return {
        key: value.records if isinstance(value, TableMetadataValue) else value.value
        for key, value in event.metadata.items()
    }


def failure(result: ExecuteInProcessResult) -> str:
    """The text of the one step failure of a run."""
    (event,) = (event for event in result.all_events if event.is_step_failure)
    data = event.step_failure_data
    assert data.user_failure_data
    assert data.user_failure_data.description
    return data.user_failure_data.description


@contextmanager
def command(
    *words: str | Path,
    source: Source,
    program: Sequence[str | Path] = (sys.executable, "-m", "dagster"),
    variables: Mapping[str, str] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run Dagster's own command in processes of its own, on the instance beside a source."""
    log = (source.folder / "command.log").open("ab")
    process = subprocess.Popen(
        [*program, *words],
        env={
            **os.environ,
            "DAGSTER_HOME": str(source.folder / "dagster_home"),
            **(variables or {}),
        },
        stdout=log,
        stderr=log,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        log.close()


@contextmanager
def locked(postgres: Postgres, table: str) -> Iterator[None]:
    """Keep everybody else out of a table."""
    info = postgres.superuser.info
    with (
        psycopg.connect(info.dsn, password=info.password) as other,
        other.transaction(force_rollback=True),
    ):
        other.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield


def eventually(what: str, condition: Callable[[], Any], seconds: float = 120) -> Any:
    """Wait until a condition holds, and return what it gave."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not within {seconds} seconds: {what}"
        time.sleep(0.1)
    return found


def processes(*words: str) -> list[int]:
    """The IDs of running processes whose command line has all these words among its arguments."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue  # it has just ended
        if state != "Z" and set(words) <= set(arguments):
            found.append(int(entry.name))
    return found
