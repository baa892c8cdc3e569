"""A step that is tried again profiles what is missing, and yields the rest as it was recorded."""

import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from dagster import (
    AssetKey,
    AssetMaterialization,
    DagsterInstance,
    DagsterRunStatus,
    Definitions,
    ExecuteInProcessResult,
    asset,
    materialize,
)
from dagster_baselinr import build_baselinr_definitions

from dev import Dagster
from support import (
    JOB,
    Postgres,
    Source,
    Sqlite,
    command,
    eventually,
    locked,
    materializations,
    materialized,
    processes,
    run,
)

REPO = """
from dagster import AssetSelection, Definitions, RetryPolicy, asset, define_asset_job
from dagster_baselinr import build_baselinr_definitions


@asset(deps=["baselinr_a"])
def after_a() -> None: ...


defs = Definitions.merge(
    build_baselinr_definitions(
        {config!r}, job_name="tables_alone", retry_policy=RetryPolicy(max_retries={retries})
    ),
    Definitions(assets=[after_a], jobs=[define_asset_job({job!r}, AssetSelection.all())]),
)
"""


def write_repo(source: Source, retries: int) -> str:
    code = source.folder / "repo.py"
    code.write_text(REPO.format(config=source.config, retries=retries, job=JOB))
    return str(code)


def profiled(source: Source) -> list[str]:
    """The tables that were profiled, in the order of their names, each as often as it was."""
    query = "SELECT dataset_name FROM baselinr_runs ORDER BY dataset_name"
    with closing(sqlite3.connect(source.folder / "history.db")) as history:
        return [name for (name,) in history.execute(query)]


def recorded(instance: DagsterInstance, name: str) -> list[tuple[str, AssetMaterialization]]:
    """Materializations of an asset, the oldest first, with their runs."""
    records = instance.fetch_materializations(AssetKey(name), limit=50).records
    found = []
    for record in reversed(records):
        assert record.asset_materialization
        found.append((record.run_id, record.asset_materialization))
    return found


def tags(materialization: AssetMaterialization) -> dict[str, str]:
    return dict(materialization.tags or {})


def test_a_retry_of_the_step_profiles_only_the_rest(
    postgres: Postgres, instance: DagsterInstance
) -> None:
    postgres.execute("CREATE TABLE a (n int)", "CREATE TABLE b (n int)")
    postgres.configure("a", "b", execution={"max_workers": 1})
    code = write_repo(postgres, retries=1)
    with command("job", "execute", "-f", code, "-j", JOB, source=postgres) as job:
        with locked(postgres, "b"):
            eventually("a is materialized", lambda: recorded(instance, "baselinr_a"))
            (process,) = processes("profile", postgres.config)
            os.kill(process, signal.SIGKILL)
            eventually("the process has ended", lambda: not processes(str(process)))
        job.wait(120)

    (it,) = instance.get_runs()
    assert it.status == DagsterRunStatus.SUCCESS
    assert sorted(profiled(postgres)) == ["a", "b"]
    (_, first), (_, copy) = recorded(instance, "baselinr_a")
    assert "baselinr/reused" not in tags(first)
    assert tags(copy) == {**tags(first), "baselinr/reused": it.run_id}
    assert copy.metadata == first.metadata
    for once in ("baselinr_b", "baselinr_summary", "after_a"):
        assert len(recorded(instance, once)) == 1


def from_failure(of: ExecuteInProcessResult) -> dict[str, str]:
    """The tags with which Dagster executes a run again from failure."""
    return {"dagster/is_resume_retry": "true", "dagster/parent_run_id": of.run_id}


def test_the_second_attempt_from_failure_takes_what_the_two_before_it_did(
    sqlite: Sqlite, instance: DagsterInstance
) -> None:
    sqlite.table("a")
    definitions = build_baselinr_definitions(sqlite.configure("a", "b", "c"))
    first = run(definitions, instance)
    sqlite.table("b")
    second = run(definitions, instance, tags=from_failure(first))
    assert not second.success
    assert materialized(second) == ["baselinr_a", "baselinr_b"]
    sqlite.table("c")
    third = run(definitions, instance, tags=from_failure(second))
    assert third.success
    assert profiled(sqlite) == ["a", "b", "c"]
    reused = {m.asset_key.path[-1]: tags(m).get("baselinr/reused") for m in materializations(third)}
    assert reused == {
        "baselinr_a": first.run_id,
        "baselinr_b": second.run_id,
        "baselinr_c": None,
        "baselinr_summary": None,
    }


def test_nothing_is_taken_of_other_runs(sqlite: Sqlite, instance: DagsterInstance) -> None:
    sqlite.table("a")
    definitions = build_baselinr_definitions(sqlite.configure("a", "b"))
    first = run(definitions, instance)
    # All its steps again: that is no retry, and neither are its own retries ones of the first.
    second = run(
        definitions, instance, only=["baselinr_b"], tags={"dagster/parent_run_id": first.run_id}
    )
    run(definitions, instance, tags=from_failure(second))
    assert profiled(sqlite) == ["a", "a"]
    # Since that run recorded `a`, its earlier profile is not put above the later one.
    run(definitions, instance, tags=from_failure(first))
    assert profiled(sqlite) == ["a", "a", "a"]


def test_a_table_whose_plan_has_changed_since_is_profiled_again(
    sqlite: Sqlite, instance: DagsterInstance
) -> None:
    sqlite.table("a")
    first = run(build_baselinr_definitions(sqlite.configure("a", "b")), instance)
    sqlite.table("b")
    mended = sqlite.configure(
        "a",
        "b",
        profiling={"tables": [{"table": "a"}, {"table": "b"}], "metrics": ["count", "mean"]},
    )
    second = run(build_baselinr_definitions(mended), instance, tags=from_failure(first))
    assert second.success
    assert profiled(sqlite) == ["a", "a", "b"]


def test_a_table_that_was_made_anew_since_is_profiled_again(
    sqlite: Sqlite, instance: DagsterInstance
) -> None:
    sqlite.table("a")
    sqlite.configure("a", "b", "c")

    @asset
    def makes_a() -> None: ...

    @asset
    def makes_c() -> None: ...

    sqlite.table("c")
    profiles = build_baselinr_definitions(sqlite.config, producers={"a": "makes_a", "c": "makes_c"})
    definitions = Definitions.merge(profiles, Definitions(assets=[makes_a, makes_c]))
    for maker in (makes_a, makes_c):
        assert materialize([maker], instance=instance).success
    first = run(definitions, instance)
    assert materialized(first) == ["baselinr_a", "baselinr_c"]
    assert materialize([makes_a], instance=instance).success
    sqlite.table("b")
    second = run(definitions, instance, tags=from_failure(first))
    assert second.success
    assert profiled(sqlite) == ["a", "a", "b", "c"]
    reused = [
        m.asset_key.path[-1] for m in materializations(second) if "baselinr/reused" in tags(m)
    ]
    assert reused == ["baselinr_c"]


@pytest.fixture
def dagster(sqlite: Sqlite, instance: DagsterInstance) -> Iterator[Dagster]:
    sqlite.table("a")
    sqlite.configure("a", "b")
    it = Dagster(sqlite.folder / "repo.py", sqlite.folder / "dagster_home")
    write_repo(sqlite, retries=0)
    try:
        yield it
    finally:
        it.stop()


@pytest.mark.timeout(400)
def test_from_failure_in_the_browser_profiles_only_the_rest(
    dagster: Dagster, sqlite: Sqlite, instance: DagsterInstance
) -> None:
    eventually("dagster dev is up", dagster.is_up)

    def ends(run: str) -> DagsterRunStatus:
        def finished() -> DagsterRunStatus | None:
            it = instance.get_run_by_id(run)
            return it.status if it and it.is_finished else None

        status: DagsterRunStatus = eventually("the run has ended", finished)
        return status

    failed = dagster.launch()
    assert ends(failed) == DagsterRunStatus.FAILURE
    assert profiled(sqlite) == ["a"]

    # From asset failure Dagster itself leaves out what was materialized.
    by_asset = dagster.launch_again(failed, "FROM_ASSET_FAILURE")
    assert ends(by_asset) == DagsterRunStatus.FAILURE
    assert profiled(sqlite) == ["a"]
    assert len(recorded(instance, "baselinr_a")) == 1

    # From failure the step runs whole, and what comes after `a` still gets it.
    sqlite.table("b")
    by_step = dagster.launch_again(failed, "FROM_FAILURE")
    assert ends(by_step) == DagsterRunStatus.SUCCESS
    assert profiled(sqlite) == ["a", "b"]
    (_, first), (_, copy) = recorded(instance, "baselinr_a")
    assert tags(copy) == {**tags(first), "baselinr/reused": failed}
    assert copy.metadata == first.metadata
    assert [run for run, _ in recorded(instance, "baselinr_summary")] == [by_step]
    assert [run for run, _ in recorded(instance, "after_a")] == [by_asset, by_step]
