"""What an earlier attempt of a step has recorded, so that a retry does not do it again."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from dagster import (
    AssetExecutionContext,
    AssetKey,
    DataVersion,
    EventLogEntry,
    MaterializeResult,
)

REUSED_TAG = "baselinr/reused"  # its value is the ID of the run that the copy is of
FROM_FAILURE_TAG = "dagster/is_resume_retry"  # of a run that was re-executed from failure
PARENT_TAG = "dagster/parent_run_id"  # of a run that was re-executed: the ID of the run before it
CODE_VERSION_TAG = "dagster/code_version"
DATA_VERSION_TAG = "dagster/data_version"


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
    copies = []
    for record in context.instance.get_asset_records(list(keys)):
        last = record.asset_entry.last_materialization
        if last and last.run_id in attempts and (copy := _copy(context, last)):
            copies.append(copy)
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


def _copy(context: AssetExecutionContext, recorded: EventLogEntry) -> MaterializeResult[Any] | None:
    materialization = recorded.asset_materialization
    assert materialization
    tags = materialization.tags or {}
    code_version = context.assets_def.get_asset_spec(materialization.asset_key).code_version
    if code_version is not None and tags.get(CODE_VERSION_TAG) != code_version:
        return None
    if materialization.partition != (context.partition_key if context.has_partition_key else None):
        return None
    data_version = tags.get(DATA_VERSION_TAG)
    return MaterializeResult(
        asset_key=materialization.asset_key,
        metadata=materialization.metadata,
        data_version=DataVersion(data_version) if data_version else None,
        tags={
            # Dagster's own are added anew. A copy of a copy names the run that did the work.
            REUSED_TAG: recorded.run_id,
            **{key: value for key, value in tags.items() if not key.startswith("dagster/")},
        },
    )
