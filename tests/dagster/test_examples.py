"""Each file of examples/ runs, as its README says."""

import os
import re
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from dagster import AssetKey, DagsterInstance, Definitions, evaluate_automation_conditions

from support import ROOT, Sqlite, materialized, metadata, run

EXAMPLES = ROOT / "examples"
MODULES = ("repo", "own_assets", "automation", "checks", "partitions", "stock_pipes_client")


@pytest.fixture
def workspace(sqlite: Sqlite, binary: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sqlite]:
    """The working directory of somebody who follows the examples: their config, their data."""
    readme = (EXAMPLES / "README.md").read_text()
    config = re.search(r"```yaml\n(.*?)```", readme, re.DOTALL)
    assert config
    Path(sqlite.config).write_text(config[1])
    sqlite.table("flights", rows=20)
    monkeypatch.chdir(sqlite.folder)
    commands = sqlite.folder / "commands"
    commands.mkdir()
    (commands / "baselinr-pipes").symlink_to(binary)
    monkeypatch.setenv("PATH", str(commands), prepend=os.pathsep)
    monkeypatch.syspath_prepend(str(EXAMPLES))
    yield sqlite
    for module in MODULES:
        sys.modules.pop(module, None)


def with_days(workspace: Sqlite) -> None:
    """Add to config and data what the example of partitions says."""
    said = (EXAMPLES / "partitions.py").read_text().split('"""')[1]
    _, _, block = said.partition("needs\n\n")
    with Path(workspace.config).open("a") as config:
        config.write(textwrap.dedent(block))
    with closing(sqlite3.connect(workspace.file)) as connection, connection:
        connection.execute("ALTER TABLE flights ADD flight_date TEXT")
        connection.execute(
            "UPDATE flights SET flight_date = date('2013-01-01', rowid % 4 || ' days')"
        )


def load(name: str) -> Definitions:
    definitions = __import__(name).defs
    assert isinstance(definitions, Definitions)
    Definitions.validate_loadable(definitions)
    return definitions


@pytest.mark.usefixtures("workspace")
def test_repo(instance: DagsterInstance) -> None:
    assert materialized(run(load("repo"), instance)) == ["baselinr_flights", "baselinr_summary"]


@pytest.mark.parametrize("name", MODULES)
def test_dagster_loads_each(workspace: Sqlite, name: str) -> None:
    if name == "partitions":
        with_days(workspace)
    dagster = str(Path(sys.executable).with_name("dagster"))
    done = subprocess.run(
        [dagster, "definitions", "validate", "-f", str(EXAMPLES / f"{name}.py")],
        cwd=workspace.folder,
        env={**os.environ, "DAGSTER_HOME": str(workspace.folder)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.usefixtures("workspace")
def test_automation(instance: DagsterInstance) -> None:
    definitions = load("automation")
    state = evaluate_automation_conditions(definitions, instance)
    assert state.total_requested == 0
    assert run(definitions, instance, only=["flights"], job="__ASSET_JOB").success
    state = evaluate_automation_conditions(definitions, instance, cursor=state.cursor)
    assert state.get_num_requested(AssetKey("baselinr_flights")) == 1
    assert run(definitions, instance, only=["baselinr_flights"], job="__ASSET_JOB").success
    assert definitions.get_repository_def().has_sensor_def("baselinr_drift_sensor")


@pytest.mark.usefixtures("workspace")
def test_own_assets(instance: DagsterInstance) -> None:
    definitions = load("own_assets")
    result = run(definitions, instance, job="nightly_profile")
    assert materialized(result) == ["quality/main/flights", "quality_summary"]
    repository = definitions.get_repository_def()
    assert repository.has_sensor_def("quality_plan_sensor")
    assets = repository.assets_defs_by_key[AssetKey(["quality", "main", "flights"])]
    assert list(assets.get_asset_spec(AssetKey(["quality", "main", "flights"])).owners) == [
        "team:data"
    ]


def test_checks(workspace: Sqlite, instance: DagsterInstance) -> None:
    definitions = load("checks")
    job = "__ASSET_JOB"
    first = run(definitions, instance, job=job)
    assert set(materialized(first)) == {"flights", "report", "baselinr_flights", "baselinr_summary"}
    assert len(first.get_asset_check_evaluations()) == 4

    workspace.table("flights", rows=10)
    half = run(definitions, instance, job=job)
    assert materialized(half) == ["flights"]
    failed = [it.check_name for it in half.get_asset_check_evaluations() if not it.passed]
    assert failed == ["baselinr_row_count"]


def test_partitions(workspace: Sqlite, instance: DagsterInstance) -> None:
    with_days(workspace)
    definitions = load("partitions")
    days = {
        "dagster/asset_partition_range_start": "2013-01-01",
        "dagster/asset_partition_range_end": "2013-01-04",
    }
    result = run(definitions, instance, job="profile_days", tags=days)
    assert result.success
    assert materialized(result) == [*["baselinr_flights"] * 4, "baselinr_summary"]
    assert definitions.get_repository_def().has_schedule_def("profile_days_schedule")


def test_stock_pipes_client(workspace: Sqlite, instance: DagsterInstance) -> None:
    definitions = load("stock_pipes_client")
    job = "__ASSET_JOB"
    assert run(definitions, instance, job=job).success
    workspace.table("flights", rows=40, offset=500)
    result = run(definitions, instance, job=job)

    assert materialized(result) == ["flights_profile"]
    found = metadata(result, "flights_profile")
    assert found["row_count"] == 40
    assert found["drift_severity"] == "high"
    assert found["drift_count"] > 0
    assert found["baseline_run_id"]


def test_stock_pipes_client_fails_where_the_table_does(
    workspace: Sqlite, instance: DagsterInstance
) -> None:
    workspace.file.unlink()
    workspace.table("something_else")
    result = run(load("stock_pipes_client"), instance, job="__ASSET_JOB")
    assert not result.success
    assert materialized(result) == []


def test_the_demo(tmp_path: Path, binary: Path) -> None:
    environment = {
        **os.environ,
        "BASELINR_DEMO": str(tmp_path),
        "BASELINR_PIPES_BINARY": str(binary),
    }
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [sys.executable, "examples/demo/demo.py"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^flights +24,951 +\d+\.\d+ +19  low \(\d+ findings\)$", done.stdout, re.M)
    assert re.search(r"^airlines +16 +\d+\.\d+ +2  none$", done.stdout, re.M)
    strongest = done.stdout.partition("What drifted most in flights:")[2]
    sentence = (
        r"^  (?:low|high|medium) +\w+: .+ went from .+ to .+, by chance with p .+, "
        r"against the last run, [0-9a-f]{8} of .+$"
    )
    assert len(re.findall(sentence, strongest, re.M)) == 6
    for said in ("make dev", "http://127.0.0.1:3000", "status", "history.db", "flights.html"):
        assert said in done.stdout
    assert "<h1>Drift of flights</h1>" in (tmp_path / "flights.html").read_text()


def test_no_example_is_left_out() -> None:
    known = {
        "README.md",
        "repo.py",
        "own_assets.py",
        "automation.py",
        "checks.py",
        "partitions.py",
        "stock_pipes_client.py",
        "demo",
        "deploy",
        "pipes",
    }
    assert {p.name for p in EXAMPLES.iterdir()} - {"__pycache__"} <= known
