"""The assets of a plan, and a job of them."""

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSelection,
    AssetSpec,
    MaterializeResult,
    MetadataValue,
    RetryPolicy,
    define_asset_job,
    multi_asset,
)

from .elsewhere import Launch, profile_elsewhere
from .keys import (
    PREFIX_METADATA,
    TABLE_METADATA,
    check_distinct,
    named_tables,
    plain,
    safe_name,
    safe_tag,
)
from .launch import profile_tables
from .page import ReportPlace
from .partitions import (
    Partitions,
    check_partitions,
    different,
    named_sorts,
    options_of,
    partitions_of,
    with_partitions,
)
from .plan import Plan, load_plan
from .producers import Producers, producers_of
from .retry import recorded_before
from .severity import SEVERITY_METADATA, SEVERITY_TAG
from .summary import Summary
from .translator import Translator


def create_profiling_assets(
    config_path: str,
    *,
    asset_name_prefix: str = "baselinr",
    group_name: str = "baselinr_profiling",
    default_tags: Mapping[str, str] | None = None,
    default_metadata: Mapping[str, Any] | None = None,
    translator: Translator | None = None,
    producers: Producers | None = None,
    tables_per_step: int | None = None,
    pool: str | None = None,
    op_tags: Mapping[str, Any] | None = None,
    retry_policy: RetryPolicy | None = None,
    partitions_def: Partitions | None = None,
    launch: Launch | None = None,
    report_dir: str | None = None,
    report_url: str | None = None,
    plan: Plan | None = None,
) -> list[AssetsDefinition]:
    """Create one asset for each table that a config asks for, and one for their summary.

    They are one definition, of which any subset can be run; a run profiles the tables selected in
    one process and yields each result when it is there. With `tables_per_step` they are several,
    which Dagster may run side by side, and one of the summary, which comes after them all; so with
    `partitions_def`, where a definition is of tables that have the same partitions.

    Args:
        config_path: the config file; relative to the working directory.
        asset_name_prefix: what each asset's name begins with.
        group_name: the assets' group.
        default_tags: tags of every asset, beside `baselinr/environment`; what a tag's value may
            not hold becomes `_`.
        default_metadata: metadata of every materialization.
        translator: what a table's asset looks like, where that is to differ.
        producers: what the tables' assets depend on: the assets that make the tables, or those
            among which they are found, or their keys by table ID; see `find_producers`.
        tables_per_step: how many tables a definition, and so a step, holds at most; all by default.
        pool: Dagster's pool of the steps that profile, which limits how many run at once.
        op_tags: Dagster's tags of the steps that profile, for executors to read.
        retry_policy: when a step that failed is tried again; only what is missing is profiled then.
        partitions_def: the partitions of the tables' assets, beside those that the translator gives
            them: one definition of all, or one by table ID, or a function of the table. The config
            names each such table's partition key. A range of partitions is one run, one process,
            and one scan of each table.
        launch: starts the binary where it is to run elsewhere, such as in a cluster, by another
            Pipes client; see `Launch`. It runs beside the step where this is None.
        report_dir: a folder that exists, where each step writes an HTML report. Materializations
            then have the metadata `report`, which is its path.
        report_url: the address of that folder for a browser; `report` is then a link.
        plan: the plan, where it is known; otherwise the binary is asked for it.

    Raises:
        Failure: where the binary is missing or gives no plan; the text is the binary's own.
        DagsterInvalidDefinitionError: where two tables, or a table and the summary, would be the
            same asset, and as `find_producers`; where a table is to have partitions, and the config
            names no key of them.
        ValueError: where a step would hold less than one table; where `report_url` is given
            without `report_dir`.
    """
    if report_url is not None and report_dir is None:
        raise ValueError("report_url needs report_dir, the folder that it is the address of")
    reports = ReportPlace(report_dir, report_url) if report_dir is not None else None
    if tables_per_step is not None and tables_per_step < 1:
        raise ValueError(f"tables_per_step is {tables_per_step}, and a step holds at least 1")
    plan = plan or load_plan(config_path)
    tags = {"baselinr/environment": plan.environment, **(default_tags or {})}
    tags = {key: safe_tag(value) for key, value in tags.items()}
    metadata = {key: _metadata_value(value) for key, value in (default_metadata or {}).items()}
    translator = translator or Translator()
    made_by = producers_of(producers, config_path, plan)

    specs = {
        table.id: _completed(
            translator.get_asset_spec(table),
            table.id,
            asset_name_prefix,
            group_name,
            tags,
            made_by.get(table.id),
        )
        for table in named_tables(plan, asset_name_prefix)
    }
    partitioned = {
        id: spec.partitions_def for id, spec in specs.items() if spec.partitions_def
    } | partitions_of(partitions_def, plan.tables)
    check_partitions(partitioned, plan.tables)
    for table in plan.tables:
        if table.id in partitioned:
            specs[table.id] = with_partitions(specs[table.id], table, partitioned[table.id])
    keys = {id: spec.key for id, spec in specs.items()}
    summary = AssetSpec(
        key=safe_name(f"{asset_name_prefix}_summary"),
        description="What the config asks to be profiled, and what was found last.",
        group_name=group_name,
        kinds={"baselinr"},
        tags=tags,
        code_version=plan.signature,
        deps=list(keys.values()) if partitioned or tables_per_step is not None else [],
    )
    check_distinct(
        {f"the table {id!r}": key for id, key in keys.items()} | {"the summary": summary.key}
    )

    def work(context: AssetExecutionContext) -> Iterator[MaterializeResult[Any]]:
        selected = context.selected_asset_keys
        chosen = {id: key for id, key in keys.items() if key in selected}
        told = Summary(plan, keys)
        copies = recorded_before(context, chosen.values())
        for copy in copies:
            told.add(_key(copy), copy.metadata or {})
            yield copy
        done = {copy.asset_key for copy in copies}
        rest = {id: key for id, key in chosen.items() if key not in done}
        for result in _profiled(context, config_path, rest, launch, reports) if rest else ():
            measured = result.metadata or {}
            told.add(_key(result), measured)
            yield MaterializeResult(
                asset_key=result.asset_key,
                # What was measured has the first place, since Dagster shows keys in their order,
                # and the last word.
                metadata={**measured, **metadata, **measured},
                data_version=result.data_version,
                tags=_materialization_tags(plan, result),
            )
        if summary.key in selected:
            totals = told.metadata(context)
            yield MaterializeResult(
                asset_key=summary.key, metadata={**totals, **metadata, **totals}
            )

    def step(name: str, specs: Sequence[AssetSpec], **options: Any) -> AssetsDefinition:
        name = safe_name(f"{asset_name_prefix}_{name}")
        return multi_asset(name=name, specs=specs, can_subset=True, **options)(work)

    options = {"pool": pool, "op_tags": op_tags, "retry_policy": retry_policy}
    if tables_per_step is None and not partitioned:
        return [step("profile", [*specs.values(), summary], **options)]
    definitions = []
    for name, sort in {"profile": None, **named_sorts(partitioned)}.items():
        tables = [spec for id, spec in specs.items() if partitioned.get(id) == sort]
        size = tables_per_step or max(len(tables), 1)
        for number, first in enumerate(range(0, len(tables), size), 1):
            part = name if tables_per_step is None else f"{name}_{number}"
            some = tables[first : first + size]
            definitions.append(step(part, some, **options, **options_of(sort)))
    return [*definitions, step("summary", [summary])]


def create_profiling_job(
    *,
    assets: Sequence[AssetsDefinition],
    job_name: str = "baselinr_profile_all",
    description: str = "Run all Baselinr profiling assets",
) -> Any:
    """Create a job of all these assets.

    Raises:
        ValueError: where there are none; where they have different partitions, which Dagster takes
            in no job.
    """
    keys: list[AssetKey] = [key for definition in assets for key in definition.keys]
    if not keys:
        raise ValueError(f"the job {job_name!r} would have no assets")
    if len(different([definition.partitions_def for definition in assets])) > 1:
        raise ValueError(
            f"the job {job_name!r} would have assets of different partitions, and Dagster takes"
            " those of one definition, beside assets without: create a job of each"
        )
    selection = AssetSelection.assets(*keys)
    return define_asset_job(name=job_name, description=description, selection=selection)


def _profiled(
    context: AssetExecutionContext,
    config_path: str,
    chosen: Mapping[str, AssetKey],
    launch: Launch | None,
    reports: ReportPlace | None,
) -> Iterator[MaterializeResult[Any]]:
    """Profile tables beside the step, or elsewhere."""
    report = reports.of(context, here=launch is None) if reports else None
    if launch:
        return profile_elsewhere(context, config_path, chosen, launch, report)
    return profile_tables(context, config_path, chosen, report)


def _key(result: MaterializeResult[Any]) -> AssetKey:
    assert result.asset_key
    return result.asset_key


def _completed(
    spec: AssetSpec,
    id: str,
    prefix: str,
    group_name: str,
    tags: Mapping[str, str],
    producer: AssetKey | None,
) -> AssetSpec:
    """Add to a translator's spec what all assets have; what the translator set goes first."""
    if producer is not None and producer not in {dep.asset_key for dep in spec.deps}:
        spec = spec.replace_attributes(deps=[*spec.deps, producer])
    return spec.replace_attributes(
        group_name=spec.group_name or group_name,
        tags={**tags, **spec.tags},
        metadata={**spec.metadata, TABLE_METADATA: id, PREFIX_METADATA: prefix},
    )


def _materialization_tags(plan: Plan, result: MaterializeResult[Any]) -> dict[str, str]:
    tags = {"baselinr/environment": safe_tag(plan.environment)}
    severity = (result.metadata or {}).get(SEVERITY_METADATA)
    if severity is not None:
        tags[SEVERITY_TAG] = safe_tag(plain(severity))
    return tags


def _metadata_value(value: Any) -> Any:
    """Leave what Dagster takes as metadata, and make text of the rest."""
    taken = (MetadataValue, str, bool, int, float, list, dict, AssetKey, os.PathLike)
    return value if value is None or isinstance(value, taken) else str(value)
