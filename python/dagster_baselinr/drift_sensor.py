"""A sensor that starts a job of the user's own for each table that drifted."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dagster import (
    AssetKey,
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

from .keys import assets_of, loaded_specs, plain, safe_name, safe_tag
from .retry import REUSED_TAG
from .severity import SEVERITIES, SEVERITY_TAG, Severity

CURSOR_VERSION = 1
# A materialization may get its storage ID before another, and be there to read only after it.
LATE_IDS = 1000
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


@dataclass(frozen=True)
class Seen:
    """What the sensor remembers, in storage IDs of materializations.

    All that was recorded up to `begun` starts nothing, since the sensor began after it; `up_to` is
    how far it has looked, and `of` the asset that was recorded last. `requested` are the profiles
    that it has started runs for, of those that it will look at again.
    """

    up_to: int
    begun: int
    of: AssetKey | None = None
    requested: frozenset[int] = frozenset()


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
        seen = _read_cursor(context.cursor)
        # An asset that left the code location still tells how far the instance's storage is.
        latest = _latest(context.instance, {*tables, *([seen.of] if seen and seen.of else [])})
        of = max(latest, key=lambda key: latest[key], default=None)
        newest = latest[of] if of else 0
        if seen is None or newest < seen.up_to:
            if seen is not None:
                context.log.warning(
                    f"the newest profile has the storage ID {newest}, and the cursor is at"
                    f" {seen.up_to}, as where Dagster's storage is new: the sensor begins anew"
                )
            elif context.cursor:
                context.log.warning("the cursor cannot be read: the sensor begins anew")
            reason = "the first tick: drift that is found from now on starts a run"
            begin = _write_cursor(Seen(newest, newest, of))
            return SensorResult(skip_reason=SkipReason(reason), cursor=begin)

        after = max(seen.begun, seen.up_to - LATE_IDS)
        moved = [key for key in tables if latest.get(key, 0) > after]
        found = sorted(
            (d for key in moved for d in _drifted(context.instance, key, tables[key], after)),
            key=lambda d: d.storage_id,
        )
        severe_ones = [d for d in found if d.severity in severe]
        requested = [d for d in severe_ones if d.storage_id not in seen.requested]
        if len(requested) > REQUESTS:
            requested = requested[:REQUESTS]
            newest = requested[-1].storage_id  # the next tick goes on from here
        up_to = max(seen.up_to, newest)
        known = {*seen.requested, *(d.storage_id for d in requested)}
        kept = frozenset(id for id in known if id > up_to - LATE_IDS)
        cursor = _write_cursor(Seen(up_to, seen.begun, of, kept))
        if not requested:
            new = sum(d.storage_id > seen.up_to for d in found)
            reason = f"no drift of {at_least} severity or more in {new} new profiles"
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
    return {key: id for id, key in assets_of(prefix, loaded_specs(repository)).items()}


def _latest(instance: DagsterInstance, keys: Collection[AssetKey]) -> Mapping[AssetKey, int]:
    """Return the storage ID of each asset's last materialization."""
    records = instance.get_asset_records(list(keys)) if keys else []
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
            values = {name: plain(value) for name, value in materialization.metadata.items()}
            metadata = {k: v for k, v in values.items() if isinstance(v, (str, int, float, bool))}
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


def _write_cursor(seen: Seen) -> str:
    return json.dumps(
        {
            "version": CURSOR_VERSION,
            "seen": seen.up_to,
            "begun": seen.begun,
            "of": seen.of.to_escaped_user_string() if seen.of else None,
            "requested": sorted(seen.requested),
        }
    )


def _read_cursor(cursor: str | None) -> Seen | None:
    """Return what a cursor tells; None where there is none or it cannot be read.

    One of before there was more than `seen` in it looks at nothing below that.
    """
    try:
        fields = json.loads(cursor or "")
        if fields["version"] != CURSOR_VERSION:
            return None
        up_to, of = int(fields["seen"]), fields.get("of")
        return Seen(
            up_to,
            int(fields.get("begun", up_to)),
            AssetKey.from_escaped_user_string(of) if of else None,
            frozenset(map(int, fields.get("requested", ()))),
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
