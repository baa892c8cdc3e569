"""What the tests of the Dagster side share: real instances, real databases, the real binary."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster import DagsterInstance

from support import ROOT, Postgres, Sqlite, database


@pytest.fixture(scope="session", autouse=True)
def binary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The binary: the one that the environment names, else one that is built now."""
    named = os.environ.get("BASELINR_PIPES_BINARY")
    if not (named and Path(named).is_file()):
        named = str(tmp_path_factory.mktemp("bin") / "baselinr-pipes")
        subprocess.run([ROOT / "scripts/build.sh", named], check=True)
        os.environ["BASELINR_PIPES_BINARY"] = named
    return Path(named)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for what programs cache: one of the test's own, not the user's."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[DagsterInstance]:
    """A Dagster instance in files, as a user's is."""
    home = tmp_path / "dagster_home"
    home.mkdir()
    with DagsterInstance.local_temp(str(home)) as it:
        yield it


@pytest.fixture
def sqlite(tmp_path: Path) -> Sqlite:
    """An empty SQLite file to profile, and a config of it."""
    return Sqlite(tmp_path)


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[Postgres]:
    """An empty database on the tests' PostgreSQL server, and a config of it."""
    with database(tmp_path) as it:
        yield it
