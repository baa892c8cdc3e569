"""Asset checks of drift, on assets that make tables."""

import sqlite3
import subprocess
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from dagster import (
    AssetCheckEvaluation,
    AssetCheckKey,
    AssetKey,
    AssetMaterialization,
    AssetSelection,
    AssetSpec,
    DagsterInstance,
    DagsterInvalidDefinitionError,
    Definitions,
    ExecuteInProcessResult,
    RetryPolicy,
    asset,
    define_asset_job,
)
from dagster_baselinr import attach_to_producers, build_baselinr_definitions, find_producers
from dagster_baselinr.verdict import verdict

from support import Postgres, Sqlite, failure, materialized

# Like what a dbt project gives: an asset that says which table it makes, and what reads that.
TABLE = {"dagster/table_name": "main.orders"}


def pipeline() -> Definitions:
    """An asset that makes a table, whose rows are the tests', and one downstream."""

    @asset(metadata=TABLE)
    def orders() -> None: ...

    @asset(deps=[orders])
    def report() -> None: ...

    return Definitions(assets=[orders, report])


def profiled(sqlite: Sqlite) -> Definitions:
    mine = pipeline()
    return Definitions.merge(mine, build_baselinr_definitions(sqlite.config, producers=mine))


def materialize(
    definitions: Definitions, instance: DagsterInstance, *names: str
) -> ExecuteInProcessResult:
    """Run assets and their checks, all of them by default."""
    selection = AssetSelection.assets(*names) if names else AssetSelection.all()
    job = define_asset_job("test_job", selection)
    merged = Definitions.merge(definitions, Definitions(jobs=[job]))
    return merged.resolve_job_def("test_job").execute_in_process(
        instance=instance, raise_on_error=False
    )


def run_check(
    definitions: Definitions, instance: DagsterInstance, name: str
) -> ExecuteInProcessResult:
    selection = AssetSelection.checks(AssetCheckKey(AssetKey("orders"), name))
    job = define_asset_job("one_check", selection)
    merged = Definitions.merge(definitions, Definitions(jobs=[job]))
    return merged.resolve_job_def("one_check").execute_in_process(instance=instance)


def checked(result: ExecuteInProcessResult) -> dict[str, AssetCheckEvaluation]:
    evaluations = result.get_asset_check_evaluations()
    return {evaluation.check_name: evaluation for evaluation in evaluations}


def verdicts(result: ExecuteInProcessResult) -> dict[str, str]:
    return {
        name: "passed" if it.passed else it.severity.value for name, it in checked(result).items()
    }


@pytest.fixture
def orders(sqlite: Sqlite) -> Sqlite:
    sqlite.table("orders", rows=100)
    sqlite.configure("orders")
    return sqlite


@pytest.fixture
def commands(binary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of the binary's commands, as they are run."""
    log, wrapper = tmp_path / "commands", tmp_path / "baselinr-pipes"
    wrapper.write_text(f'#!/bin/sh\necho "$1" >> {log}\nexec {binary} "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("BASELINR_PIPES_BINARY", str(wrapper))
    return log


def test_a_profile_comes_after_what_makes_its_table(orders: Sqlite) -> None:
    graph = profiled(orders).resolve_asset_graph()
    assert graph.get(AssetKey("baselinr_orders")).parent_keys == {AssetKey("orders")}


def test_checks_judge_the_profile_of_the_run(orders: Sqlite, instance: DagsterInstance) -> None:
    definitions = attach_to_producers(profiled(orders), orders.config)
    first = materialize(definitions, instance)
    assert first.success
    names = ["baselinr_drift", "baselinr_null_ratio", "baselinr_row_count", "baselinr_schema"]
    assert sorted(checked(first)) == names
    assert set(verdicts(first).values()) == {"passed"}
    assert "no earlier run" in (checked(first)["baselinr_drift"].description or "")

    # 12 % more rows are low drift, by the defaults; and the values of a column are moved far.
    orders.table("orders", rows=112)
    second = materialize(definitions, instance)
    assert second.success
    assert verdicts(second)["baselinr_row_count"] == "WARN"
    assert verdicts(second)["baselinr_null_ratio"] == "passed"
    assert verdicts(second)["baselinr_schema"] == "passed"
    assert "report" in materialized(second)

    orders.table("orders", rows=224, columns=2)
    third = materialize(definitions, instance)
    assert third.success, "a check that does not block fails no run"
    assert verdicts(third)["baselinr_row_count"] == "ERROR"
    assert verdicts(third)["baselinr_schema"] == "WARN"
    row_count = checked(third)["baselinr_row_count"]
    assert row_count.asset_key == AssetKey("orders")
    assert "count went from 112 to 224, +100.0 %" in (row_count.description or "")
    assert row_count.metadata["drift_severity"].value == "high"
    assert "column added c1" in (checked(third)["baselinr_schema"].description or "")


def test_where_failing_begins_and_where_an_error_does_is_said(
    orders: Sqlite, instance: DagsterInstance
) -> None:
    definitions = attach_to_producers(
        profiled(orders), orders.config, checks=["row_count"], warn_from="medium", error_from="high"
    )
    materialize(definitions, instance)
    for rows, said in ((112, "passed"), (140, "WARN"), (280, "ERROR")):
        orders.table("orders", rows=rows)
        assert verdicts(materialize(definitions, instance)) == {"baselinr_row_count": said}


def test_a_blocking_check_stops_what_is_downstream(
    orders: Sqlite, instance: DagsterInstance
) -> None:
    definitions = attach_to_producers(
        pipeline(),
        orders.config,
        blocking=True,
        retry_policy=RetryPolicy(max_retries=1),  # which is not for what was found
    )
    first = materialize(definitions, instance)
    assert first.success
    assert materialized(first) == ["orders", "report"]

    orders.table("orders", rows=250)
    second = materialize(definitions, instance)
    assert not second.success
    assert materialized(second) == ["orders"]
    assert verdicts(second)["baselinr_row_count"] == "ERROR"

    # What drifts a little is told, and stops nothing. It was drift against the run before.
    orders.table("orders", rows=280)
    third = materialize(definitions, instance)
    assert verdicts(third)["baselinr_row_count"] == "WARN"
    assert materialized(third) == ["orders", "report"]


def test_blocking_checks_go_with_profiles_of_the_same_run(
    orders: Sqlite, instance: DagsterInstance
) -> None:
    definitions = attach_to_producers(
        profiled(orders), orders.config, checks=["schema"], blocking=True
    )
    definitions = attach_to_producers(definitions, orders.config, checks=["drift", "row_count"])
    assert materialize(definitions, instance).success
    orders.table("orders", rows=250)
    second = materialize(definitions, instance)
    assert verdicts(second) == {
        "baselinr_schema": "passed",
        "baselinr_drift": "ERROR",
        "baselinr_row_count": "ERROR",
    }
    # The same attempt is one run of the history, though the table was read twice.
    with closing(sqlite3.connect(orders.folder / "history.db")) as history:
        assert history.execute("SELECT count(*) FROM baselinr_runs").fetchone() == (2,)


def test_a_table_that_cannot_be_profiled_stops_what_is_downstream(
    orders: Sqlite, instance: DagsterInstance
) -> None:
    definitions = attach_to_producers(pipeline(), orders.config, blocking=True)
    with closing(sqlite3.connect(orders.file)) as connection:
        connection.execute("ALTER TABLE orders RENAME TO gone")
    result = materialize(definitions, instance)
    assert materialized(result) == ["orders"]
    assert checked(result) == {}
    assert "orders: no_such_table" in failure(result)


def test_several_checks_of_a_table_are_one_process(
    orders: Sqlite, instance: DagsterInstance, commands: Path
) -> None:
    definitions = attach_to_producers(pipeline(), orders.config, blocking=True)
    commands.unlink()
    result = materialize(definitions, instance)
    assert len(checked(result)) == 4
    # Profiled once, and compared once.
    assert commands.read_text().split() == ["profile", "drift"]


def test_any_of_the_checks_can_be_run_alone(orders: Sqlite, instance: DagsterInstance) -> None:
    definitions = attach_to_producers(profiled(orders), orders.config)
    materialize(definitions, instance)
    result = run_check(definitions, instance, "baselinr_row_count")
    assert verdicts(result) == {"baselinr_row_count": "passed"}
    assert materialized(result) == []


def test_a_profile_that_is_older_than_its_table_judges_nothing(
    orders: Sqlite, instance: DagsterInstance
) -> None:
    definitions = attach_to_producers(profiled(orders), orders.config)
    never = materialize(definitions, instance, "orders")
    assert never.success
    assert checked(never) == {}
    assert checked(materialize(definitions, instance))
    again = materialize(definitions, instance, "orders", "report")
    assert again.success
    assert checked(again) == {}
    assert len(checked(materialize(definitions, instance, "orders", "baselinr_orders"))) == 4


def test_what_was_accepted_since_is_no_longer_drift(
    orders: Sqlite, instance: DagsterInstance, binary: Path
) -> None:
    definitions = attach_to_producers(profiled(orders), orders.config, checks=["drift"])
    materialize(definitions, instance)
    orders.table("orders", rows=250)
    failed = materialize(definitions, instance)
    assert verdicts(failed) == {"baselinr_drift": "ERROR"}
    run_id = str(checked(failed)["baselinr_drift"].metadata["run_id"].value)
    subprocess.run([binary, "drift", "accept", run_id, "--config", orders.config], check=True)
    assert verdicts(run_check(definitions, instance, "baselinr_drift")) == {
        "baselinr_drift": "passed"
    }


def two_tables(sqlite: Sqlite, **arguments: Any) -> Definitions:
    """Assets that make the tables `a` and `b`, their profiles, and checks of the rows."""
    for name in ("a", "b"):
        sqlite.table(name)
    sqlite.configure("a", "b")

    @asset(metadata={"dagster/table_name": "a"})
    def makes_a() -> None: ...

    @asset(metadata={"dagster/table_name": "b"})
    def makes_b() -> None: ...

    mine = Definitions(assets=[makes_a, makes_b])
    both = Definitions.merge(mine, build_baselinr_definitions(sqlite.config, producers=mine))
    return attach_to_producers(both, sqlite.config, checks=["row_count"], **arguments)


def run_all_checks(definitions: Definitions, instance: DagsterInstance) -> ExecuteInProcessResult:
    job = define_asset_job("all_checks", AssetSelection.all_asset_checks())
    merged = Definitions.merge(definitions, Definitions(jobs=[job]))
    return merged.resolve_job_def("all_checks").execute_in_process(
        instance=instance, raise_on_error=False
    )


def assets_checked(result: ExecuteInProcessResult) -> list[str]:
    return [it.asset_key.to_user_string() for it in result.get_asset_check_evaluations()]


def test_a_table_that_cannot_be_judged_keeps_no_other_from_it(
    sqlite: Sqlite, instance: DagsterInstance
) -> None:
    definitions = two_tables(sqlite)
    assert materialize(definitions, instance).success
    with closing(sqlite3.connect(sqlite.folder / "history.db")) as history, history:
        history.execute("DELETE FROM baselinr_runs WHERE dataset_name = 'a'")
    result = run_all_checks(definitions, instance)
    assert assets_checked(result) == ["makes_b"]
    assert "1 of 2 tables could not be judged:\na: " in failure(result)


def test_what_was_recorded_without_a_run_of_the_history_is_not_judged(
    sqlite: Sqlite, instance: DagsterInstance, capsys: pytest.CaptureFixture[str]
) -> None:
    definitions = two_tables(sqlite)
    assert materialize(definitions, instance).success
    instance.report_runless_asset_event(AssetMaterialization("baselinr_a"))
    capsys.readouterr()
    result = run_all_checks(definitions, instance)
    assert result.success
    assert assets_checked(result) == ["makes_b"]
    assert "baselinr_a has no run_id" in capsys.readouterr().err


def test_a_table_that_no_asset_makes_has_no_checks(
    orders: Sqlite, instance: DagsterInstance
) -> None:
    orders.table("customers")
    orders.configure("orders", "customers")
    definitions = attach_to_producers(profiled(orders), orders.config)
    graph = definitions.resolve_asset_graph()
    assert {key.asset_key for key in graph.asset_check_keys} == {AssetKey("orders")}
    assert graph.get(AssetKey("baselinr_customers")).parent_keys == set()
    assert materialize(definitions, instance).success


def test_a_producer_can_be_named(sqlite: Sqlite, instance: DagsterInstance) -> None:
    sqlite.table("a")
    sqlite.table("b")
    sqlite.configure("a", "b")

    @asset
    def both() -> None: ...

    made_by = {"a": "both", "b": "both"}
    definitions = attach_to_producers(
        Definitions(assets=[both]),
        sqlite.config,
        checks=["schema"],
        blocking=True,
        producers=made_by,
    )
    result = materialize(definitions, instance)
    assert verdicts(result) == {"baselinr_schema_a": "passed", "baselinr_schema_b": "passed"}
    with pytest.raises(DagsterInvalidDefinitionError, match="the table 'c', which the config"):
        build_baselinr_definitions(sqlite.config, producers={"c": "both"})


def test_blocking_checks_of_one_asset_do_not_wait_for_another(
    sqlite: Sqlite, instance: DagsterInstance
) -> None:
    """An asset that is made of another may be checked as that one is."""
    sqlite.table("a")
    sqlite.table("b")
    sqlite.configure("a", "b")

    @asset(metadata={"dagster/table_name": "a"})
    def first() -> None: ...

    @asset(metadata={"dagster/table_name": "b"}, deps=[first])
    def second() -> None: ...

    definitions = attach_to_producers(
        Definitions(assets=[first, second]), sqlite.config, checks=["drift"], blocking=True
    )
    result = materialize(definitions, instance)
    assert result.success
    assert len(list(result.get_asset_check_evaluations())) == 2


def test_blocking_checks_of_assets_whose_keys_flatten_to_one_name_are_steps_of_their_own(
    sqlite: Sqlite, instance: DagsterInstance
) -> None:
    sqlite.table("a")
    sqlite.table("b")
    sqlite.configure("a", "b")

    @asset(key=["x", "y_z"], metadata={"dagster/table_name": "a"})
    def first() -> None: ...

    @asset(key=["x_y", "z"], metadata={"dagster/table_name": "b"})
    def second() -> None: ...

    definitions = attach_to_producers(
        Definitions(assets=[first, second]), sqlite.config, checks=["row_count"], blocking=True
    )
    result = materialize(definitions, instance)
    assert result.success
    assert sorted(assets_checked(result)) == ["x/y_z", "x_y/z"]


def test_freshness_is_checked_where_the_config_tests_it(
    orders: Sqlite, instance: DagsterInstance
) -> None:
    def fill(newest: str) -> None:
        with closing(sqlite3.connect(orders.file)) as connection, connection:
            connection.execute("DROP TABLE IF EXISTS orders")
            connection.execute("CREATE TABLE orders (at TIMESTAMP)")
            connection.executemany("INSERT INTO orders VALUES (?)", [[newest]] * 200)

    with pytest.raises(DagsterInvalidDefinitionError, match="'freshness' would never fail"):
        attach_to_producers(pipeline(), orders.config, checks=["freshness"], blocking=True)
    statistical = {
        "strategy": "statistical",
        "statistical": {"tests": ["freshness"]},
        "baselines": {"strategy": "moving_average"},
    }
    orders.configure("orders", drift_detection=statistical)
    definitions = attach_to_producers(pipeline(), orders.config, blocking=True)
    names = {key.name for key in definitions.resolve_asset_graph().asset_check_keys}
    assert names == {"baselinr_drift", "baselinr_schema", "baselinr_freshness"}

    for _ in range(3):
        fill(datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M:%S"))
        assert verdicts(materialize(definitions, instance))["baselinr_freshness"] == "passed"
    fill("2024-01-01 00:00:00")
    late = materialize(definitions, instance)
    assert verdicts(late)["baselinr_freshness"] == "ERROR"
    assert "report" not in materialized(late)


@pytest.mark.parametrize(
    ("table_name", "found"),
    [
        ("orders", True),
        ('"main"."orders"', True),
        ("ORDERS", True),
        ("warehouse.main.orders", True),
        ("customers", False),
    ],
)
def test_names_of_tables_are_matched(orders: Sqlite, table_name: str, found: bool) -> None:
    @asset(metadata={"dagster/table_name": table_name})
    def maker() -> None: ...

    definitions = build_baselinr_definitions(orders.config, producers=[maker])
    parents = definitions.resolve_asset_graph().get(AssetKey("baselinr_orders")).parent_keys
    assert parents == ({AssetKey("maker")} if found else set())


def test_assets_are_looked_at_without_their_resources(orders: Sqlite) -> None:
    @asset(metadata=TABLE, required_resource_keys={"dbt"})
    def model() -> None: ...

    found = find_producers([model, AssetSpec("other")], orders.config)
    assert found == {"orders": AssetKey("model")}


def test_two_makers_of_a_table_are_an_error_that_says_the_way_out(orders: Sqlite) -> None:
    @asset(metadata=TABLE)
    def one() -> None: ...

    @asset(metadata=TABLE)
    def other() -> None: ...

    mine = Definitions(assets=[one, other])
    with pytest.raises(
        DagsterInvalidDefinitionError, match=r"one, other; say which, as in producers=\{'orders'"
    ):
        attach_to_producers(mine, orders.config, blocking=True)
    chosen = attach_to_producers(mine, orders.config, blocking=True, producers={"orders": "other"})
    keys = chosen.resolve_asset_graph().asset_check_keys
    assert {key.asset_key for key in keys} == {AssetKey("other")}


def test_profiles_that_are_missing_are_an_error_that_says_the_way_out(orders: Sqlite) -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="or take blocking=True"):
        attach_to_producers(pipeline(), orders.config)
    with pytest.raises(ValueError, match="no check is named 'rows'; there are drift, schema"):
        attach_to_producers(pipeline(), orders.config, checks=["rows"])


def test_tables_of_two_schemas_are_told_apart(
    postgres: Postgres, instance: DagsterInstance
) -> None:
    postgres.execute(
        "CREATE TABLE orders (n int)",
        "CREATE SCHEMA raw",
        "CREATE TABLE raw.orders (n int)",
        "INSERT INTO raw.orders VALUES (1)",
    )
    database = postgres.superuser.info.dbname
    postgres.configure(
        {"schema": "public", "table": "orders"}, {"schema": "raw", "table": "orders"}
    )

    @asset(metadata={"dagster/table_name": f"{database}.public.orders"})
    def model() -> None: ...

    @asset(metadata={"dagster/table_name": "raw.orders"})
    def sync() -> None: ...

    @asset(metadata={"dagster/table_name": "elsewhere.public.orders"})
    def other() -> None: ...

    assert find_producers([model, sync, other], postgres.config) == {
        "public.orders": AssetKey("model"),
        "raw.orders": AssetKey("sync"),
    }
    definitions = attach_to_producers(
        Definitions(assets=[model, sync]), postgres.config, checks=["row_count"], blocking=True
    )
    materialize(definitions, instance)
    postgres.execute("INSERT INTO raw.orders SELECT generate_series(1, 9)")
    failed = [
        it.asset_key
        for it in materialize(definitions, instance).get_asset_check_evaluations()
        if not it.passed
    ]
    assert failed == [AssetKey("sync")]


def test_a_gate_stays_shut_where_the_run_that_failed_is_an_incident(
    orders: Sqlite, instance: DagsterInstance, binary: Path
) -> None:
    definitions = attach_to_producers(
        pipeline(), orders.config, checks=["row_count"], blocking=True
    )
    materialize(definitions, instance)
    orders.table("orders", rows=50)
    for _ in range(2):
        failed = materialize(definitions, instance)
        assert materialized(failed) == ["orders"]
        run_id = str(checked(failed)["baselinr_row_count"].metadata["run_id"].value)
        said = ["drift", "incident", run_id, "--config", orders.config]
        subprocess.run([binary, *said], check=True)
    orders.table("orders", rows=100)
    assert materialized(materialize(definitions, instance)) == ["orders", "report"]


def test_a_change_of_the_schema_that_was_accepted_with_its_run_fails_no_check() -> None:
    change = {"type": "column_removed", "column": "amount", "old_type": "REAL", "severity": "high"}
    accepted = change | {"muted": {"by": "accept", "id": "1"}}
    key = AssetCheckKey(AssetKey("orders"), "schema")
    for found, passed in (([change], False), ([accepted], True), ([accepted, change], False)):
        compared: dict[str, Any] = {"run_id": "r", "drift": {}, "schema_changes": found}
        assert verdict("schema", key, compared, "medium", "high").passed is passed
