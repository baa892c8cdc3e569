"""With `privacy: no_values`, no value of a table is anywhere but in the history."""

import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterInstance
from dagster_baselinr import build_baselinr_definitions

from support import Postgres, Source, Sqlite, failure, materializations, metadata, run

# The values of the table begin like this, in whatever form they are written.
MARKS = {
    "numbers": rb"73194628|84605739|73,194,628|84,605,739|7\.319\d*e\+?10|8\.46\d*e\+?10",
    "texts": rb"zqvalue",
    "days": rb"19[34]1-0|-1213|-8979|-1,213|1\.21[0-9]*e\+?09|8\.9[0-9]*e\+?08",
}
STRATEGIES = ["absolute_threshold", "standard_deviation", "statistical", "ml_based"]
EARLIER_RUNS = 10


def fill(sqlite: Sqlite, number: int, text: str, year: int) -> None:
    with closing(sqlite3.connect(sqlite.file)) as connection, connection:
        connection.execute("DROP TABLE IF EXISTS people")
        connection.execute(
            "CREATE TABLE people (salary REAL, same INTEGER, name TEXT, born DATE, part TEXT)"
        )
        connection.executemany(
            "INSERT INTO people VALUES (?, ?, ?, ?, ?)",
            [
                (
                    number * 1000 + row % 97,
                    number * 1000,
                    f"zqvalue-{text}-{row % 7}",
                    f"{year}-0{row % 9 + 1}-19",
                    f"zqvalue-part-{row % 3}",
                )
                for row in range(400)
            ],
        )


def private(sqlite: Sqlite, strategy: str, privacy: str | None) -> str:
    """Write a config by which everything that can be told is told, in every way."""
    told = sqlite.folder / "told"
    told.mkdir(exist_ok=True)
    copy = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_bytes(sys.stdin.buffer.read())"
    hooks: list[dict[str, Any]] = [
        {"type": "logging"},
        {"type": "exec", "command": [sys.executable, "-c", copy, str(told / "digest.json")]},
        {
            "type": "sql",
            "table_name": "events",
            "connection": {"type": "sqlite", "filepath": str(told / "events.db")},
        },
    ]
    return sqlite.configure(
        "people",
        **({"privacy": privacy} if privacy else {}),
        hooks={"hooks": [{**hook, "min_severity": "low"} for hook in hooks]},
        storage={
            "connection": {"type": "sqlite", "filepath": str(sqlite.folder / "history.db")},
            "enable_expectation_learning": True,
            "enable_anomaly_detection": True,
        },
        drift_detection={
            "strategy": strategy,
            "absolute_threshold": {
                "low_threshold": 0.001,
                "medium_threshold": 0.01,
                "high_threshold": 1,
            },
            "statistical": {
                "tests": [
                    *("ks_test", "psi", "z_score", "chi_square", "entropy", "top_k"),
                    *("wasserstein", "jensen_shannon", "null_ratio", "row_count", "freshness"),
                ],
                "sensitivity": "high",
            },
            "baselines": {"strategy": "moving_average"},
        },
        datasets={
            "datasets": [
                {
                    "table": "people",
                    "profiling": {"partition": {"key": "part", "strategy": "all"}},
                }
            ]
        },
    )


def cli(sqlite: Sqlite, *words: str) -> bytes:
    """Run the binary in the folder of what is told; returns all that it says."""
    done = subprocess.run(
        [os.environ["BASELINR_PIPES_BINARY"], "--config", sqlite.config, *words],
        cwd=sqlite.folder / "told",
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in folder.rglob("*"):
        if path.is_file() and path.name.partition(".db")[0] not in ("warehouse", "history"):
            yield str(path.relative_to(folder)), path.read_bytes()


def found(source: Source, spoken: bytes) -> dict[str, list[str]]:
    """Which marks are in which files, and in what was written to streams."""
    everything = [("the streams", spoken), *files(source.folder)]
    return {
        kind: where
        for kind, mark in MARKS.items()
        if (where := [name for name, text in everything if re.search(mark, text)])
    }


def everything_told(
    sqlite: Sqlite, instance: DagsterInstance, strategy: str, privacy: str | None
) -> tuple[bytes, list[dict[str, Any]]]:
    """Profile until there is drift, tell of it in all ways, and return what went to streams."""
    private(sqlite, strategy, privacy)
    fill(sqlite, 73194628, "before", 1931)
    spoken = b""
    for _ in range(EARLIER_RUNS):
        spoken += cli(sqlite, "profile")
    fill(sqlite, 84605739, "after", 1941)
    result = run(
        build_baselinr_definitions(sqlite.config, report_dir=str(sqlite.folder / "told")), instance
    )
    assert result.success
    people = metadata(result, "baselinr_people")
    assert people["drift_detected"]
    assert people["anomalies_count"] > 0
    assert "picture" in people
    spoken += repr([m.metadata for m in materializations(result)]).encode()
    for form in ("text", "json", "markdown", "html"):
        spoken += cli(sqlite, "drift", "--dataset", "people", "-o", form)
    spoken += cli(sqlite, "drift", "backtest", "--at-least", "low", "-o", "json")
    spoken += cli(sqlite, "baseline", "export")
    spoken += cli(sqlite, "status", "-o", "json")
    for form in ("text", "json", "markdown", "html"):
        spoken += cli(sqlite, "profile", "-o", form)
    return spoken, [record.data for record in people["drift_findings"]]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_no_value_is_told_and_drift_is_found_all_the_same(
    sqlite: Sqlite,
    instance: DagsterInstance,
    capfd: pytest.CaptureFixture[str],
    strategy: str,
) -> None:
    spoken, findings = everything_told(sqlite, instance, strategy, "no_values")
    captured = capfd.readouterr()
    spoken += (captured.out + captured.err).encode()
    assert found(sqlite, spoken) == {}
    assert findings
    # The history holds them: the next run is compared with it.
    assert re.search(MARKS["texts"], (sqlite.folder / "history.db").read_bytes())
    digest = json.loads((sqlite.folder / "told" / "digest.json").read_text())
    assert digest["status"] == "completed"


def test_without_the_key_values_are_in_every_form(
    sqlite: Sqlite, instance: DagsterInstance
) -> None:
    spoken, _ = everything_told(sqlite, instance, "absolute_threshold", None)
    told = found(sqlite, spoken)
    assert set(told) == set(MARKS)
    for name in ("the streams", "digest.json", "events.db", ".html"):
        assert any(name in where for where in told["numbers"]), (name, told)


def test_the_findings_are_those_that_are_found_without_the_key(
    sqlite: Sqlite, instance: DagsterInstance, tmp_path_factory: pytest.TempPathFactory
) -> None:
    _, told = everything_told(sqlite, instance, "statistical", None)
    other = Sqlite(tmp_path_factory.mktemp("private"))
    (other.folder / "home").mkdir()
    with DagsterInstance.local_temp(str(other.folder / "home")) as second:
        _, discreet = everything_told(other, second, "statistical", "no_values")

    def about(findings: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
        keys = ("severity", "column", "metric", "test", "change_percent")
        return sorted(tuple(map(str, (finding[key] for key in keys))) for finding in findings)

    assert about(told) == about(discreet)


def test_an_error_of_the_server_is_told_without_its_message(
    postgres: Postgres, instance: DagsterInstance, capfd: pytest.CaptureFixture[str]
) -> None:
    postgres.execute(
        "CREATE TABLE typed (x text)",
        "INSERT INTO typed VALUES ('zqvalue-1')",
        "CREATE VIEW people AS SELECT x::int AS n FROM typed",
    )
    config = postgres.configure({"table": "people", "schema": "public"}, privacy="no_values")
    result = run(build_baselinr_definitions(config), instance)
    assert not result.success
    assert "the server's error (SQLSTATE 22P02)" in failure(result)
    captured = capfd.readouterr()
    assert found(postgres, (captured.out + captured.err).encode()) == {}
