"""What an earlier attempt of a step has recorded, so that a retry does not do it again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetMaterialization,
    AssetRecordsFilter,
    DataVersion,
    EventLogEntry,
    MaterializeResult,
)

REUSED_TAG = "baselinr/reused"  # its value is the ID of the run that the copy is of
FROM_FAILURE_TAG = "dagster/is_resume_retry"  # of a run that was re-executed from failure
PARENT_TAG = "dagster/parent_run_id"  # of a run that was re-executed: the ID of the run before it
CODE_VERSION_TAG = "dagster/code_version"
DATA_VERSION_TAG = "dagster/data_version"
RECORDS_AT_ONCE = 1000  # Dagster's own limit


def recorded_before(
    context: AssetExecutionContext, keys: Collection[AssetKey]
) -> list[MaterializeResult[Any]]:
    """Return copies of what earlier attempts of this step have recorded of these assets.

    A step that is tried again has to yield all that it yielded before: what is not yielded again is
    missing for the steps after it. Earlier attempts are those of the same run, and, in a run that
    was re-executed from failure, those of the run that failed. An asset that was recorded by any
    other run since, or whose code version has changed, is not among the copies.
    """
    attempts = _runs_of_attempts(context)
    if not attempts:
        return []
    if context.assets_def.partitions_def is not None:
        found = (_copy_of_partitions(context, key, attempts) for key in keys)
        return [copy for copy in found if copy]
    copies = []
    for record in context.instance.get_asset_records(list(keys)):
        last = record.asset_entry.last_materialization
        if last and last.run_id in attempts and _is_current(context, last):
            copies.append(_copy(last, _materialization(last).metadata))
    return copies


def _runs_of_attempts(context: AssetExecutionContext) -> set[str]:
    """Return the IDs of the runs that earlier attempts of this step can have been in."""
    runs = set()
    if context.retry_number > 0:
        runs.add(context.run.run_id)
    run = context.run
    while run and run.tags.get(FROM_FAILURE_TAG) == "true" and PARENT_TAG in run.tags:
        runs.add(run.tags[PARENT_TAG])
        run = context.instance.get_run_by_id(run.tags[PARENT_TAG])
    return runs


def _copy_of_partitions(
    context: AssetExecutionContext, key: AssetKey, attempts: Collection[str]
) -> MaterializeResult[Any] | None:
    """Return a copy of what was recorded of all the step's partitions; None where one is missing.

    An asset's partitions are recorded together, so that one is missing only where recording them
    was cut short. Their metadata is added to the step's here, since that of a result is shared.
    """
    last = _last_of_partitions(context, key)
    if len(last) < len(context.partition_keys) or not all(
        it.run_id in attempts and _is_current(context, it) for it in last.values()
    ):
        return None
    for partition, it in last.items():
        context.add_asset_metadata(_materialization(it).metadata, key, partition)
    return _copy(next(iter(last.values())), {})


def _last_of_partitions(context: AssetExecutionContext, key: AssetKey) -> dict[str, EventLogEntry]:
    """Return what was recorded last of each of the step's partitions, as far as anything was."""
    keys = list(context.partition_keys)
    wanted = AssetRecordsFilter(asset_key=key, asset_partitions=keys)
    last: dict[str, EventLogEntry] = {}
    cursor: str | None = None
    while len(last) < len(keys):
        found = context.instance.fetch_materializations(wanted, RECORDS_AT_ONCE, cursor)
        for record in found.records:  # the newest first
            entry = record.event_log_entry
            last.setdefault(str(_materialization(entry).partition), entry)
        if not found.has_more:
            break
        cursor = found.cursor
    return last


def _materialization(recorded: EventLogEntry) -> AssetMaterialization:
    assert recorded.asset_materialization
    return recorded.asset_materialization


def _is_current(context: AssetExecutionContext, recorded: EventLogEntry) -> bool:
    """Whether the asset's code version is still the one that it was recorded with."""
    materialization = _materialization(recorded)
    code_version = context.assets_def.get_asset_spec(materialization.asset_key).code_version
    tags = materialization.tags or {}
    return code_version is None or tags.get(CODE_VERSION_TAG) == code_version


def _copy(recorded: EventLogEntry, metadata: Mapping[str, Any]) -> MaterializeResult[Any]:
    materialization = _materialization(recorded)
    tags = materialization.tags or {}
    data_version = tags.get(DATA_VERSION_TAG)
    return MaterializeResult(
        asset_key=materialization.asset_key,
        metadata=metadata,
        data_version=DataVersion(data_version) if data_version else None,
        tags={
            # Dagster's own are added anew. A copy of a copy names the run that did the work.
            REUSED_TAG: recorded.run_id,
            **{key: value for key, value in tags.items() if not key.startswith("dagster/")},
        },
    )
