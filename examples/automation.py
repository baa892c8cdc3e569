"""Declarative automation: a profile after its table, and when its plan changes; then drift."""

import sqlite3
from contextlib import closing

from dagster import AssetSpec, AutomationCondition, Definitions, OpExecutionContext, asset, job, op
from dagster_baselinr import (
    DriftedTable,
    PlannedTable,
    Translator,
    baselinr_drift_sensor,
    create_profiling_assets,
    plan_changed,
)


@asset
def flights() -> None:
    """The asset that makes the table `flights`: yours, here a row more each time."""
    with closing(sqlite3.connect("warehouse.db")) as warehouse, warehouse:
        warehouse.execute("CREATE TABLE IF NOT EXISTS flights (c0 REAL)")
        warehouse.execute("INSERT INTO flights VALUES (1)")


class AfterItsTable(Translator):
    """Profiles of what the asset of the table's name has made, by themselves."""

    def get_asset_spec(self, table: PlannedTable) -> AssetSpec:
        """Return the default spec, with what it comes after and when."""
        spec = super().get_asset_spec(table)
        return spec.replace_attributes(
            deps=[table.table],
            automation_condition=AutomationCondition.eager() | plan_changed(),
        )


@op(config_schema={"table": str, "run_id": str})
def ask_the_owner(context: OpExecutionContext) -> None:
    """Start from the findings: `baselinr-pipes query run RUN_ID` lists them."""
    context.log.info(f"{context.op_config['table']} drifted, run {context.op_config['run_id']}")


@job
def triage() -> None:
    """What is done about drift."""
    ask_the_owner()


def about(drifted: DriftedTable) -> dict[str, object]:
    """Return the run config of `triage` for one table."""
    config = {"table": drifted.table, "run_id": drifted.run_id}
    return {"ops": {"ask_the_owner": {"config": config}}}


defs = Definitions(
    assets=[flights, *create_profiling_assets("baselinr.yml", translator=AfterItsTable())],
    jobs=[triage],
    sensors=[baselinr_drift_sensor(job_name="triage", at_least="medium", run_config=about)],
)
