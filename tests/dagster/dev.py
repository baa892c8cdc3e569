"""`dagster dev`, spoken to as the browser does."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

from support import JOB

LOCATION = {"repositoryName": "__repository__", "repositoryLocationName": "repo.py"}
SENSOR = {**LOCATION, "sensorName": "baselinr_plan_sensor"}


class Dagster:
    """`dagster dev` of a file, spoken to as the browser does."""

    def __init__(self, code: Path, home: Path) -> None:
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        (home / "dagster.yaml").write_text("telemetry:\n  enabled: false\nnux:\n  enabled: false\n")
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

    def start_sensor(self, name: str = SENSOR["sensorName"]) -> None:
        self.ask(
            "mutation($s: SensorSelector!) { startSensor(sensorSelector: $s)"
            " { __typename ... on PythonError { message } } }",
            s={**SENSOR, "sensorName": name},
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

    def launch(self) -> str:
        """Launch a run of the job as a click on its button does; returns the run's ID."""
        return self._launched(
            "mutation($p: ExecutionParams!) { launchRun(executionParams: $p) { ...it } }",
            {"selector": {**LOCATION, "jobName": JOB}, "runConfigData": {}},
        )

    def launch_again(self, run: str, strategy: str) -> str:
        """Launch a run again, from failure or as the strategy says; returns the new run's ID."""
        return self._launched(
            "mutation($p: ReexecutionParams!)"
            " { launchRunReexecution(reexecutionParams: $p) { ...it } }",
            {"parentRunId": run, "strategy": strategy},
        )

    def backfill(self, asset: str, partitions: list[str]) -> None:
        """Launch a backfill of an asset as its button does."""
        answer = self.ask(
            "mutation($p: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $p)"
            " { __typename ... on PythonError { message } } }",
            p={"assetSelection": [{"path": [asset]}], "partitionNames": partitions},
        )
        it = answer["launchPartitionBackfill"]
        assert it["__typename"] == "LaunchBackfillSuccess", it

    def _launched(self, mutation: str, parameters: dict[str, Any]) -> str:
        (it,) = self.ask(
            mutation + " fragment it on LaunchRunResult { __typename ... on LaunchRunSuccess"
            " { run { runId } } ... on PythonError { message } }",
            p=parameters,
        ).values()
        assert it["__typename"] == "LaunchRunSuccess", it
        run: str = it["run"]["runId"]
        return run

    def terminate(self, run: str) -> None:
        """Cancel a run as a click on its button does."""
        answer = self.ask("mutation($r: String!) { terminateRun(runId: $r) { __typename } }", r=run)
        assert answer["terminateRun"]["__typename"] == "TerminateRunSuccess"

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
