"""The sensor under `dagster dev`: a real daemon, code server, run launcher and web server."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterInstance

from support import Sqlite, eventually

REPO = """
from dagster import Definitions
from dagster_baselinr import (
    baselinr_plan_sensor, create_profiling_assets, create_profiling_job
)

CONFIG = {config!r}
assets = create_profiling_assets(CONFIG)
defs = Definitions(
    assets=assets,
    jobs=[create_profiling_job(assets=assets)],
    sensors=[
        baselinr_plan_sensor(
            config_path=CONFIG, job_name="baselinr_profile_all", minimum_interval_seconds=1
        )
    ],
)
"""
SENSOR = {
    "sensorName": "baselinr_plan_sensor",
    "repositoryName": "__repository__",
    "repositoryLocationName": "repo.py",
}


class Dagster:
    """`dagster dev` of a file, spoken to as the browser does."""

    def __init__(self, code: Path, home: Path) -> None:
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        (home / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
        self.log = home / "dev.log"
        command = [sys.executable, "-m", "dagster", "dev", "-f", code.name, "-p", str(self.port)]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command,
                cwd=code.parent,
                env={**os.environ, "DAGSTER_HOME": str(home)},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def ask(self, query: str, **variables: Any) -> Any:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/graphql",
            json.dumps({"query": query, "variables": variables}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            answer = json.load(response)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def is_up(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()[-3000:]
        try:
            locations = self.ask(
                "{ workspaceOrError { ... on Workspace { locationEntries {"
                " loadStatus locationOrLoadError { __typename } } } } }"
            )
        except OSError:
            return False
        (entry,) = locations["workspaceOrError"]["locationEntries"]
        if entry["loadStatus"] != "LOADED":
            return False
        assert entry["locationOrLoadError"]["__typename"] == "RepositoryLocation"
        return True

    def start_sensor(self) -> None:
        self.ask(
            "mutation($s: SensorSelector!) { startSensor(sensorSelector: $s)"
            " { __typename ... on PythonError { message } } }",
            s=SENSOR,
        )

    def ticks(self) -> list[Any]:
        """The sensor's ticks, the newest first."""
        answer = self.ask(
            "query($s: SensorSelector!) { sensorOrError(sensorSelector: $s) { ... on Sensor"
            " { sensorState { ticks(limit: 20) { status skipReason error { message } } } } } }",
            s=SENSOR,
        )
        ticks: list[Any] = answer["sensorOrError"]["sensorState"]["ticks"]
        assert not [t for t in ticks if t["error"]], ticks
        return ticks

    def reload(self) -> None:
        self.ask(
            "mutation($n: String!) { reloadRepositoryLocation(repositoryLocationName: $n)"
            " { __typename } }",
            n="repo.py",
        )

    def runs(self) -> list[Any]:
        """The runs, the newest first."""
        answer = self.ask(
            "{ runsOrError { ... on Runs { results { status assetSelection { path }"
            " assets { key { path } } tags { key value } } } } }"
        )
        runs: list[Any] = answer["runsOrError"]["results"]
        assert not [r for r in runs if r["status"] in ("FAILURE", "CANCELED")], self.log.read_text()
        return runs

    def stop(self) -> None:
        os.killpg(self.process.pid, signal.SIGINT)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@pytest.fixture
def dagster(sqlite: Sqlite, instance: DagsterInstance) -> Iterator[Dagster]:
    sqlite.table("orders")
    sqlite.table("customers")
    code = sqlite.folder / "repo.py"
    code.write_text(REPO.format(config=sqlite.configure("orders", "customers")))
    it = Dagster(code, sqlite.folder / "dagster_home")
    try:
        yield it
    finally:
        it.stop()


def test_a_new_table_waits_for_the_reload_and_then_runs_alone(
    dagster: Dagster, sqlite: Sqlite
) -> None:
    eventually("dagster dev is up", dagster.is_up)
    dagster.start_sensor()

    def succeeded(count: int) -> bool:
        runs = dagster.runs()
        return len(runs) == count and all(run["status"] == "SUCCESS" for run in runs)

    eventually("the first tick's run has succeeded", lambda: succeeded(1))
    assert assets(dagster.runs()[0]) == {"baselinr_orders", "baselinr_customers"}

    sqlite.table("returns")
    sqlite.configure("orders", "customers", "returns")

    def held_back() -> bool:
        reason = dagster.ticks()[0]["skipReason"] or ""
        return "held back" in reason and "returns" in reason

    eventually("a tick holds the new table back", held_back)
    assert succeeded(1)

    dagster.reload()
    eventually("the new table's run has succeeded", lambda: succeeded(2))
    newest = dagster.runs()[0]
    assert assets(newest) == {"baselinr_returns"}
    tags = {tag["key"]: tag["value"] for tag in newest["tags"]}
    assert tags["baselinr/changed_tables"] == '["returns"]'
    assert tags["baselinr.table/returns"] == "changed"

    def idle() -> bool:
        return "not changed" in (dagster.ticks()[0]["skipReason"] or "")

    eventually("a tick finds nothing", idle)
    assert succeeded(2)


def assets(run: Any) -> set[str]:
    """The names of the assets that a run was asked for and has materialized."""
    selected = {"/".join(key["path"]) for key in run["assetSelection"]}
    made = {"/".join(asset["key"]["path"]) for asset in run["assets"]}
    assert selected == made
    return made
