"""The sensor under `dagster dev`: a real daemon, code server, run launcher and web server."""

from collections.abc import Iterator
from typing import Any

import pytest
from dagster import DagsterInstance

from dev import Dagster
from support import Sqlite, eventually

REPO = """
from dagster import Definitions
from dagster_baselinr import (
    baselinr_plan_sensor, create_profiling_assets, create_profiling_job
)

CONFIG = {config!r}
assets = create_profiling_assets(CONFIG)
defs = Definitions(
    assets=assets,
    jobs=[create_profiling_job(assets=assets)],
    sensors=[
        baselinr_plan_sensor(
            config_path=CONFIG, job_name="baselinr_profile_all", minimum_interval_seconds=1
        )
    ],
)
"""


@pytest.fixture
def dagster(sqlite: Sqlite, instance: DagsterInstance) -> Iterator[Dagster]:
    sqlite.table("orders")
    sqlite.table("customers")
    code = sqlite.folder / "repo.py"
    code.write_text(REPO.format(config=sqlite.configure("orders", "customers")))
    it = Dagster(code, sqlite.folder / "dagster_home")
    try:
        yield it
    finally:
        it.stop()


def test_a_new_table_waits_for_the_reload_and_then_runs_alone(
    dagster: Dagster, sqlite: Sqlite
) -> None:
    eventually("dagster dev is up", dagster.is_up)
    dagster.start_sensor()

    def succeeded(count: int) -> bool:
        runs = dagster.runs()
        return len(runs) == count and all(run["status"] == "SUCCESS" for run in runs)

    eventually("the first tick's run has succeeded", lambda: succeeded(1))
    assert assets(dagster.runs()[0]) == {"baselinr_orders", "baselinr_customers"}

    sqlite.table("returns")
    sqlite.configure("orders", "customers", "returns")

    def held_back() -> bool:
        reason = dagster.ticks()[0]["skipReason"] or ""
        return "held back" in reason and "returns" in reason

    eventually("a tick holds the new table back", held_back)
    assert succeeded(1)

    dagster.reload()
    eventually("the new table's run has succeeded", lambda: succeeded(2))
    newest = dagster.runs()[0]
    assert assets(newest) == {"baselinr_returns"}
    tags = {tag["key"]: tag["value"] for tag in newest["tags"]}
    assert tags["baselinr/changed_tables"] == '["returns"]'
    assert tags["baselinr.table/returns"] == "changed"

    def idle() -> bool:
        return "not changed" in (dagster.ticks()[0]["skipReason"] or "")

    eventually("a tick finds nothing", idle)
    assert succeeded(2)


def assets(run: Any) -> set[str]:
    """The names of the assets that a run was asked for and has materialized."""
    selected = {"/".join(key["path"]) for key in run["assetSelection"]}
    made = {"/".join(asset["key"]["path"]) for asset in run["assets"]}
    assert selected == made
    return made
