"""The Python tool reads what we learned and the anomalies that we found, and learns the same.

Its own commands learn nothing: on PostgreSQL its query for a column's type is an error, and on
SQLite its second connection waits for its first. So its classes are asked, over a SQLite history.
"""

import json
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tools import Tools

pytest_plugins = ["side_by_side"]
pytestmark = pytest.mark.timeout(300)

LEARNED = ("mean", "stddev", "null_ratio", "count", "unique_ratio")
RUNS = 12


def asked_of_reference(tools: Tools, run: str, metrics: list[tuple[str, str, float]]) -> Any:
    script = Path(__file__).parent / "expectations_of_reference.py"
    python = str(tools.reference.parent / "python")
    command = [python, str(script), str(tools.config), "orders", "shop", run]
    done = subprocess.run(command, input=json.dumps(metrics), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_what_we_learn_and_find_is_what_it_reads_and_learns(tools: Tools) -> None:
    history = tools.folder / "history.db"
    connection = {"type": "sqlite", "database": str(history), "filepath": str(history)}
    tools.keep_history_in(
        connection,
        storage={
            "connection": connection,
            "enable_expectation_learning": True,
            "enable_anomaly_detection": True,
        },
    )
    for run in range(RUNS):  # a run a day
        tools.sql(f"UPDATE shop.orders SET weight = weight * (1 + 0.01 * sin(id * {run} + {run}))")
        if run % 3 == 0:
            tools.sql(f"UPDATE shop.orders SET city = NULL WHERE id = {run + 1}")
        tools.our_profile()
        with sqlite3.connect(history) as store:
            for table in ("baselinr_runs", "baselinr_results", "baselinr_pipes_runs"):
                store.execute(
                    f"UPDATE {table} SET profiled_at = "
                    "strftime('%Y-%m-%d %H:%M:%f', profiled_at, '-1 day') || '000'"
                )
    tools.sql("UPDATE shop.orders SET weight = weight * 3; DELETE FROM shop.orders WHERE id > 150")
    last = tools.our_profile()
    metrics = [
        (c["name"], metric, float(c["metrics"][metric]))
        for c in last["columns"]
        for metric in LEARNED
        if isinstance(c["metrics"].get(metric), int | float)
    ]
    assert len(metrics) > 35
    status = json.loads(tools.theirs("status", "--json"))
    assert status["runs"][0]["anomalies_count"] == len(last["anomalies"]) > 10

    with sqlite3.connect(history) as store:  # to learn from the same runs as we did
        for table in ("baselinr_runs", "baselinr_results"):
            store.execute(f"DELETE FROM {table} WHERE run_id = ?", [last["run_id"]])
    answer = asked_of_reference(tools, last["run_id"], metrics)
    told = [
        (e["column_name"], e["metric_name"], e["metadata"]["detection_method"])
        for e in answer["events"]
    ]
    in_its_events = {"seasonality": "trend_seasonality"}  # its settings call it as we do
    assert sorted(told) == sorted(
        (a["column"], a["metric"], in_its_events.get(a["method"], a["method"]))
        for a in last["anomalies"]
    )

    ours: dict[tuple[str, str], dict[str, Any]] = {}
    for a in last["anomalies"]:
        ours.setdefault((a["column"], a["metric"]), {})[a["method"]] = a
    for (column, metric, _), found in zip(metrics, answer["metrics"], strict=True):
        stored, learned = found["stored"], found["learned"]
        assert stored["expectation_version"] == RUNS - 4  # learned from the sixth run on
        for key, value in learned.items():
            if key in ("last_updated", "expectation_version"):
                continue
            if key == "distribution_params" or isinstance(value, float):
                assert stored[key] == pytest.approx(value, rel=1e-9, abs=1e-12), (column, metric)
            else:
                assert stored[key] == value, (column, metric, key)
        for method in ("iqr", "mad"):  # which mean the same in both
            here = ours.get((column, metric), {}).get(method)
            assert (here and here["type"]) == found["found"].get(method), (column, metric, method)
