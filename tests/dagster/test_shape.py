"""How tables become steps, and what Dagster knows of their versions."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from dagster import AssetKey, AssetsDefinition, DagsterInstance, Definitions, RetryPolicy
from dagster_baselinr import build_baselinr_definitions, create_profiling_assets

from support import Sqlite, materialized, run

TABLES = ("a", "b", "c", "d", "e")


@pytest.fixture
def five(sqlite: Sqlite) -> Sqlite:
    for name in TABLES:
        sqlite.table(name)
    sqlite.configure(*TABLES)
    return sqlite


def steps(assets: list[AssetsDefinition]) -> dict[str, set[str]]:
    return {it.op.name: {key.to_user_string() for key in it.keys} for it in assets}


def test_one_step_holds_all_tables_unless_they_are_split(five: Sqlite) -> None:
    whole = create_profiling_assets(five.config)
    assert steps(whole) == {
        "baselinr_profile": {f"baselinr_{name}" for name in TABLES} | {"baselinr_summary"}
    }
    split = create_profiling_assets(five.config, tables_per_step=2)
    assert steps(split) == {
        "baselinr_profile_1": {"baselinr_a", "baselinr_b"},
        "baselinr_profile_2": {"baselinr_c", "baselinr_d"},
        "baselinr_profile_3": {"baselinr_e"},
        "baselinr_summary": {"baselinr_summary"},
    }
    with pytest.raises(ValueError, match="tables_per_step is 0"):
        create_profiling_assets(five.config, tables_per_step=0)


def test_steps_fail_alone_and_the_summary_waits_for_all(
    five: Sqlite, instance: DagsterInstance
) -> None:
    definitions = build_baselinr_definitions(
        five.configure("a", "b", "c", "missing"), tables_per_step=1
    )
    result = run(definitions, instance)
    assert not result.success
    assert sorted(materialized(result)) == ["baselinr_a", "baselinr_b", "baselinr_c"]
    assert "baselinr_summary" not in {event.step_key for event in result.all_events}

    five.table("missing")
    result = run(definitions, instance)
    assert result.success
    assert len(materialized(result)) == 5
    assert materialized(result)[-1] == "baselinr_summary"
    assert materialized(run(definitions, instance, only=["baselinr_b"])) == ["baselinr_b"]
    assert materialized(run(definitions, instance, only=["baselinr_summary"])) == [
        "baselinr_summary"
    ]


def test_what_limits_places_and_retries_steps_reaches_those_that_profile(five: Sqlite) -> None:
    policy = RetryPolicy(max_retries=2)
    definitions = build_baselinr_definitions(
        five.config,
        tables_per_step=3,
        pool="warehouse",
        op_tags={"dagster-k8s/config": {"container_config": {"resources": {}}}},
        retry_policy=policy,
    )
    ops = {it.op.name: it.op for it in definitions.assets or () if isinstance(it, AssetsDefinition)}
    for name in ("baselinr_profile_1", "baselinr_profile_2"):
        assert ops[name].pool == "warehouse"
        assert ops[name].retry_policy == policy
        assert "dagster-k8s/config" in ops[name].tags
    # The summary asks nothing of the warehouse.
    assert ops["baselinr_summary"].pool is None


REPO = """
from dagster import Definitions, asset
from dagster_baselinr import build_baselinr_definitions


@asset(deps=["baselinr_orders"])
def report() -> None: ...


defs = Definitions.merge(
    build_baselinr_definitions({config!r}), Definitions(assets=[report])
)
"""
QUERY = (
    "{ assetNodes { assetKey { path } staleStatus"
    " staleCauses { category dependency { path } reason } } }"
)


class AssetGraph:
    """What Dagster shows of a file of definitions: what is `unsynced`, and why."""

    def __init__(self, folder: Path, config: str) -> None:
        self.folder = folder
        self.code = folder / "repo.py"
        self.code.write_text(REPO.format(config=config))

    def definitions(self) -> Definitions:
        """The definitions as a fresh load of the file has them."""
        space: dict[str, Any] = {"__name__": "repo"}
        exec(compile(self.code.read_text(), self.code, "exec"), space)
        defs = space["defs"]
        assert isinstance(defs, Definitions)
        return defs

    def unsynced(self) -> dict[str, set[str]]:
        """The assets that are unsynced, each with the categories of the causes."""
        done = subprocess.run(
            [Path(sys.executable).with_name("dagster-graphql"), "-f", str(self.code), "-t", QUERY],
            env={**os.environ, "DAGSTER_HOME": str(self.folder / "dagster_home")},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        # Logs go to standard output too.
        (answer,) = (line for line in done.stdout.splitlines() if line.startswith("{"))
        nodes = json.loads(answer)["data"]["assetNodes"]
        assert {node["staleStatus"] for node in nodes} <= {"FRESH", "STALE"}
        return {
            "/".join(node["assetKey"]["path"]): {it["category"] for it in node["staleCauses"]}
            for node in nodes
            if node["staleStatus"] == "STALE"
        }


@pytest.mark.timeout(600)  # it loads the definitions in five processes, one after the other
def test_unsynced_follows_the_plan_and_the_profile(
    sqlite: Sqlite, instance: DagsterInstance
) -> None:
    sqlite.table("orders")
    sqlite.table("customers")
    graph = AssetGraph(sqlite.folder, sqlite.configure("orders", "customers"))
    profiles = ["baselinr_orders", "baselinr_customers"]

    def materialize(*names: str) -> None:
        job = graph.definitions().resolve_implicit_global_asset_job_def()
        keys = [AssetKey(name) for name in names]
        assert job.execute_in_process(instance=instance, asset_selection=keys).success

    materialize(*profiles, "baselinr_summary", "report")
    assert graph.unsynced() == {}

    # The same rows have the same profile: whatever is made of it is as good as new.
    materialize(*profiles)
    assert graph.unsynced() == {}

    # Other rows have another.
    sqlite.table("orders", rows=11)
    materialize(*profiles)
    assert graph.unsynced() == {"report": {"DATA"}}
    materialize("report")
    assert graph.unsynced() == {}

    # Another plan of a table is that table's alone, and the summary's.
    half = {"sampling": {"enabled": True, "fraction": 0.5}}
    sqlite.configure(
        "orders", "customers", datasets={"datasets": [{"table": "orders", "profiling": half}]}
    )
    assert graph.unsynced() == {"baselinr_orders": {"CODE"}, "baselinr_summary": {"CODE"}}
