"""Fixtures: a schema of the tests' PostgreSQL, a database of their MariaDB, a SQLite file.

Tests name it in `pytest_plugins`.
"""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from warehouses import MySQL, Postgres, SQLite


@pytest.fixture(scope="session")
def postgres_url() -> str:
    url = os.environ.get("BASELINR_TEST_POSTGRES")
    if not url:
        pytest.skip("no PostgreSQL: BASELINR_TEST_POSTGRES is not set; `make test` sets it")
    return url


@pytest.fixture(scope="module", params=["stream", "pushdown"])
def mode(request: pytest.FixtureRequest) -> Iterator[str]:
    """Have tables measured by either mode, one after the other."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BASELINR_EXECUTION__MODE", request.param)
        yield request.param


@pytest.fixture
def sqlite(tmp_path: Path) -> SQLite:
    return SQLite(tmp_path)


def schema_of(url: str) -> Iterator[Postgres]:
    schema = f"truth_{uuid.uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
        try:
            connection.execute(f"SET search_path = {schema}")
            connection.execute("SET TimeZone = 'UTC'")
            yield Postgres(url, schema, connection)
        finally:
            connection.execute(f"DROP SCHEMA {schema} CASCADE")


@pytest.fixture
def postgres(postgres_url: str) -> Iterator[Postgres]:
    yield from schema_of(postgres_url)


@pytest.fixture(scope="module")
def module_postgres(mode: str, postgres_url: str) -> Iterator[Postgres]:
    yield from schema_of(postgres_url)


def database() -> Iterator[MySQL]:
    url = os.environ.get("BASELINR_TEST_MYSQL")
    if not url:
        pytest.skip("no MariaDB: BASELINR_TEST_MYSQL is not set; `make test` sets it")
    server, name = MySQL(url, "shop"), f"truth_{uuid.uuid4().hex}"
    server.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    try:
        yield MySQL(url, name)
    finally:
        server.execute(f"DROP DATABASE {name}")


@pytest.fixture
def mysql() -> Iterator[MySQL]:
    yield from database()


@pytest.fixture(scope="module")
def module_mysql(mode: str) -> Iterator[MySQL]:
    yield from database()
