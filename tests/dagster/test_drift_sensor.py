"""The drift sensor's ticks: which profiles start the user's job, with what, and which do not."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from dagster import (
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


def test_a_severity_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="low, medium, high"):
        baselinr_drift_sensor(job_name="triage", at_least="huge")  # type: ignore[arg-type]
