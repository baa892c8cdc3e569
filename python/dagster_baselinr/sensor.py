"""The sensor: a change of the plan, or of data, starts a run of the tables that changed."""

import json
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from dagster import (
    AssetKey,
    AssetsDefinition,
    DagsterRunStatus,
    RunRequest,
    RunsFilter,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    sensor,
)

from .cursor import read_cursor, write_cursor
from .keys import assets_of, listed, loaded_specs, named_tables, safe_name, safe_tag
from .partitions import by_job, newest
from .plan import Plan, PlannedTable, load_plan

PLAN_SECONDS = 50.0  # Dagster ends a tick after 60
TAG_BYTES = 2000  # Dagster's PostgreSQL indexes a tag's value, and takes 2,704 bytes a row
TABLE_TAGS = 50
LOGGED_TABLES = 50
RANGE_START_TAG = "dagster/asset_partition_range_start"  # of a run of several partitions
RANGE_END_TAG = "dagster/asset_partition_range_end"
UNFINISHED = [
    DagsterRunStatus.QUEUED,
    DagsterRunStatus.NOT_STARTED,
    DagsterRunStatus.STARTING,
    DagsterRunStatus.STARTED,
    DagsterRunStatus.CANCELING,
]


def baselinr_plan_sensor(
    *,
    config_path: str,
    job_name: str,
    asset_prefix: str = "baselinr",
    sensor_name: str | None = None,
    minimum_interval_seconds: int = 300,
    force_run: bool = False,
    assets: Sequence[AssetsDefinition] | None = None,
) -> SensorDefinition:
    """Build the sensor that runs, in `job_name`, the tables whose plan is new or changed.

    The first tick requests every table. A table whose asset the code location has not loaded yet
    is held back, and said so, until the location is reloaded: no run could contain it. With
    `force_run` a tick that finds no change requests every table. Each tick asks the source's
    catalog anew; where that fails, it goes by what the catalog said last, and says so.

    Where the config has `incremental.enabled`, a tick also requests the tables whose data changed
    since they were profiled, or that are due, and that no run of the job is about to profile.

    Of a table whose asset has partitions the newest one of time is requested, or all of another
    sort. Where the assets have different partitions, which no job can have, the sensor needs the
    `assets`, and its runs are of them instead of the job; a run of all of a job's assets is known
    by the job's name, as `build_baselinr_definitions` makes it of `job_name`.

    Raises, in a tick:
        Failure: where the binary gives no plan; the cursor then stays as it was.
    """

    target: dict[str, Any] = {"job_name": job_name}
    jobs: dict[str, set[AssetKey]] | None = None
    if assets is not None:
        jobs = {
            name: {key for it in some for key in it.keys}
            for name, some in by_job(assets, job_name).items()
        }
        target = {"asset_selection": [key for it in assets for key in it.keys]}

    @sensor(
        name=sensor_name or safe_name(f"{asset_prefix}_plan_sensor"),
        **target,
        minimum_interval_seconds=minimum_interval_seconds,
        description="Starts a run of the tables whose plan or data changed, or that are due.",
    )
    def plan_sensor(context: SensorEvaluationContext) -> SensorResult:
        plan = load_plan(config_path, timeout=PLAN_SECONDS, max_age=0, changes=True)
        for failure in (plan.out_of_date, plan.due_unknown):
            if failure:
                context.log.warning(failure)
        known = _known_assets(context, plan, asset_prefix)
        before = read_cursor(context.cursor, plan)
        if before.note:
            context.log.warning(before.note)

        changed = [t for t in plan.tables if not before.knows(t)]
        due = [t for t in plan.tables if t.occasion and before.knows(t) and not before.asked(t)]
        if due:
            busy = _about_to_run(context, job_name, jobs)
            due = [t for t in due if busy is not None and known.get(t.id) not in busy]
            for t in due[:LOGGED_TABLES]:
                context.log.info(f"{t.id}: {t.reason}")
        if force_run and not changed:
            changed, due = list(plan.tables), []
        runs = _runs(context, [t for t in [*changed, *due] if t.id in known], known)
        request = [t for tables in runs.values() for t in tables]

        # What is held back stays out of the cursor, and so is found again.
        requested = {t.id for t in request}
        waiting = dict.fromkeys(t.id for t in changed if t.id not in requested)
        cursor = write_cursor(
            plan, [t for t in plan.tables if t.id not in waiting], [t.id for t in request], before
        )
        held_back = _held_back(list(waiting), known)
        if not request:
            reason = held_back or plan.out_of_date or "the plan has not changed"
            if any(t.reason for t in plan.tables):
                reason += "; no table is due, or those that are have been requested"
            return SensorResult(skip_reason=SkipReason(reason), cursor=cursor)
        if held_back:
            context.log.warning(held_back)
        return SensorResult(
            # No run key: Dagster would refuse a plan that it has seen before.
            run_requests=[
                RunRequest(
                    asset_selection=[known[t.id] for t in tables],
                    partition_key=partitions[0] if len(partitions) == 1 else None,
                    tags={**_run_tags(plan, tables), **_range_tags(partitions)},
                )
                for partitions, tables in runs.items()
            ],
            cursor=cursor,
        )

    return plan_sensor


def _runs(
    context: SensorEvaluationContext, tables: Sequence[PlannedTable], known: Mapping[str, AssetKey]
) -> dict[tuple[str, ...], list[PlannedTable]]:
    """Return tables by the partitions that a run is of: none, one, or the ends of a range.

    A table whose asset has no partition yet is in no run.
    """
    definitions = context.repository_def.assets_defs_by_key if context.repository_def else {}
    runs: dict[tuple[str, ...], list[PlannedTable]] = {}
    for table in tables:
        definition = definitions.get(known[table.id])
        partitions = newest(definition.partitions_def if definition else None, context.instance)
        if partitions is not None:
            runs.setdefault(partitions, []).append(table)
    return runs


def _held_back(waiting: Sequence[str], known: Mapping[str, AssetKey]) -> str:
    """Say why tables that are to run are in no run; nothing where there are none."""
    reasons = {
        "held back until the code location is reloaded, which does not know these tables yet": [
            id for id in waiting if id not in known
        ],
        "held back until their assets have a partition, which these tables' have not yet": [
            id for id in waiting if id in known
        ],
    }
    return "; ".join(f"{why}: {listed(ids)}" for why, ids in reasons.items() if ids)


def _range_tags(partitions: Sequence[str]) -> dict[str, str]:
    if len(partitions) < 2:
        return {}
    first, last = partitions
    return {RANGE_START_TAG: first, RANGE_END_TAG: last}


def _about_to_run(
    context: SensorEvaluationContext,
    job_name: str,
    jobs: Mapping[str, AbstractSet[AssetKey]] | None,
) -> set[AssetKey] | None:
    """Return the assets of the job's runs that have not ended; `None` where one is of them all.

    With the assets of several jobs, those of all runs that are of assets or of one of these jobs.
    """
    busy: set[AssetKey] = set()
    unfinished = RunsFilter(job_name=job_name if jobs is None else None, statuses=UNFINISHED)
    for run in context.instance.get_runs(filters=unfinished):
        if run.asset_selection is not None:
            busy |= run.asset_selection
        elif jobs is None:
            return None
        else:
            busy |= jobs.get(run.job_name, frozenset())
    return busy


def _known_assets(
    context: SensorEvaluationContext, plan: Plan, prefix: str
) -> Mapping[str, AssetKey]:
    """Return the keys, by table ID, of the assets that the code location has loaded."""
    repository = context.repository_def
    if repository is None:  # in a test that calls the sensor: take the names for granted
        return {t.id: AssetKey(t.asset_name) for t in named_tables(plan, prefix)}
    return assets_of(prefix, loaded_specs(repository))


def _run_tags(plan: Plan, tables: Sequence[PlannedTable]) -> dict[str, str]:
    shown = len(tables)
    while len(text := json.dumps([t.id for t in tables[:shown]])) > TAG_BYTES:
        shown = shown * TAG_BYTES // len(text)  # json.dumps writes ASCII: one byte a character
    return {
        "baselinr/environment": safe_tag(plan.environment),
        "baselinr/plan_signature": plan.signature,
        "baselinr/changed_tables": text,
        "baselinr/changed_count": str(len(tables)),
        "baselinr/metrics_requested": str(sum(len(t.metrics) for t in tables)),
        # Dagster filters runs by whole values of tags: so one tag a table, to find its runs.
        **{f"baselinr.table/{safe_tag(t.id)}": "changed" for t in tables[:TABLE_TAGS]},
    }
