"""The drift sensor's ticks: which profiles start the user's job, with what, and which do not."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from dagster import (
    AssetKey,
    AssetMaterialization,
    DagsterInstance,
    Definitions,
    OpExecutionContext,
    RunRequest,
    SensorResult,
    build_sensor_context,
    job,
    op,
)
from dagster_baselinr import DriftedTable, baselinr_drift_sensor, build_baselinr_definitions

from support import Sqlite, run


@op(config_schema={"table": str, "run_id": str})
def look_into(context: OpExecutionContext) -> str:
    return f"{context.op_config['table']} {context.op_config['run_id']}"


@job
def triage() -> None:
    look_into()


def config_of(drifted: DriftedTable) -> dict[str, Any]:
    return {"ops": {"look_into": {"config": {"table": drifted.table, "run_id": drifted.run_id}}}}


class Ticks:
    """A drift sensor that is ticked by hand, with what it remembers."""

    def __init__(self, source: Sqlite, instance: DagsterInstance, **arguments: Any) -> None:
        self.instance = instance
        self.sensor = baselinr_drift_sensor(job_name="triage", **arguments)
        self.loaded = Definitions.merge(
            build_baselinr_definitions(source.config), Definitions(jobs=[triage])
        )
        self.cursor: str | None = None
        self.reason = ""

    def tick(self) -> Sequence[RunRequest]:
        context = build_sensor_context(
            instance=self.instance, cursor=self.cursor, definitions=self.loaded
        )
        result = self.sensor(context)
        assert isinstance(result, SensorResult)
        self.cursor = result.cursor
        self.reason = str(result.skip_reason)
        return result.run_requests or []

    def profile(self, *names: str) -> None:
        assert run(self.loaded, self.instance, only=names).success


@pytest.fixture
def source(sqlite: Sqlite) -> Sqlite:
    for name in ("orders", "customers"):
        sqlite.table(name)
    sqlite.configure("orders", "customers")
    return sqlite


def test_drift_starts_the_job_once_for_each_profile(
    source: Sqlite, instance: DagsterInstance
) -> None:
    ticks = Ticks(source, instance, run_config=config_of)
    ticks.profile("baselinr_orders", "baselinr_customers")
    assert not ticks.tick()
    assert "first tick" in ticks.reason
    assert not ticks.tick()

    source.table("orders", offset=1000)
    ticks.profile("baselinr_orders", "baselinr_customers")
    source.table("orders", offset=0)
    ticks.profile("baselinr_orders")
    first, second = ticks.tick()  # both, though one tick came after the two
    assert first.run_key != second.run_key
    assert first.tags["baselinr/drifted_table"] == "orders"
    assert first.tags["baselinr/drift_severity"] == "high"
    assert first.tags["baselinr/drifted_asset"] == "baselinr_orders"
    assert not ticks.tick()
    assert "no drift of high" in ticks.reason

    done = triage.execute_in_process(run_config=first.run_config, instance=instance)
    assert done.output_for_node("look_into") == f"orders {first.tags['baselinr/drift_run_id']}"
    assert len(first.tags["baselinr/drift_run_id"]) == 36


def test_only_drift_that_is_severe_enough_starts_it(
    source: Sqlite, instance: DagsterInstance
) -> None:
    eager = Ticks(source, instance, at_least="low")
    calm = Ticks(source, instance)
    eager.profile("baselinr_orders")
    assert not eager.tick()
    assert not calm.tick()
    source.table("orders", offset=0.5)  # the mean of 0…9 goes from 4.5 to 5: by 11 %
    eager.profile("baselinr_orders")
    (request,) = eager.tick()
    assert request.tags["baselinr/drift_severity"] in ("low", "medium")
    assert not calm.tick()


def test_assets_of_another_prefix_start_nothing(source: Sqlite, instance: DagsterInstance) -> None:
    ticks = Ticks(source, instance, asset_prefix="other")
    assert not ticks.tick()
    ticks.profile("baselinr_orders")
    source.table("orders", offset=1000)
    ticks.profile("baselinr_orders")
    assert not ticks.tick()


@pytest.mark.parametrize("cursor", ["nonsense", "[]", '{"version": 9, "seen": 4}', "null"])
def test_a_cursor_that_cannot_be_read_begins_anew(
    source: Sqlite, instance: DagsterInstance, cursor: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ticks = Ticks(source, instance)
    ticks.profile("baselinr_orders")
    ticks.cursor = cursor
    assert not ticks.tick()
    assert "begins anew" in capsys.readouterr().err
    assert json.loads(ticks.cursor or "")["seen"] > 0


def remembered(ticks: Ticks) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(ticks.cursor or "")
    return fields


def test_a_profile_that_is_seen_late_starts_the_job(
    source: Sqlite, instance: DagsterInstance
) -> None:
    ticks = Ticks(source, instance)
    ticks.profile("baselinr_orders")
    assert not ticks.tick()
    source.table("orders", offset=1000)
    ticks.profile("baselinr_orders")
    source.table("customers", offset=1000)
    ticks.profile("baselinr_customers")  # the first of it: no drift
    # As if that had been there to read before the profile with the lower ID.
    (later,) = instance.fetch_materializations(AssetKey("baselinr_customers"), limit=1).records
    ticks.cursor = json.dumps({**remembered(ticks), "seen": later.storage_id})
    (request,) = ticks.tick()
    assert request.tags["baselinr/drifted_table"] == "orders"
    assert not ticks.tick()


def test_a_storage_that_is_new_begins_anew(
    source: Sqlite, instance: DagsterInstance, capsys: pytest.CaptureFixture[str]
) -> None:
    ticks = Ticks(source, instance)
    ticks.profile("baselinr_orders")
    ticks.tick()
    before = remembered(ticks)
    ticks.cursor = json.dumps({**before, "seen": before["seen"] + 500})
    assert not ticks.tick()
    assert "the sensor begins anew" in capsys.readouterr().err
    assert remembered(ticks) == before
    source.table("orders", offset=1000)
    ticks.profile("baselinr_orders")
    assert len(ticks.tick()) == 1


def test_a_table_that_leaves_and_returns_starts_nothing_old(
    source: Sqlite, instance: DagsterInstance, capsys: pytest.CaptureFixture[str]
) -> None:
    ticks = Ticks(source, instance)
    ticks.profile("baselinr_customers")
    ticks.profile("baselinr_orders")
    source.table("orders", offset=1000)
    ticks.profile("baselinr_orders")
    assert not ticks.tick()
    all_loaded = ticks.loaded
    source.configure("customers")
    ticks.loaded = Definitions.merge(
        build_baselinr_definitions(source.config), Definitions(jobs=[triage])
    )
    assert not ticks.tick()
    assert "begins anew" not in capsys.readouterr().err
    ticks.loaded = all_loaded
    assert not ticks.tick()


def test_more_runs_than_a_tick_starts_are_started_over_several(
    source: Sqlite, instance: DagsterInstance
) -> None:
    ticks = Ticks(source, instance)
    assert not ticks.tick()
    for number in range(150):
        instance.report_runless_asset_event(
            AssetMaterialization(
                "baselinr_orders",
                metadata={"run_id": str(number), "drift_severity": "high"},
                tags={"baselinr/drift_severity": "high"},
            )
        )
    asked = [[it.tags["baselinr/drift_run_id"] for it in ticks.tick()] for _ in range(3)]
    assert [len(it) for it in asked] == [100, 50, 0]
    assert [id for it in asked for id in it] == [str(number) for number in range(150)]


def test_a_cursor_of_before_goes_on(source: Sqlite, instance: DagsterInstance) -> None:
    ticks = Ticks(source, instance)
    ticks.profile("baselinr_orders")
    source.table("orders", offset=1000)
    ticks.profile("baselinr_orders")
    assert not ticks.tick()
    ticks.cursor = json.dumps({"version": 1, "seen": remembered(ticks)["seen"]})
    assert not ticks.tick()


def test_a_severity_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="low, medium, high"):
        baselinr_drift_sensor(job_name="triage", at_least="huge")  # type: ignore[arg-type]
