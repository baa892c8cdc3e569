"""A job of real assets in a real instance: what it records, drift, subsets, failures."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from dagster import AssetKey, DagsterInstance, Failure
from dagster_baselinr import build_baselinr_definitions

from support import (
    JOB,
    Postgres,
    Sqlite,
    failure,
    materializations,
    materialized,
    metadata,
    run,
)


def test_a_run_materializes_every_table_once_and_the_summary_last(
    sqlite: Sqlite, instance: DagsterInstance
) -> None:
    sqlite.table("orders", rows=12, columns=3)
    sqlite.table("customers")
    definitions = build_baselinr_definitions(
        sqlite.configure("orders", "customers", environment="dev / test"),
        default_tags={"team": "data & more"},
        default_metadata={"runbook": "see the wiki", "path": Path("a")},
    )
    result = run(definitions, instance)

    assert result.success
    assert sorted(materialized(result)) == [
        "baselinr_customers",
        "baselinr_orders",
        "baselinr_summary",
    ]
    assert materialized(result)[-1] == "baselinr_summary"
    orders = metadata(result, "baselinr_orders")
    assert orders["dataset_name"] == "orders"
    assert orders["status"] == "completed"
    assert orders["columns_profiled"] == 3
    assert orders["row_count"] == orders["dagster/row_count"] == 12
    assert orders["dagster/storage_kind"] == "sqlite"
    assert [c.name for c in orders["dagster/column_schema"].columns] == ["c0", "c1", "c2"]
    assert len(orders["column_profiles"]) == 3
    assert orders["drift_strategy"] == "absolute_threshold"
    assert orders["drift_severity"] == "none"
    assert orders["drift_detected"] is False
    assert orders["baseline_run_id"] is None
    assert orders["runbook"] == "see the wiki"
    assert (
        metadata(result, "baselinr_summary").items()
        >= {
            "environment": "dev / test",
            "tables_profiled": 2,
            "table_list": "- customers\n- orders",
            "runbook": "see the wiki",
        }.items()
    )
    for event in materializations(result)[:-1]:
        assert event.tags
        assert event.tags["baselinr/environment"] == "dev___test"
        assert event.tags["baselinr/drift_severity"] == "none"

    (assets,) = definitions.assets or ()
    spec = assets.get_asset_spec(AssetKey("baselinr_orders"))  # type: ignore[union-attr]
    assert spec.group_name == "baselinr_profiling"
    assert spec.kinds == {"sqlite", "baselinr"}
    assert spec.tags["baselinr/environment"] == "dev___test"
    assert spec.tags["team"] == "data___more"
    assert spec.code_version


def test_the_second_run_shows_computed_drift(sqlite: Sqlite, instance: DagsterInstance) -> None:
    sqlite.table("orders", rows=100)
    definitions = build_baselinr_definitions(sqlite.configure("orders"))
    first = run(definitions, instance)
    sqlite.table("orders", rows=150, offset=1000)
    second = run(definitions, instance)

    drifted = metadata(second, "baselinr_orders")
    assert drifted["baseline_run_id"] == metadata(first, "baselinr_orders")["run_id"]
    assert drifted["drift_detected"] is True
    assert drifted["drift_severity"] == "high"
    assert drifted["drift_high"] >= 2
    assert (
        drifted["drift_count"]
        == drifted["drift_high"] + drifted["drift_medium"] + drifted["drift_low"]
    )
    found = {(r.data["column"], r.data["metric"]): r.data for r in drifted["drift_findings"]}
    mean = found["c0", "mean"]
    assert (mean["baseline"], mean["current"]) == (49.5, 1074.5)
    assert mean["severity"] == "high"
    (event,) = (m for m in materializations(second) if m.asset_key == AssetKey("baselinr_orders"))
    assert event.tags
    assert event.tags["baselinr/drift_severity"] == "high"


def test_a_subset_profiles_only_what_was_selected(
    sqlite: Sqlite, instance: DagsterInstance
) -> None:
    sqlite.table("orders")
    sqlite.table("customers")
    definitions = build_baselinr_definitions(sqlite.configure("orders", "customers"))

    assert materialized(run(definitions, instance, only=["baselinr_orders"])) == ["baselinr_orders"]
    assert materialized(run(definitions, instance, only=["baselinr_summary"])) == [
        "baselinr_summary"
    ]
    with closing(sqlite3.connect(sqlite.folder / "history.db")) as history:
        tables = history.execute("SELECT dataset_name FROM baselinr_runs").fetchall()
    assert tables == [("orders",)]


def test_a_table_that_fails_does_not_take_the_others_down(
    sqlite: Sqlite, instance: DagsterInstance
) -> None:
    sqlite.table("a")
    sqlite.table("c")
    result = run(build_baselinr_definitions(sqlite.configure("a", "b", "c")), instance)

    assert not result.success
    assert materialized(result) == ["baselinr_a", "baselinr_c"]
    assert failure(result).startswith("1 of 3 tables failed:\nb: ")


def test_no_permission_on_a_table_fails_that_one_and_no_password_is_recorded(
    postgres: Postgres, instance: DagsterInstance, capfd: pytest.CaptureFixture[str]
) -> None:
    password = "geheim-4711-!&"
    role = f"reader_{postgres.superuser.info.dbname}"
    postgres.execute(
        "CREATE TABLE orders AS SELECT generate_series(1, 10) AS n",
        "CREATE TABLE salaries AS SELECT generate_series(1, 10) AS n",
        f"CREATE ROLE {role} LOGIN PASSWORD '{password}'",
        f"GRANT SELECT ON orders TO {role}",
    )
    postgres.login = {"username": role, "password": password}
    try:
        definitions = build_baselinr_definitions(postgres.configure("orders", "salaries"))
        result = run(definitions, instance)
        everything = "".join(str(event) for event in instance.all_logs(result.run_id))
        resource = (definitions.resources or {})["baselinr"]
        everything += json.dumps(resource.get_config())
    finally:
        postgres.execute(f"DROP OWNED BY {role}", f"DROP ROLE {role}")

    assert materialized(result) == ["baselinr_orders"]
    assert "public.salaries: permission_denied" in failure(result)
    assert "baselinr_orders" in everything
    captured = capfd.readouterr()
    for text in (everything, captured.out, captured.err):
        assert password not in text
        assert "geheim-4711" not in text


def test_the_process_failing_as_a_whole_says_why(sqlite: Sqlite, instance: DagsterInstance) -> None:
    sqlite.table("orders")
    config = sqlite.configure("orders")
    definitions = build_baselinr_definitions(config)
    (sqlite.folder / "history.db").mkdir()
    result = run(definitions, instance)

    assert not result.success
    assert materialized(result) == []
    assert "history.db" in failure(result)
    assert "orders" in failure(result)


def test_a_message_of_a_table_of_300_columns_arrives(
    sqlite: Sqlite, instance: DagsterInstance
) -> None:
    sqlite.table("wide", rows=50, columns=300)
    sqlite.table("narrow")
    definitions = build_baselinr_definitions(sqlite.configure("wide", "narrow"))
    run(definitions, instance)
    sqlite.table("wide", rows=50, columns=300, offset=100)
    result = run(definitions, instance)

    assert result.success
    assert sorted(materialized(result)) == ["baselinr_narrow", "baselinr_summary", "baselinr_wide"]
    wide = metadata(result, "baselinr_wide")
    assert len(wide["column_profiles"]) == 300
    assert wide["drift_count"] >= 300


def test_the_instance_has_one_materialization_a_table_a_run(
    sqlite: Sqlite, instance: DagsterInstance
) -> None:
    sqlite.table("orders")
    definitions = build_baselinr_definitions(sqlite.configure("orders"))
    for _ in range(3):
        assert run(definitions, instance).success
    records = instance.fetch_materializations(AssetKey("baselinr_orders"), limit=10).records
    assert len({record.run_id for record in records}) == len(records) == 3


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "baselinr.yml"),
        ("environment: [", "baselinr.yml:"),
        ("environment: test\nprofilng: {}\n", "profiling"),
        (None, "baselinr.yml"),
    ],
    ids=["an empty file", "a syntax error", "a misspelt key", "no file"],
)
def test_a_bad_config_fails_at_load_in_the_binarys_own_words(
    tmp_path: Path, text: str | None, says: str
) -> None:
    config = tmp_path / "baselinr.yml"
    if text is not None:
        config.write_text(text)
    with pytest.raises(Failure) as error:
        build_baselinr_definitions(str(config))
    assert says in str(error.value)
    assert "Traceback" not in str(error.value)
    assert "goroutine" not in str(error.value)


def test_the_definitions_are_the_guides(sqlite: Sqlite) -> None:
    sqlite.table("orders")
    definitions = build_baselinr_definitions(sqlite.configure("orders"))
    repository = definitions.get_repository_def()
    assert repository.has_job(JOB)
    assert repository.has_sensor_def("baselinr_plan_sensor")
    assert "baselinr" in (definitions.resources or {})

    without = build_baselinr_definitions(
        sqlite.config, asset_prefix="dq", job_name="dq_job", enable_sensor=False
    ).get_repository_def()
    assert without.has_job("dq_job")
    assert not without.sensor_defs
    assert AssetKey("dq_orders") in without.assets_defs_by_key
