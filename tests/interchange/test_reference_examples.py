"""Every example configuration of the Python tool baselinr loads here, and means the same.

The examples come with its source distribution; nothing of them is kept here.
"""

import json
import os
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import psycopg.conninfo
import pytest
import yaml  # type: ignore[import-untyped]

from example_files import (
    ENVIRONMENT,
    EXAMPLES,
    content,
    copy_examples,
    entries,
    make_tables,
    with_source,
)
from tools import install_examples

pytest_plugins = ["side_by_side"]

# Installing the Python tool, the first time, takes longer than all of these.
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """Return the URL of a database with the tables that the examples select."""
    server = os.environ.get("BASELINR_TEST_POSTGRES")
    if not server:
        pytest.skip("no PostgreSQL: BASELINR_TEST_POSTGRES is not set; `make test` sets it")
    name = f"examples_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            url = psycopg.conninfo.make_conninfo(server, dbname=name)
            make_tables(url)
            yield url
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, database: str) -> Path:
    folder = tmp_path_factory.mktemp("examples") / "examples"
    copy_examples(folder, str(psycopg.conninfo.conninfo_to_dict(database)["dbname"]))
    return folder


def made_of(reference: Path, folder: Path, how: str, *files: str) -> dict[str, Any]:
    """Return what the Python tool makes of files, all in one process: it is slow to start."""
    script = Path(__file__).with_name("plan_of_reference.py")
    command = [str(reference.with_name("python")), str(script), how, *files]
    done = subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.fixture(scope="module")
def theirs(folder: Path, database: str, reference: Path) -> dict[str, Any]:
    """Return what the Python tool makes of each example, on the tests' database."""
    files = []
    for example in EXAMPLES:
        config = with_source(content(folder, example), database)
        variants = {example: config}
        if example == "config_patterns.yml":
            variants |= {f"{i}_{example}": c for i, c in enumerate(entries(config))}
        for name, variant in variants.items():
            (folder / f"swapped_{name}").write_text(yaml.safe_dump(variant))
            files.append(f"swapped_{name}")
    return made_of(reference, folder, "plan", *files)


class Ours:
    """The binary, run in the folder of the examples."""

    def __init__(self, binary: str, folder: Path) -> None:
        self.binary, self.folder = binary, folder

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command."""
        return subprocess.run(
            [self.binary, *arguments],
            cwd=self.folder,
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
        )

    def json(self, *arguments: str) -> Any:
        """Run a command that succeeds; return what it printed as JSON."""
        done = self.run(*arguments, "-o", "json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def ours(binary: str, folder: Path) -> Ours:
    return Ours(binary, folder)


def selected(tables: list[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the tables by their names; the Python tool names no schema for the default one."""
    return {(t["schema"] or "public", t["table"]): t for t in tables}


def set_values(settings: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return settings without those that say nothing."""
    return settings and {k: v for k, v in settings.items() if v is not None}


def test_these_are_all_of_its_examples() -> None:
    assert sorted(p.name for p in install_examples().glob("*.y*ml")) == EXAMPLES


def test_the_examples_load_as_they_are(ours: Ours, folder: Path, reference: Path) -> None:
    theirs = made_of(reference, folder, "load", *EXAMPLES)
    for example in EXAMPLES:
        done, error = ours.run("config", "validate", "-c", example), theirs[example]["error"]
        errors = [line for line in done.stdout.splitlines() if line.startswith("error: ")]
        if example == "config_patterns.yml":  # which it refuses itself
            assert "profiling.tables.11" in error
            assert "can only specify one primary selection method" in error
            assert len(errors) == 1
            assert "profiling.tables[11]: the entry selects tables in 2 ways" in errors[0]
        else:
            assert (done.returncode, errors, error) == (0, [], None), done.stdout


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_selects_and_measures_the_same(
    example: str, ours: Ours, theirs: dict[str, Any]
) -> None:
    name = f"swapped_{example}"
    plan, their = ours.json("plan", "-c", name), theirs[name]
    if example == "config_sqlite.yml":
        plan["tables"] = [t | {"schema": None} for t in plan["tables"]]
    mine, other = selected(plan["tables"]), selected(their["tables"])
    assert set(mine) == set(other)
    assert mine
    names_metrics = "metrics" in yaml.safe_load((ours.folder / name).read_text())["profiling"]
    for key, table in mine.items():
        # It takes the names of two metrics that it never computes.
        metrics = set(other[key]["metrics"]) - {"null_percent", "distinct_percent"}
        if names_metrics:
            assert set(table["metrics"]) == metrics
        else:  # every metric, of which there are more here
            assert set(table["metrics"]) > metrics
        assert set_values(table["partition"]) == set_values(other[key]["partition"])
        assert set_values(table["sampling"]) == set_values(other[key]["sampling"])


def test_the_partition_of_a_contract_is_compared(theirs: dict[str, Any]) -> None:
    tables = selected(theirs["swapped_config_odcs.yml"]["tables"])
    assert tables["public", "orders"]["partition"]["strategy"] == "latest"


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_says_the_same_of_profiles_and_drift(
    example: str, ours: Ours, theirs: dict[str, Any]
) -> None:
    name = f"swapped_{example}"
    config, their = ours.json("config", "show", "-c", name), theirs[name]
    for key in (
        "compute_histograms",
        "histogram_bins",
        "max_distinct_values",
        "default_sample_ratio",
    ):
        assert config["profiling"][key] == their["profiling"][key]
    drift, other = config["drift_detection"], their["drift"]
    assert drift["strategy"] == other["strategy"]
    assert ours.json("plan", "-c", name)["drift_strategy"] == other["strategy"]
    assert drift["absolute_threshold"] == other["absolute_threshold"]
    assert drift["enable_type_specific_thresholds"] == other["enable_type_specific_thresholds"]
    written = yaml.safe_load((ours.folder / name).read_text()).get("drift_detection", {})
    if "type_specific_thresholds" in written:
        assert drift["type_specific_thresholds"] == other["type_specific_thresholds"]
    if "baselines" in written:
        assert drift["baselines"]["strategy"] == other["baselines"]["strategy"]


@pytest.mark.parametrize("entry", range(12))
def test_each_entry_of_the_patterns_selects_the_same(
    entry: int, ours: Ours, theirs: dict[str, Any]
) -> None:
    name = f"swapped_{entry}_config_patterns.yml"
    mine, other = ours.json("plan", "-c", name)["tables"], theirs[name]["tables"]
    assert set(selected(mine)) == set(selected(other))
    assert mine
