"""Partitions: which assets have them, which a step is of, and what each is recorded with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from dagster import (
    AssetExecutionContext,
    AssetsDefinition,
    AssetSpec,
    BackfillPolicy,
    DagsterInstance,
    DagsterInvalidDefinitionError,
    Failure,
    MaterializeResult,
    MultiPartitionsDefinition,
    OpExecutionContext,
    PartitionsDefinition,
    PipesMessageHandler,
    TimeWindowPartitionsDefinition,
)

from .keys import listed
from .plan import PlannedTable
from .reader import WholeLineMessageReader

Partitions: TypeAlias = (
    PartitionsDefinition
    | Mapping[str, PartitionsDefinition | None]
    | Callable[[PlannedTable], PartitionsDefinition | None]
)
"""One definition of all tables, or one by table ID, or a function of the table."""


def partitions_of(
    partitions: Partitions | None, tables: Iterable[PlannedTable]
) -> dict[str, PartitionsDefinition]:
    """Return the partitions of tables that have any, by ID.

    Raises:
        DagsterInvalidDefinitionError: where the mapping has an ID that the plan does not have.
    """
    tables = list(tables)
    match partitions:
        case None:
            return {}
        case PartitionsDefinition():
            return {table.id: partitions for table in tables}
        case Mapping():
            known = [table.id for table in tables]
            for id in partitions:
                if id not in known:
                    raise DagsterInvalidDefinitionError(
                        f"partitions_def has {id!r}, and the plan has no such table; it has"
                        f" {listed(known) or 'none'}"
                    )
            found = dict(partitions)
        case _:
            found = {table.id: partitions(table) for table in tables}
    return {id: definition for id, definition in found.items() if definition is not None}


def check_partitions(
    partitioned: Mapping[str, PartitionsDefinition], tables: Iterable[PlannedTable]
) -> None:
    """Check that the tables that are to have partitions can have them.

    Raises:
        DagsterInvalidDefinitionError: where the config names no partition key of one, or its
            partitions have several dimensions.
    """
    for table in tables:
        definition = partitioned.get(table.id)
        if isinstance(definition, MultiPartitionsDefinition):
            raise DagsterInvalidDefinitionError(
                f"the asset of table {table.id!r} is to have partitions of several dimensions, and"
                " a table has one partition key: give it a definition of one dimension"
            )
        if definition is not None and table.partition_key is None:
            raise DagsterInvalidDefinitionError(
                f"the asset of table {table.id!r} is to have partitions, and the config does not"
                " say which column tells them apart: write `partition: {key: COLUMN, strategy:"
                " all}` in the profiling of its dataset, as in `datasets: {datasets: [{table:"
                f" {table.table}, profiling: {{partition: {{key: COLUMN, strategy: all}}}}}}]}}`"
            )


def with_partitions(
    spec: AssetSpec, table: PlannedTable, definition: PartitionsDefinition
) -> AssetSpec:
    """Return a table's spec with partitions, and with their key in its code version.

    The table's signature has no key where the config asks for every row.
    """
    if spec.code_version == table.signature and table.whole:
        spec = spec.replace_attributes(code_version=f"{table.signature} {table.partition_key}")
    return spec.replace_attributes(partitions_def=definition)


def different(definitions: Iterable[PartitionsDefinition | None]) -> list[PartitionsDefinition]:
    """Return each of the definitions once, in their order; they need not be hashable."""
    found: list[PartitionsDefinition] = []
    for definition in definitions:
        if definition is not None and definition not in found:
            found.append(definition)
    return found


def named_sorts(
    partitions: Mapping[str, PartitionsDefinition],
) -> dict[str, PartitionsDefinition]:
    """Return the different definitions of tables, by the name of the step: `profile_daily`."""
    named: dict[str, PartitionsDefinition] = {}
    for definition in different(partitions.values()):
        kind = type(definition).__name__.removesuffix("PartitionsDefinition").lower()
        name, number = f"profile_{kind or 'partitioned'}", 2
        while name in named:
            name, number = f"profile_{kind}_{number}", number + 1
        named[name] = definition
    return named


def by_job(assets: Sequence[AssetsDefinition], job_name: str) -> dict[str, list[AssetsDefinition]]:
    """Return which job of `build_baselinr_definitions` has which assets.

    One has them all; where they have different partitions, there is one for each of those, named
    after it, and the first is of the assets without.
    """
    sorts = different([definition.partitions_def for definition in assets])
    if len(sorts) <= 1:
        return {job_name: list(assets)}
    jobs = {job_name: [it for it in assets if it.partitions_def is None]}
    for name, sort in named_sorts({str(number): sort for number, sort in enumerate(sorts)}).items():
        job = f"{job_name}_{name.removeprefix('profile_')}"
        jobs[job] = [it for it in assets if it.partitions_def == sort]
    return jobs


def newest(
    definition: PartitionsDefinition | None, instance: DagsterInstance
) -> tuple[str, ...] | None:
    """Return what is profiled where nobody chose: a key, or the two ends of a range.

    The newest partition of time, the first and the last of another sort; nothing for assets without
    partitions. None where there is no partition yet.
    """
    if definition is None:
        return ()
    if isinstance(definition, TimeWindowPartitionsDefinition):
        last = definition.get_last_partition_key()
        return (last,) if last else None
    keys = list(definition.get_partition_keys(dynamic_partitions_store=instance))
    return tuple(dict.fromkeys([keys[0], keys[-1]])) if keys else None


def options_of(definition: PartitionsDefinition | None) -> dict[str, Any]:
    """Return what makes assets partitioned: a range of partitions is one run."""
    if definition is None:
        return {}
    return {"partitions_def": definition, "backfill_policy": BackfillPolicy.single_run()}


def partitions_extra(context: AssetExecutionContext | OpExecutionContext) -> dict[str, Any]:
    """Return what the binary is told of the partitions that a step is of, which Pipes does not.

    The keys, and of partitions of time their windows, in that order.

    Raises:
        Failure: where the assets have partitions, and the run is of none.
    """
    if not isinstance(context, AssetExecutionContext):
        return {}
    definition = context.assets_def.partitions_def
    if definition is None:
        return {}
    if not (context.has_partition_key or context.has_partition_key_range):
        raise Failure(
            "the assets have partitions, and the run is of none: choose some in the browser, or"
            " give a partition_key",
            allow_retries=False,
        )
    keys = list(context.partition_keys)
    if not isinstance(definition, TimeWindowPartitionsDefinition):
        return {"partition_keys": keys, "partitions_by": "values"}
    windows = [definition.time_window_for_partition_key(key) for key in keys]
    return {
        "partition_keys": keys,
        "partition_windows": [
            {"start": window.start.isoformat(), "end": window.end.isoformat()} for window in windows
        ],
        "partitions_by": f"{definition.cron_schedule} {definition.timezone}",
    }


class PartitionsTold:
    """Adds what the binary tells of each partition to the materializations that Dagster records.

    A result of an asset is recorded once a partition, always with the same metadata; so what is a
    partition's own is added by the context, which has to happen before the result is yielded.
    """

    def __init__(self, context: AssetExecutionContext | OpExecutionContext) -> None:
        """Start with nothing told."""
        self._context = context
        self._seen = 0

    def take(self, messages: Iterable[Any]) -> None:
        """Add what messages say that were not among those of the last call."""
        messages = list(messages)
        for message in messages[self._seen :]:
            if isinstance(message, dict) and message.get("type") == "baselinr/partition":
                assert isinstance(self._context, AssetExecutionContext)
                result = self._decoded(message)
                self._context.add_asset_metadata(
                    metadata=result.metadata or {},
                    asset_key=result.asset_key,
                    partition_key=message["partition"],
                )
        self._seen = len(messages)

    def _decoded(self, message: Mapping[str, Any]) -> MaterializeResult[Any]:
        """Read metadata as Dagster reads that of a materialization: by its own handler."""
        handler = PipesMessageHandler(self._context, WholeLineMessageReader())
        handler.handle_message(
            {
                "__dagster_pipes_version": "0.1",
                "method": "report_asset_materialization",
                "params": {
                    "asset_key": message["asset_key"],
                    "metadata": message["metadata"],
                    "data_version": None,
                },
            }
        )
        (result,) = handler.get_reported_results()
        assert isinstance(result, MaterializeResult)
        return result
