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
    EventLogRecord,
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
    other run since, or whose code version has changed, is not among the copies; nor is one that
    depends on an asset that was materialized since, as where its table was made anew.
    """
    attempts = _runs_of_attempts(context)
    if not attempts:
        return []
    made = _dependencies_made(context, keys)
    if context.assets_def.partitions_def is not None:
        found = (_copy_of_partitions(context, key, attempts, made[key]) for key in keys)
        return [copy for copy in found if copy]
    copies = []
    for record in context.instance.get_asset_records(list(keys)):
        last = record.asset_entry.last_materialization_record
        if last and _can_be_copied(context, last, attempts, made[record.asset_entry.asset_key]):
            entry = last.event_log_entry
            copies.append(_copy(entry, _materialization(entry).metadata))
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


def _dependencies_made(
    context: AssetExecutionContext, keys: Collection[AssetKey]
) -> dict[AssetKey, int]:
    """Return, for each asset, the storage ID of the newest materialization of what it depends on.

    It is 0 where there is none. Any partition of a dependency counts.
    """
    above = {
        key: {dep.asset_key for dep in context.assets_def.get_asset_spec(key).deps} - {key}
        for key in keys
    }
    wanted = list(set().union(*above.values()))
    records = context.instance.get_asset_records(wanted) if wanted else []
    made = {
        record.asset_entry.asset_key: record.asset_entry.last_materialization_storage_id or 0
        for record in records
    }
    return {key: max((made.get(dep, 0) for dep in deps), default=0) for key, deps in above.items()}


def _copy_of_partitions(
    context: AssetExecutionContext, key: AssetKey, attempts: Collection[str], made: int
) -> MaterializeResult[Any] | None:
    """Return a copy of what was recorded of all the step's partitions; None where one is missing.

    An asset's partitions are recorded together, so that one is missing only where recording them
    was cut short. Their metadata is added to the step's here, since that of a result is shared.
    """
    last = _last_of_partitions(context, key)
    if len(last) < len(context.partition_keys) or not all(
        _can_be_copied(context, it, attempts, made) for it in last.values()
    ):
        return None
    entries = {partition: it.event_log_entry for partition, it in last.items()}
    for partition, entry in entries.items():
        context.add_asset_metadata(_materialization(entry).metadata, key, partition)
    return _copy(next(iter(entries.values())), {})


def _last_of_partitions(context: AssetExecutionContext, key: AssetKey) -> dict[str, EventLogRecord]:
    """Return what was recorded last of each of the step's partitions, as far as anything was."""
    keys = list(context.partition_keys)
    wanted = AssetRecordsFilter(asset_key=key, asset_partitions=keys)
    last: dict[str, EventLogRecord] = {}
    cursor: str | None = None
    while len(last) < len(keys):
        found = context.instance.fetch_materializations(wanted, RECORDS_AT_ONCE, cursor)
        for record in found.records:  # the newest first
            partition = _materialization(record.event_log_entry).partition
            last.setdefault(str(partition), record)
        if not found.has_more:
            break
        cursor = found.cursor
    return last


def _materialization(recorded: EventLogEntry) -> AssetMaterialization:
    assert recorded.asset_materialization
    return recorded.asset_materialization


def _can_be_copied(
    context: AssetExecutionContext, recorded: EventLogRecord, attempts: Collection[str], made: int
) -> bool:
    """Whether an attempt recorded it, as it would be now, after what it depends on was `made`."""
    entry = recorded.event_log_entry
    return entry.run_id in attempts and recorded.storage_id > made and _is_current(context, entry)


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
