"""All at once: assets, job, resource and sensor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dagster import AssetsDefinition, Definitions, RetryPolicy

from .assets import create_profiling_assets, create_profiling_job
from .elsewhere import Launch
from .partitions import Partitions, by_job
from .plan import Plan
from .producers import Producers
from .resource import BaselinrResource
from .sensor import baselinr_plan_sensor
from .translator import Translator


def build_baselinr_definitions(
    config_path: str,
    *,
    asset_prefix: str = "baselinr",
    job_name: str = "baselinr_profile_all",
    enable_sensor: bool = True,
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
    resource_key: str = "baselinr",
    plan: Plan | None = None,
) -> Definitions:
    """Build the definitions of a config: its assets, a job of them all, a resource, the sensor.

    The arguments are those of `create_profiling_assets` and `create_profiling_job`;
    `enable_sensor=False` leaves the sensor out. Where tables have different partitions, a job is of
    those of one definition, named after it, as `{job_name}_daily`, and `job_name` is of the rest.
    Two of these in one code location need different prefixes, job names and resource keys.

    Raises:
        Failure: where the binary is missing or gives no plan; the text is the binary's own.
        DagsterInvalidDefinitionError: where two tables would be the same asset, or two assets would
            make one table.
    """
    assets = create_profiling_assets(
        config_path,
        asset_name_prefix=asset_prefix,
        group_name=group_name,
        default_tags=default_tags,
        default_metadata=default_metadata,
        translator=translator,
        producers=producers,
        tables_per_step=tables_per_step,
        pool=pool,
        op_tags=op_tags,
        retry_policy=retry_policy,
        partitions_def=partitions_def,
        launch=launch,
        report_dir=report_dir,
        report_url=report_url,
        plan=plan,
    )
    jobs = _jobs(assets, job_name)
    plan_sensor = baselinr_plan_sensor(
        config_path=config_path,
        job_name=job_name,
        asset_prefix=asset_prefix,
        assets=assets if len(jobs) > 1 else None,
    )
    return Definitions(
        assets=assets,
        jobs=jobs,
        resources={resource_key: BaselinrResource(config_path=config_path)},
        sensors=[plan_sensor] if enable_sensor else [],
    )


def _jobs(assets: Sequence[AssetsDefinition], job_name: str) -> list[Any]:
    """Return a job of all assets; where they have different partitions, one for each of those."""
    first, *others = by_job(assets, job_name).items()
    return [
        create_profiling_job(assets=first[1], job_name=first[0]),
        *(
            create_profiling_job(
                assets=some,
                job_name=name,
                description="Run the Baselinr profiling assets that have these partitions",
            )
            for name, some in others
        ),
    ]
