"""Fixtures: both tools, with a database of their own on the tests' PostgreSQL server.

Tests name it in `pytest_plugins`.
"""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tools import ORDERS, Tools, install_binary, install_reference


@pytest.fixture(scope="session")
def binary(tmp_path_factory: pytest.TempPathFactory) -> str:
    return install_binary(tmp_path_factory.mktemp("binary"))


@pytest.fixture(scope="session")
def reference() -> Path:
    return install_reference()


@pytest.fixture
def tools(tmp_path: Path, binary: str, reference: Path) -> Iterator[Tools]:
    """Both tools, and the table of ORDERS.

    The Python tool knows no schema of a connection: its history is in the database's default one.
    """
    server = os.environ.get("BASELINR_TEST_POSTGRES")
    if not server:
        pytest.skip("no PostgreSQL: BASELINR_TEST_POSTGRES is not set; `make test` sets it")
    name = f"interchange_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            both = Tools(
                tmp_path, binary, reference, psycopg.conninfo.make_conninfo(server, dbname=name)
            )
            both.sql(ORDERS)
            yield both
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
