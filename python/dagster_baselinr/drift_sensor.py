"""A sensor that starts a job of the user's own for each table that drifted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dagster import (
    AssetKey,
    AssetMaterialization,
    AssetRecordsFilter,
    DagsterInstance,
    Failure,
    RunRequest,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    sensor,
)

from .keys import PREFIX_METADATA, TABLE_METADATA, safe_name, safe_tag
from .retry import REUSED_TAG
from .severity import SEVERITIES, SEVERITY_TAG, Severity

CURSOR_VERSION = 1
REQUESTS = 100  # a tick; Dagster ends one after 60 seconds


@dataclass(frozen=True)
class DriftedTable:
    """A profile in which drift was found.

    `run_id` is the profile's in the history, which `baselinr-pipes drift` and `query` take;
    `dagster_run_id` is the run's that made it. `metadata` is the materialization's, as plain values
    where those are numbers, texts or truth values; `partition` is its partition.
    """

    table: str
    asset_key: AssetKey
    severity: str
    run_id: str
    dagster_run_id: str
    storage_id: int
    metadata: Mapping[str, Any]
    partition: str | None = None


def baselinr_drift_sensor(
    *,
    job_name: str,
    at_least: Severity = "high",
    asset_prefix: str = "baselinr",
    sensor_name: str | None = None,
    minimum_interval_seconds: int = 30,
    run_config: Callable[[DriftedTable], Mapping[str, Any]] | None = None,
) -> SensorDefinition:
    """Build the sensor that starts `job_name` for each profile whose drift is `at_least` so severe.

    The job is one of this code location. Each profile starts one run, with the tags
    `baselinr/drifted_table`, `baselinr/drift_severity`, `baselinr/drift_run_id` and
    `baselinr/drifted_asset`, and the run config that `run_config` makes of it. What was recorded
    before the sensor's first tick starts nothing.

    Raises:
        ValueError: where `at_least` is no severity.
    """
    if at_least not in SEVERITIES:
        raise ValueError(f"at_least={at_least!r}: it is one of {', '.join(SEVERITIES)}")
    severe = SEVERITIES[SEVERITIES.index(at_least) :]

    @sensor(
        name=sensor_name or safe_name(f"{asset_prefix}_drift_sensor"),
        job_name=job_name,
        minimum_interval_seconds=minimum_interval_seconds,
        description=f"Starts {job_name} for each table whose drift is {at_least} or more.",
    )
    def drift_sensor(context: SensorEvaluationContext) -> SensorResult:
        tables = _tables(context, asset_prefix)
        latest = _latest(context.instance, list(tables))
        newest = max(latest.values(), default=0)
        seen = _read_cursor(context.cursor)
        if seen is None:
            if context.cursor:
                context.log.warning("the cursor cannot be read: the sensor begins anew")
            reason = "the first tick: drift that is found from now on starts a run"
            return SensorResult(skip_reason=SkipReason(reason), cursor=_write_cursor(newest))

        moved = [key for key, storage_id in latest.items() if storage_id > seen]
        found = sorted(
            (d for key in moved for d in _drifted(context.instance, key, tables[key], seen)),
            key=lambda d: d.storage_id,
        )
        requested = [d for d in found if d.severity in severe]
        if len(requested) > REQUESTS:
            requested = requested[:REQUESTS]
            newest = requested[-1].storage_id  # the next tick goes on from here
        cursor = _write_cursor(max(seen, newest))
        if not requested:
            reason = f"no drift of {at_least} severity or more in {len(found)} new profiles"
            return SensorResult(skip_reason=SkipReason(reason), cursor=cursor)
        return SensorResult(
            run_requests=[_request(d, run_config) for d in requested], cursor=cursor
        )

    return drift_sensor


def _request(
    drifted: DriftedTable, run_config: Callable[[DriftedTable], Mapping[str, Any]] | None
) -> RunRequest:
    return RunRequest(
        run_key=f"{drifted.asset_key.to_user_string()}:{drifted.storage_id}",
        run_config=dict(run_config(drifted)) if run_config else {},
        tags={
            "baselinr/drifted_table": drifted.table,
            "baselinr/drift_severity": drifted.severity,
            "baselinr/drift_run_id": drifted.run_id,
            "baselinr/drifted_asset": safe_tag(drifted.asset_key.to_user_string()),
            **({"baselinr/drifted_partition": drifted.partition} if drifted.partition else {}),
        },
    )


def _tables(context: SensorEvaluationContext, prefix: str) -> Mapping[AssetKey, str]:
    """Return the table IDs, by key, of the assets of the prefix that the code location has."""
    repository = context.repository_def
    if repository is None:
        raise Failure(
            "the drift sensor finds its assets in the code location: give"
            " build_sensor_context(definitions=...)",
            allow_retries=False,
        )
    specs = ((key, it.get_asset_spec(key)) for key, it in repository.assets_defs_by_key.items())
    return {
        key: str(spec.metadata[TABLE_METADATA])
        for key, spec in specs
        if spec.metadata.get(PREFIX_METADATA) == prefix
    }


def _latest(instance: DagsterInstance, keys: Sequence[AssetKey]) -> Mapping[AssetKey, int]:
    """Return the storage ID of each asset's last materialization."""
    records = instance.get_asset_records(keys) if keys else []
    return {
        record.asset_entry.asset_key: record.asset_entry.last_materialization_storage_id or 0
        for record in records
    }


def _drifted(
    instance: DagsterInstance, key: AssetKey, table: str, after: int
) -> Iterator[DriftedTable]:
    """Return the profiles of an asset since; not copies of one that a retry yields again."""
    page = None
    while True:
        found = instance.fetch_materializations(
            AssetRecordsFilter(asset_key=key, after_storage_id=after),
            limit=REQUESTS,
            cursor=page,
            ascending=True,
        )
        for record in found.records:
            materialization = record.asset_materialization
            assert materialization
            tags = materialization.tags or {}
            if REUSED_TAG in tags or SEVERITY_TAG not in tags:
                continue
            metadata = _plain(materialization)
            yield DriftedTable(
                table=table,
                asset_key=key,
                # The tag of partitions that were recorded together is the worst of them.
                severity=str(metadata.get("drift_severity", tags[SEVERITY_TAG])),
                run_id=str(metadata.get("run_id", "")),
                dagster_run_id=record.run_id,
                storage_id=record.storage_id,
                metadata=metadata,
                partition=materialization.partition,
            )
        if not found.has_more:
            return
        page = found.cursor


def _plain(materialization: AssetMaterialization) -> dict[str, Any]:
    values = ((name, value.value) for name, value in materialization.metadata.items())
    return {name: value for name, value in values if isinstance(value, (str, int, float, bool))}


def _write_cursor(storage_id: int) -> str:
    return json.dumps({"version": CURSOR_VERSION, "seen": storage_id})


def _read_cursor(cursor: str | None) -> int | None:
    try:
        fields = json.loads(cursor or "")
        return int(fields["seen"]) if fields["version"] == CURSOR_VERSION else None
    except (ValueError, TypeError, KeyError):
        return None
