"""The parts one by one: keys by schema, an owner, a nightly schedule, a sensor of your own pace."""

from dagster import AssetSpec, Definitions, ScheduleDefinition
from dagster_baselinr import (
    BaselinrResource,
    PlannedTable,
    Translator,
    baselinr_plan_sensor,
    create_profiling_assets,
    create_profiling_job,
)

CONFIG = "baselinr.yml"


class BySchema(Translator):
    """Keys like `quality/public/orders`, and who is asked about them."""

    def get_asset_spec(self, table: PlannedTable) -> AssetSpec:
        """Return the default spec, with another key and an owner."""
        spec = super().get_asset_spec(table)
        return spec.replace_attributes(
            key=["quality", table.schema or "main", table.table], owners=["team:data"]
        )


assets = create_profiling_assets(
    CONFIG,
    asset_name_prefix="quality",
    group_name="quality",
    default_tags={"team": "data"},
    default_metadata={"runbook": "docs/runbook.md"},
    translator=BySchema(),
)
job = create_profiling_job(assets=assets, job_name="nightly_profile")

defs = Definitions(
    assets=assets,
    jobs=[job],
    schedules=[ScheduleDefinition(job=job, cron_schedule="0 3 * * *")],
    sensors=[
        baselinr_plan_sensor(
            config_path=CONFIG,
            job_name="nightly_profile",
            asset_prefix="quality",
            minimum_interval_seconds=60,
        )
    ],
    resources={"baselinr": BaselinrResource(config_path=CONFIG)},
)
