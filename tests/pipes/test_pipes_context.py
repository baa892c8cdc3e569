"""What the Go accessors see is what Dagster put into the context."""

from collections.abc import Callable
from typing import Any

import dagster as dg

MISSING = "not in the context"


def test_plain_asset(run_probe: Callable[..., Any]) -> None:
    run = run_probe("--scenario", "context")
    (seen,) = run.custom_messages
    assert seen == {
        "run_id": run.execution.run_id,
        "retry_number": 0,
        "job_name": run.execution.job_def.name,
        "is_asset_step": True,
        "is_partition_step": False,
        "asset_keys": ["probe"],
        "asset_key": "probe",
        "code_version of probe": MISSING,
        "provenance of probe": MISSING,
        "partition_key": MISSING,
        "partition_key_range": MISSING,
        "partition_time_window": MISSING,
        "extras": {},
    }


def test_extras_may_be_any_json(run_probe: Callable[..., Any]) -> None:
    extras = {
        "object": {"a": {"b": None}},
        "list": [1, "x", []],
        "number": 1.5,
        "big": 2**70,
        "null": None,
        "text ü😀": "日\u2028\u0000",
        "": "",
    }
    (seen,) = run_probe("--scenario", "context", extras=extras).custom_messages
    assert seen["extras"] == extras


def test_several_assets_with_prefixes(run_probe: Callable[..., Any]) -> None:
    (seen,) = run_probe("--scenario", "context", keys=["shop/orders", "shop/items"]).custom_messages
    assert seen["asset_keys"] == ["shop/items", "shop/orders"]
    assert seen["asset_key"] == MISSING


def test_a_slash_within_a_part_of_a_key(probe: str, instance: dg.DagsterInstance) -> None:
    odd = dg.AssetKey(["a/b", "c\\d"])

    @dg.multi_asset(outs={"odd": dg.AssetOut(key=odd), "plain": dg.AssetOut(key="plain")})
    def several(context: dg.AssetExecutionContext) -> Any:
        yield from (
            dg.PipesSubprocessClient()
            .run(context=context, command=[probe, "--scenario", "assets"])
            .get_results()
        )

    dg.materialize([several], instance=instance)
    event = instance.get_latest_materialization_event(odd)
    assert event is not None
    assert event.asset_materialization is not None
    assert "index" in event.asset_materialization.metadata


def test_code_version_and_provenance(probe: str, instance: dg.DagsterInstance) -> None:
    seen: list[Any] = []

    @dg.asset(code_version="raw-1")
    def raw() -> dg.MaterializeResult[None]:
        return dg.MaterializeResult(data_version=dg.DataVersion("data-1"))

    @dg.asset(deps=[raw], code_version="v2")
    def made(context: dg.AssetExecutionContext) -> Any:
        invocation = dg.PipesSubprocessClient().run(
            context=context, command=[probe, "--scenario", "context"]
        )
        seen.extend(invocation.get_custom_messages())
        return invocation.get_materialize_result()

    dg.materialize([raw, made], instance=instance)
    dg.materialize([raw, made], instance=instance)
    first, second = seen
    assert first["code_version of made"] == "v2"
    assert first["provenance of made"] == MISSING
    assert second["provenance of made"] == {
        "code_version": "v2",
        "input_data_versions": {"raw": "data-1"},
        "is_user_provided": False,
    }


def run_partition(
    probe: str, instance: dg.DagsterInstance, partitions: dg.PartitionsDefinition[Any], **key: Any
) -> Any:
    seen: list[Any] = []

    @dg.asset(
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def daily(context: dg.AssetExecutionContext) -> Any:
        invocation = dg.PipesSubprocessClient().run(
            context=context, command=[probe, "--scenario", "context"]
        )
        seen.extend(invocation.get_custom_messages())
        return invocation.get_materialize_result()

    dg.materialize([daily], instance=instance, **key)
    return seen[0]


def test_a_partition_of_time(probe: str, instance: dg.DagsterInstance) -> None:
    seen = run_partition(
        probe,
        instance,
        dg.DailyPartitionsDefinition("2024-01-01", timezone="Europe/Berlin"),
        partition_key="2024-07-01",
    )
    assert seen["is_partition_step"] is True
    assert seen["partition_key"] == "2024-07-01"
    assert seen["partition_key_range"] == {"start": "2024-07-01", "end": "2024-07-01"}
    assert seen["partition_time_window"] == ["2024-06-30T22:00:00Z", "2024-07-01T22:00:00Z"]


def test_a_static_partition(probe: str, instance: dg.DagsterInstance) -> None:
    seen = run_partition(
        probe, instance, dg.StaticPartitionsDefinition(["a", "b"]), partition_key="b"
    )
    assert seen["partition_key"] == "b"
    assert seen["partition_time_window"] == MISSING


def test_a_partition_of_two_dimensions(probe: str, instance: dg.DagsterInstance) -> None:
    seen = run_partition(
        probe,
        instance,
        dg.MultiPartitionsDefinition(
            {
                "day": dg.DailyPartitionsDefinition("2024-01-01"),
                "shop": dg.StaticPartitionsDefinition(["a"]),
            }
        ),
        partition_key=dg.MultiPartitionKey({"day": "2024-01-02", "shop": "a"}),
    )
    assert seen["partition_key"] == "2024-01-02|a"


def test_an_op_targets_no_assets(probe: str, instance: dg.DagsterInstance) -> None:
    seen: list[Any] = []

    @dg.op
    def op(context: dg.OpExecutionContext) -> None:
        invocation = dg.PipesSubprocessClient().run(
            context=context, command=[probe, "--scenario", "context"]
        )
        seen.extend(invocation.get_custom_messages())

    @dg.job(name="nightly")
    def job() -> None:
        op()

    job.execute_in_process(instance=instance)
    assert seen[0]["is_asset_step"] is False
    assert seen[0]["asset_keys"] == MISSING
    assert seen[0]["job_name"] == "nightly"


def test_a_retry_is_counted(probe: str, instance: dg.DagsterInstance) -> None:
    seen: list[Any] = []

    @dg.asset(retry_policy=dg.RetryPolicy(max_retries=1))
    def flaky(context: dg.AssetExecutionContext) -> Any:
        invocation = dg.PipesSubprocessClient().run(
            context=context, command=[probe, "--scenario", "context"]
        )
        seen.extend(invocation.get_custom_messages())
        if len(seen) == 1:
            raise RuntimeError("try again")
        return invocation.get_materialize_result()

    dg.materialize([flaky], instance=instance)
    assert [message["retry_number"] for message in seen] == [0, 1]
