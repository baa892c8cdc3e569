"""The Python tool baselinr reads a history that we wrote, and we read one that it wrote.

Each compares its own numbers with what the other makes of the same rows, by its own command line.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tools import CHANGES, Tools

pytest_plugins = ["side_by_side"]

# Installing the Python tool, the first time, takes longer than all of these.
pytestmark = pytest.mark.timeout(300)


def findings(drift: Any) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Return our findings: by column and metric, both values, the change and its severity."""
    return {
        (f["column"], f["metric"]): (
            pytest.approx(f["baseline"], rel=1e-12),
            pytest.approx(f["current"], rel=1e-12),
            pytest.approx(f["change_percent"], rel=1e-9),
            f["severity"],
        )
        for f in drift["findings"]
    }


def their_findings(report: Any) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Return the same of the Python tool's report."""
    return {
        (d["column_name"], d["metric_name"]): (
            d["baseline_value"],
            d["current_value"],
            d["change_percent"],
            d["drift_severity"],
        )
        for d in report["column_drifts"]
        if d["drift_detected"]
    }


def as_they_tell(changes: Any) -> set[str]:
    """Return our schema changes as its `drift` tells them: it knows neither renames nor types."""
    told = set()
    for c in changes:
        if c["type"] in ("column_added", "column_renamed"):
            told.add(f"Column added: {c['column']}")
        if c["type"] in ("column_removed", "column_renamed"):
            told.add(f"Column removed: {c.get('old_column_name', c['column'])}")
    return told


EXPECTED_CHANGES = {
    ("type_changed", "id"),
    ("column_renamed", "customer_no"),
    ("column_added", "extra"),
    ("column_removed", "gone"),
}


def test_it_reads_the_history_that_we_wrote(tools: Tools) -> None:
    first = tools.our_profile()
    tools.sql(CHANGES)
    last = tools.our_profile()
    assert {(c["type"], c["column"]) for c in last["schema_changes"]} == EXPECTED_CHANGES
    runs = [(last["run_id"], 190), (first["run_id"], 200)]

    status = json.loads(tools.theirs("status", "--json"))
    assert [(r["run_id"], r["rows_scanned"]) for r in status["runs"]] == runs
    assert status["runs"][0]["schema_name"] == "shop"
    assert status["runs"][0]["drift_severity"] == last["drift"]["severity"] == "high"
    (summary,) = status["drift_summary"]
    assert (summary["table_name"], summary["severity"]) == ("orders", "high")
    assert summary["event_count"] == len(last["drift"]["findings"]) + len(last["schema_changes"])

    report = tools.their_drift()
    assert report["baseline_run_id"] == last["drift"]["baseline_run_id"] == first["run_id"]
    assert report["current_run_id"] == last["run_id"]
    assert their_findings(report) == findings(last["drift"])
    assert set(report["schema_changes"]) == as_they_tell(last["schema_changes"])

    listed = tools.their_query("runs", "--table", "orders", "--environment", "test")
    assert [(r["run_id"], r["row_count"]) for r in listed] == runs
    events = tools.their_query("drift", "--table", "orders")
    told = {
        (e["column_name"], e["metric_name"]): (
            e["baseline_value"],
            e["current_value"],
            e["change_percent"],
            e["drift_severity"],
        )
        for e in events
        if e["event_type"] == "DataDriftDetected"
    }
    assert told == findings(last["drift"])
    assert {e["column_name"] for e in events if e["event_type"] == "SchemaChangeDetected"} == {
        column for _, column in EXPECTED_CHANGES
    }
    history = tools.their_query("table", "--table", "orders", "--schema", "shop")
    assert [(r["run_id"], r["row_count"]) for r in history["runs"]] == runs

    details = tools.their_query("run", "--run-id", last["run_id"])
    stored = {c["column_name"]: c for c in details["columns"]}
    assert set(stored) == {c["name"] for c in last["columns"]}
    for column in last["columns"]:
        for metric, value in column["metrics"].items():
            if isinstance(value, int | float) and not isinstance(value, bool):
                text = stored[column["name"]]["metrics"][metric]
                assert float(text) == pytest.approx(value, rel=1e-15), (column["name"], metric)


def test_we_read_the_history_that_it_wrote(tools: Tools) -> None:
    tools.ours_migrate()
    first = tools.their_profile()
    tools.sql(CHANGES)
    last = tools.their_profile()

    status = tools.ours("status")["runs"]
    assert [(r["run_id"], r["row_count"]) for r in status] == [(last, 190), (first, 200)]
    assert all(r["status"] == "completed" and r["drift_severity"] is None for r in status)

    drift = tools.ours("drift", "--dataset", "orders", "--schema", "shop")
    report = tools.their_drift()
    assert drift["run_id"] == report["current_run_id"] == last
    assert drift["drift"]["baseline_run_id"] == report["baseline_run_id"] == first
    assert their_findings(report) == findings(drift["drift"])
    assert len(drift["drift"]["findings"]) > 10
    assert {(c["type"], c["column"]) for c in drift["schema_changes"]} == EXPECTED_CHANGES
    assert set(report["schema_changes"]) == as_they_tell(drift["schema_changes"])


def test_its_run_is_the_baseline_of_ours_and_ours_of_its(tools: Tools) -> None:
    tools.ours_migrate()
    first = tools.their_profile()
    seen = tools.sql("SELECT min(first_seen_at) FROM baselinr_schema_registry")
    tools.sql(CHANGES)
    second = tools.our_profile()
    assert second["drift"]["baseline_run_id"] == first
    assert {(c["type"], c["column"]) for c in second["schema_changes"]} == EXPECTED_CHANGES
    report = tools.their_drift()
    assert (report["baseline_run_id"], report["current_run_id"]) == (first, second["run_id"])
    assert their_findings(report) == findings(second["drift"])
    registered = tools.sql(
        "SELECT column_name, run_id, first_seen_at FROM baselinr_schema_registry ORDER BY 1"
    )
    by_name = {name: (run, at) for name, run, at in registered}
    assert len(by_name) == len(registered) == 12  # a row a column that was ever seen
    assert by_name["gone"] == by_name["customer_id"] == (first, seen[0][0])
    assert by_name["amount"] == (second["run_id"], seen[0][0])
    assert by_name["customer_no"][0] == second["run_id"]

    tools.sql("UPDATE shop.orders SET weight = weight * 3")
    third = tools.their_profile()
    report = tools.their_drift()
    drift = tools.ours("drift", "--dataset", "orders")
    assert (report["baseline_run_id"], report["current_run_id"]) == (second["run_id"], third)
    assert drift["drift"]["baseline_run_id"] == second["run_id"]
    assert their_findings(report) == findings(drift["drift"]) != {}
    assert drift["schema_changes"] == report["schema_changes"] == []


def test_we_go_on_with_the_sqlite_file_that_it_made(tools: Tools, tmp_path: Path) -> None:
    file = tmp_path / "history.db"
    # It registers columns over a second connection, which SQLite makes wait for the first.
    tools.keep_history_in(
        {"type": "sqlite", "database": str(file), "filepath": str(file)},
        schema_change={"enabled": False},
    )
    tools.theirs("profile")
    (first,) = tools.their_query("runs")
    status = tools.ours("status")["runs"]
    assert [r["run_id"] for r in status] == [first["run_id"]]
    tools.sql(CHANGES)
    ours = tools.our_profile()
    assert ours["drift"]["baseline_run_id"] == first["run_id"]
    assert ours["drift"]["severity"] == "high"
    assert ours["schema_changes"] == []  # not asked for
    assert [r["run_id"] for r in tools.their_query("runs")] == [ours["run_id"], first["run_id"]]


def test_suppressed_changes_are_told_in_no_history(tools: Tools) -> None:
    tools.keep_history_in(
        tools.connection,
        schema_change={
            "similarity_threshold": 0.99,
            "suppression": [{"table": "orders", "change_type": "column_added"}],
        },
    )
    tools.our_profile()
    tools.sql(CHANGES)
    told = {(c["type"], c["column"]) for c in tools.our_profile()["schema_changes"]}
    assert told == {
        ("type_changed", "id"),
        ("column_removed", "gone"),
        ("column_removed", "customer_id"),
    }
    events = tools.their_query("drift")
    assert {e["column_name"] for e in events if e["event_type"] == "SchemaChangeDetected"} == {
        column for _, column in told
    }
    (registered,) = tools.sql("SELECT count(*) FROM baselinr_schema_registry")
    assert registered == (12,)
