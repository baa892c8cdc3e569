"""The sensor's ticks, one by one: what it requests, tags, holds back and remembers."""

import base64
import hashlib
import json
import secrets
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from dagster import (
    AssetKey,
    DagsterInstance,
    DagsterRunStatus,
    Definitions,
    Failure,
    SensorDefinition,
    SensorResult,
    build_sensor_context,
)
from dagster_baselinr import baselinr_plan_sensor, build_baselinr_definitions
from dagster_baselinr.plan import load_plan

from support import JOB, Postgres, Sqlite, run


class Ticks:
    """A sensor that is ticked by hand, with what is loaded and what it remembers."""

    def __init__(self, config: str, instance: DagsterInstance, *, force_run: bool = False) -> None:
        self.config = config
        self.instance = instance
        self.sensor: SensorDefinition = baselinr_plan_sensor(
            config_path=config, job_name=JOB, force_run=force_run
        )
        self.cursor: str | None = None
        self.reload()

    def reload(self) -> None:
        self.loaded: Definitions = build_baselinr_definitions(self.config)

    def tick(self) -> SensorResult:
        context = build_sensor_context(
            instance=self.instance, cursor=self.cursor, definitions=self.loaded
        )
        result = self.sensor(context)
        assert isinstance(result, SensorResult)
        self.cursor = result.cursor
        return result

    def requested(self) -> Sequence[str]:
        """Tick, and return the names of the assets that are requested."""
        requests = self.tick().run_requests
        if not requests:
            return []
        (request,) = requests
        assert request.run_key is None
        assert not request.run_config
        return [key.to_user_string() for key in request.asset_selection or []]


@pytest.fixture
def ticks(sqlite: Sqlite, instance: DagsterInstance) -> Ticks:
    sqlite.table("orders")
    sqlite.table("customers")
    return Ticks(sqlite.configure("orders", "customers"), instance)


def test_the_first_tick_requests_all_and_the_next_nothing(ticks: Ticks) -> None:
    result = ticks.tick()
    (request,) = result.run_requests or []
    assert [key.to_user_string() for key in request.asset_selection or []] == [
        "baselinr_customers",
        "baselinr_orders",
    ]
    tags = dict(request.tags)
    assert len(tags.pop("baselinr/plan_signature")) == 64
    assert int(tags.pop("baselinr/metrics_requested")) > 0
    assert tags == {
        "baselinr/environment": "test",
        "baselinr/changed_tables": '["customers", "orders"]',
        "baselinr/changed_count": "2",
        "baselinr.table/customers": "changed",
        "baselinr.table/orders": "changed",
    }
    idle = ticks.tick()
    assert not idle.run_requests
    assert "not changed" in str(idle.skip_reason)


def test_a_change_of_the_plan_requests_the_tables_that_it_touches(
    ticks: Ticks, sqlite: Sqlite
) -> None:
    ticks.tick()
    sqlite.configure("orders", "customers", environment="other words, same result")
    assert ticks.requested() == []
    fewer = {"tables": [{"table": "orders"}, {"table": "customers"}], "metrics": ["count", "mean"]}
    sqlite.configure(profiling=fewer)
    assert ticks.requested() == ["baselinr_customers", "baselinr_orders"]


def test_a_plan_that_returns_is_run_again(ticks: Ticks, sqlite: Sqlite) -> None:
    assert len(ticks.requested()) == 2
    sqlite.configure("orders", "customers", profiling={"tables": [{"table": "orders"}]})
    assert ticks.requested() == []  # fewer tables are nothing to run
    sqlite.configure("orders", "customers")
    assert ticks.requested() == ["baselinr_customers"]


def test_a_table_that_is_not_loaded_is_held_back_and_not_lost(ticks: Ticks, sqlite: Sqlite) -> None:
    ticks.tick()
    sqlite.table("returns")
    sqlite.configure("orders", "customers", "returns")
    for _ in range(2):
        result = ticks.tick()
        assert not result.run_requests
        assert "returns" in str(result.skip_reason)
        assert "reload" in str(result.skip_reason)
    ticks.reload()
    assert ticks.requested() == ["baselinr_returns"]
    assert ticks.requested() == []


def test_what_is_loaded_runs_though_another_table_is_held_back(
    ticks: Ticks, sqlite: Sqlite
) -> None:
    sqlite.table("returns")
    sqlite.configure("orders", "customers", "returns")
    assert ticks.requested() == ["baselinr_customers", "baselinr_orders"]
    ticks.reload()
    assert ticks.requested() == ["baselinr_returns"]


def test_force_run_requests_all_at_every_tick(sqlite: Sqlite, instance: DagsterInstance) -> None:
    sqlite.table("orders")
    ticks = Ticks(sqlite.configure("orders"), instance, force_run=True)
    for _ in range(3):
        assert ticks.requested() == ["baselinr_orders"]


def test_a_table_whose_data_changed_is_requested_once_it_may_be(
    ticks: Ticks, sqlite: Sqlite, instance: DagsterInstance
) -> None:
    profiling = {"tables": [{"table": "orders"}, {"table": "customers"}], "metrics": ["count"]}
    sqlite.configure(profiling=profiling, incremental={"enabled": True})
    ticks.reload()
    assert len(ticks.requested()) == 2
    assert ticks.requested() == []  # though no profile is recorded yet
    assert run(ticks.loaded, instance).success
    idle = ticks.tick()
    assert not idle.run_requests
    assert "no table is due" in str(idle.skip_reason)

    sqlite.table("unrelated")  # a change of the file is one of all its tables
    assert ticks.requested() == []  # it was profiled a moment ago

    def profiled(hours: int, table: str) -> None:
        with closing(sqlite3.connect(sqlite.folder / "history.db")) as history, history:
            history.execute(
                "UPDATE baselinr_table_state SET last_profiled_at = datetime('now', ?)"
                " WHERE table_name = ?",
                (f"-{hours} hours", table),
            )

    profiled(2, "orders")
    assert ticks.requested() == ["baselinr_orders"]
    assert ticks.requested() == []  # the run that it started has not ended, or has failed
    profiled(3, "orders")  # as after another profile
    assert ticks.requested() == ["baselinr_orders"]

    job = ticks.loaded.resolve_job_def(JOB)
    started = instance.create_run_for_job(
        job, status=DagsterRunStatus.STARTED, asset_selection={AssetKey("baselinr_customers")}
    )
    profiled(4, "customers")
    profiled(4, "orders")
    assert ticks.requested() == ["baselinr_orders"]  # a run of customers goes on
    instance.report_run_canceled(started)
    assert ticks.requested() == ["baselinr_customers"]


def test_a_history_that_is_down_keeps_no_change_of_the_plan_from_running(
    ticks: Ticks, sqlite: Sqlite, capsys: pytest.CaptureFixture[str]
) -> None:
    sqlite.configure("orders", "customers", incremental={"enabled": True})
    (sqlite.folder / "history.db").mkdir()
    assert ticks.requested() == ["baselinr_customers", "baselinr_orders"]
    assert "which tables are due is not known" in capsys.readouterr().err
    assert ticks.requested() == []


@pytest.mark.parametrize(
    "cursor",
    [
        "not JSON",
        "[]",
        "null",
        "7",
        '{"version": 1}',
        '{"version": 1, "tables": "!!"}',
        '{"version": 1, "tables": ["a"]}',
        '{"version": 99, "tables": ""}',
        json.dumps(  # as the reference writes it
            {
                "environment": "test",
                "drift_strategy": "absolute_threshold",
                "tables": {"orders": {"name": "orders", "schema": None, "metrics": ["count"]}},
                "signature": "0" * 64,
            }
        ),
    ],
)
def test_a_cursor_that_cannot_be_read_counts_as_none_and_is_told(
    ticks: Ticks, cursor: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ticks.cursor = cursor
    assert ticks.requested() == ["baselinr_customers", "baselinr_orders"]
    assert "the sensor's cursor" in capsys.readouterr().err

    assert ticks.requested() == []
    assert "cursor" not in capsys.readouterr().err


def test_a_cursor_of_the_first_version_is_read_on(ticks: Ticks) -> None:
    plan = load_plan(ticks.config)
    hashes = [
        hashlib.sha256(f"{t.id}\0{t.signature}".encode()).digest()[:8]
        for t in plan.tables
        if t.id == "orders"
    ]
    tables = base64.b64encode(b"".join(hashes)).decode()
    ticks.cursor = json.dumps({"version": 1, "signature": plan.signature, "tables": tables})
    assert ticks.requested() == ["baselinr_customers"]


def test_the_tags_of_a_run_fit_the_index_of_a_postgresql_that_holds_the_runs(
    postgres: Postgres, instance: DagsterInstance
) -> None:
    # As Dagster makes it: dagster/_core/storage/runs/schema.py, RunTagsTable and idx_run_tags.
    postgres.execute(
        "CREATE TABLE run_tags (id serial PRIMARY KEY, run_id varchar(255), key text, value text)",
        "CREATE INDEX idx_run_tags ON run_tags (key, value)",
    )
    # Names at random, which PostgreSQL cannot make smaller; some of letters that JSON escapes.
    names = [f"{secrets.token_hex(20)}{'ä' * (i % 7)}" for i in range(3000)]
    config = postgres.configure(*names)
    sensor = baselinr_plan_sensor(config_path=config, job_name=JOB)
    result = sensor(build_sensor_context(instance=instance))
    assert isinstance(result, SensorResult)
    (request,) = result.run_requests or []
    for key, value in request.tags.items():
        postgres.superuser.execute(
            "INSERT INTO run_tags (run_id, key, value) VALUES ('r', %s, %s)", (key, value)
        )
    with pytest.raises(psycopg.errors.ProgramLimitExceeded):  # the limit is there
        postgres.superuser.execute(
            "INSERT INTO run_tags (run_id, key, value) VALUES ('r', 'k', %s)",
            (json.dumps(names[:200]),),
        )


def test_a_bad_config_fails_the_tick_and_leaves_the_cursor(ticks: Ticks) -> None:
    ticks.tick()
    good, before = Path(ticks.config).read_text(), ticks.cursor
    Path(ticks.config).write_text("profilng: {}")
    with pytest.raises(Failure, match="profilng"):
        ticks.tick()
    Path(ticks.config).write_text(good)
    assert ticks.cursor == before
    assert ticks.requested() == []


def test_five_thousand_tables_keep_cursor_and_tags_small(
    sqlite: Sqlite, instance: DagsterInstance
) -> None:
    sqlite.table("orders")
    ticks = Ticks(sqlite.configure("orders"), instance)
    names = [f"a_table_with_a_rather_long_name_{i:04}" for i in range(5000)]
    sqlite.configure(*names)
    # Only those that are loaded are requested: take all as such, as a test without a location does.
    result = ticks.sensor(build_sensor_context(instance=instance))
    assert isinstance(result, SensorResult)
    assert len(result.cursor or "") < 60_000
    (request,) = result.run_requests or []
    assert len(request.asset_selection or []) == 5000
    assert len(request.tags["baselinr/changed_tables"]) <= 2000
    assert json.loads(request.tags["baselinr/changed_tables"])[0] == names[0]
    assert request.tags["baselinr/changed_count"] == "5000"
    assert len([tag for tag in request.tags if tag.startswith("baselinr.table/")]) == 50
