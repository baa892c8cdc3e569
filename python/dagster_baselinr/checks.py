"""Asset checks of what a profile found, on the assets that make the tables."""

# No `from __future__ import annotations` here: Dagster looks at the annotation of `context`.

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from dagster import (
    AssetCheckKey,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    DagsterInvalidDefinitionError,
    Definitions,
    Failure,
    MetadataValue,
    OpExecutionContext,
    RetryPolicy,
    multi_asset_check,
)

from .binary import ask
from .elsewhere import Launch, profile_elsewhere
from .keys import assets_of, distinct_names, plain, safe_name
from .launch import profile_tables
from .plan import Plan, PlannedTable, load_plan
from .producers import all_specs, find_producers, producers_of
from .severity import SEVERITIES, Severity
from .verdict import CHECKS, verdict


@dataclass(frozen=True)
class Checked:
    """A table, the asset that makes it, the asset of its profile, and its checks by kind."""

    table: PlannedTable
    producer: AssetKey
    profile: AssetKey | None
    checks: Mapping[str, AssetCheckKey]


def attach_to_producers(
    definitions: Definitions,
    config_path: str,
    *,
    checks: Sequence[str] | None = None,
    blocking: bool = False,
    warn_from: Severity = "low",
    error_from: Severity = "high",
    producers: Mapping[str, AssetKey | str] | None = None,
    asset_prefix: str = "baselinr",
    pool: str | None = None,
    op_tags: Mapping[str, Any] | None = None,
    retry_policy: RetryPolicy | None = None,
    launch: Launch | None = None,
    plan: Plan | None = None,
) -> Definitions:
    """Add asset checks to the assets that make the tables of a config, which stay as they are.

    Their names are `{asset_prefix}_drift`, `_schema`, `_null_ratio`, `_row_count`, `_freshness`.
    Tables that no asset of the definitions makes have none.

    Checks that do not block judge the profile that was recorded last, so the definitions need the
    profiles' assets too. One step holds these checks; those of a table that was not profiled since
    it was made last are skipped. Blocking checks profile the table themselves, in a step a
    producer: the profile's asset comes after the producer, so what the producer's other dependents
    wait for cannot come after it. They run only where no blocking check failed with `ERROR`.

    Args:
        definitions: the assets, and, unless `blocking`, the assets of the profiles.
        config_path: the config file; relative to the working directory.
        checks: which of `drift`, `schema`, `null_ratio`, `row_count` and `freshness`; by default
            each, of the tables of which the config compares such a thing.
        blocking: whether assets downstream wait for the checks.
        warn_from: the severity of drift (`low`, `medium`, `high`) from which a check fails.
        error_from: the one from which a failure is an `ERROR`; below, it is a `WARN`.
        producers: keys of producers by table ID, beside those that `find_producers` finds.
        asset_prefix: what the names begin with; that of the profiles' assets.
        pool: Dagster's pool of the steps.
        op_tags: Dagster's tags of the steps.
        retry_policy: when a step that failed is tried again.
        launch: as of `create_profiling_assets`, for blocking checks. What drifted is asked of the
            binary beside the step all the same, which has to reach the history.
        plan: the plan, where it is known; otherwise the binary is asked for it.

    Raises:
        Failure: where the binary is missing or gives no plan; the text is its own.
        DagsterInvalidDefinitionError: where a table's profile is no asset of the definitions, or
            what was asked for is compared of no table; as `find_producers`.
        ValueError: where a check or a severity is none of these.
    """
    _among("check", checks or (), tuple(CHECKS))
    _among("severity", (warn_from, error_from), SEVERITIES)
    plan = plan or load_plan(config_path)
    made_by = producers_of(producers, config_path, plan)
    unnamed = replace(plan, tables=tuple(t for t in plan.tables if t.id not in made_by))
    made_by |= find_producers(definitions, config_path, plan=unnamed)
    profiles = None if blocking else assets_of(asset_prefix, all_specs(definitions))
    tables = _tables(plan, made_by, profiles, checks, asset_prefix)

    def step(tables: Sequence[Checked], words: str) -> AssetChecksDefinition:
        def run(context: OpExecutionContext) -> Iterator[AssetCheckResult]:
            selected = context.selected_asset_check_keys
            chosen = [t for t in tables if not selected.isdisjoint(t.checks.values())]
            if blocking:
                runs = _profiled(context, config_path, chosen, launch)
            else:
                runs = _recorded(context, chosen)
            failed: dict[str, Failure] = {}
            for table, run_id in runs:
                try:
                    compared = _compared(config_path, table.table, run_id)
                except Failure as e:
                    context.log.error(f"{table.table.id} cannot be judged: {e.description}")
                    failed[table.table.id] = e
                    continue
                for check, key in table.checks.items():
                    if key in selected:
                        yield verdict(check, key, compared, warn_from, error_from)
            if failed:
                raise _not_judged(failed, len(chosen))

        return multi_asset_check(
            name=safe_name("_".join([asset_prefix, words, *(checks or ())])),
            specs=[
                AssetCheckSpec(
                    key.name,
                    asset=key.asset_key,
                    description=CHECKS[check].description,
                    blocking=blocking,
                    additional_deps=[t.profile] if t.profile else None,
                )
                for t in tables
                for check, key in t.checks.items()
            ],
            can_subset=True,
            pool=pool,
            op_tags=op_tags,
            retry_policy=retry_policy,
        )(run)

    # A step of several producers would wait for them all, and might be upstream of one of them.
    makers = distinct_names(t.producer for t in tables if blocking)
    steps = [
        step([t for t in tables if t.producer == key], f"blocking_checks_{name}")
        for key, name in makers.items()
    ]
    if tables and not blocking:
        steps = [step(tables, "checks")]
    return Definitions.merge(definitions, Definitions(asset_checks=steps))


def _among(what: str, given: Sequence[str], known: Sequence[str]) -> None:
    for it in given:
        if it not in known:
            raise ValueError(f"no {what} is named {it!r}; there are {', '.join(known)}")


def _tables(
    plan: Plan,
    made_by: Mapping[str, AssetKey],
    profiles: Mapping[str, AssetKey] | None,
    checks: Sequence[str] | None,
    prefix: str,
) -> list[Checked]:
    makes = list(made_by.values())
    tables = []
    for table in plan.tables:
        if table.id not in made_by:
            continue
        if profiles is not None and table.id not in profiles:
            raise DagsterInvalidDefinitionError(
                f"no asset of these definitions with the prefix {prefix!r} is the profile of the"
                f" table {table.id!r}: merge them with those of build_baselinr_definitions first,"
                " or take blocking=True, whose checks profile it themselves"
            )
        producer = made_by[table.id]
        # An asset that makes several tables has the checks of each.
        of_table = f"_{table.id}" if makes.count(producer) > 1 else ""
        keys = {
            check: AssetCheckKey(producer, safe_name(f"{prefix}_{check}{of_table}"))
            for check in checks or CHECKS
            if CHECKS[check].compared(table)
        }
        if keys:
            profile = profiles[table.id] if profiles is not None else None
            tables.append(Checked(table, producer, profile, keys))
    for check in checks or ():
        if made_by and not any(check in t.checks for t in tables):
            raise DagsterInvalidDefinitionError(
                f"the check {check!r} would never fail: {CHECKS[check].needs}"
            )
    return tables


def _profiled(
    context: OpExecutionContext,
    config_path: str,
    tables: Sequence[Checked],
    launch: Launch | None,
) -> Iterator[tuple[Checked, str]]:
    """Profile tables, and yield each with the ID of its run in the history.

    Raises:
        Failure: after all tables that were profiled, where one was not.
    """
    # These keys are of no asset: nothing is materialized here.
    by_key = {AssetKey(t.table.id): t for t in tables}
    keys = {t.table.id: key for key, t in by_key.items()}
    if launch:
        # The clients of Pipes take both contexts; a function of users says the one of assets.
        given = cast(AssetExecutionContext, context)
        results = profile_elsewhere(given, config_path, keys, launch)
    else:
        results = profile_tables(context, config_path, keys)
    for result in results:
        assert result.asset_key
        run_id = _run_id(result.metadata or {})
        assert run_id, f"{result.asset_key} was profiled, and the result has no run_id"
        yield by_key[result.asset_key], run_id


def _recorded(
    context: OpExecutionContext, tables: Sequence[Checked]
) -> Iterator[tuple[Checked, str]]:
    """Yield tables with the run whose profile was recorded last, if it is of what is there now."""
    keys = {key for t in tables for key in (t.producer, t.profile) if key}
    records = context.instance.get_asset_records(list(keys))
    last = {
        record.asset_entry.asset_key: record.asset_entry.last_materialization_record
        for record in records
    }
    for table in tables:
        assert table.profile
        profiled, made = last.get(table.profile), last.get(table.producer)
        if not profiled or not profiled.asset_materialization:
            context.log.warning(f"{table.table.id} was not profiled yet: its checks are skipped")
        elif made and made.storage_id > profiled.storage_id:
            context.log.warning(
                f"{table.table.id} was not profiled since it was made last: its checks are skipped;"
                f" materialize {table.profile.to_user_string()} too"
            )
        elif run_id := _run_id(profiled.asset_materialization.metadata):
            yield table, run_id
        else:
            context.log.warning(
                f"{table.table.id}: what was recorded last of {table.profile.to_user_string()} has"
                " no run_id, so it is no profile: its checks are skipped; materialize it"
            )


def _run_id(metadata: Mapping[str, Any]) -> str | None:
    run_id = plain(metadata.get("run_id"))
    return None if run_id is None else str(run_id)


def _not_judged(failed: Mapping[str, Failure], tables: int) -> Failure:
    reasons = [f"{id}: {failure.description}" for id, failure in failed.items()]
    return Failure(
        "\n".join([f"{len(failed)} of {tables} tables could not be judged:", *reasons]),
        metadata={"failed_tables": MetadataValue.json(list(failed))},
        allow_retries=any(failure.allow_retries for failure in failed.values()),
    )


def _compared(config_path: str, table: PlannedTable, run_id: str) -> Mapping[str, Any]:
    schema = ["--schema", table.schema] if table.schema else []
    answer: Mapping[str, Any] = ask(
        "drift", "--config", config_path, "--dataset", table.table, *schema, "--current", run_id
    )
    return answer
