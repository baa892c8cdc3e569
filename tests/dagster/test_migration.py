"""From the Python tool by one changed import line, held against that tool's own code."""

import inspect
import json
import os
import re
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import dagster_baselinr
import pytest
from dagster import (
    AssetKey,
    DagsterInstance,
    Definitions,
    OpExecutionContext,
    SensorResult,
    build_sensor_context,
    job,
    materialize,
    op,
)
from dagster_baselinr import compat

from support import ROOT, Postgres, Sqlite, materialized, run
from tools import install_examples, install_reference

PAGE = ROOT / "docs" / "migration.md"
THERE = "from baselinr.integrations.dagster import"
HERE = "from dagster_baselinr.compat import"


def reference(question: str, *words: str, **environment: str) -> Any:
    """What the Python tool's integration answers; see ask_reference.py."""
    python = install_reference().with_name("python")
    script = Path(__file__).with_name("ask_reference.py")
    done = subprocess.run(
        [python, script, sysconfig.get_path("purelib"), question, *words],
        env={key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | environment,
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout)


def signature(it: Any) -> list[list[str]]:
    return [
        [name, it.kind.name, repr(it.default)]
        for name, it in inspect.signature(it).parameters.items()
    ]


def test_every_name_is_there_with_the_same_arguments_in_the_same_order() -> None:
    theirs = reference("signatures")
    assert set(theirs) == set(compat.__all__)
    for name, arguments in theirs.items():
        ours = signature(getattr(compat, name))
        assert ours[: len(arguments)] == arguments
        # What is ours beside them may be left out.
        for _, kind, default in ours[len(arguments) :]:
            assert kind == "KEYWORD_ONLY"
            assert default != repr(inspect.Parameter.empty)


def configure(source: Sqlite | Postgres, *tables: Any) -> str:
    """A config that both tools read."""
    connection = source.connection()
    connection.setdefault("database", "warehouse")
    connection.pop("extra_params", None)  # the two drivers take other ones
    history = {"type": "sqlite", "database": "history", "filepath": f"{source.folder}/history.db"}
    return source.configure(*tables, source=connection, storage={"connection": history})


def test_the_cursor_of_its_sensor_keeps_what_it_tells(
    sqlite: Sqlite, instance: DagsterInstance, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("orders", "customers", "returns"):
        sqlite.table(name)
    metrics = ["count", "null_count", "mean"]

    def profiled(metrics: list[str], *tables: str) -> str:
        config = configure(sqlite)
        fields = json.loads(Path(config).read_text())
        fields["profiling"] = {"metrics": metrics, "tables": [{"table": t} for t in tables]}
        Path(config).write_text(json.dumps(fields))
        return config

    cursor = reference("cursor", profiled(metrics, "orders", "customers"), "any_job")
    config = profiled(metrics, "orders", "customers", "returns")

    def tick(cursor: str | None) -> tuple[list[str], str | None]:
        sensor = compat.baselinr_plan_sensor(config_path=config, job_name="any_job")
        result = sensor(build_sensor_context(instance=instance, cursor=cursor))
        assert isinstance(result, SensorResult)
        requests = result.run_requests or []
        keys = [key.to_user_string() for r in requests for key in r.asset_selection or []]
        return keys, result.cursor

    requested, ours = tick(cursor)
    assert requested == ["baselinr_returns"]
    assert "of 3 tables 2 are planned as there" in capsys.readouterr().err
    assert tick(ours)[0] == []

    profiled(["count"], "orders", "customers", "returns")
    assert len(tick(cursor)[0]) == 3


def keys(config: str, prefix: str) -> list[str]:
    assets = compat.create_profiling_assets(config_path=config, asset_name_prefix=prefix)
    return sorted(key.to_user_string() for it in assets for key in it.keys)


@pytest.mark.parametrize("prefix", ["baselinr", "Data_Quality"])
def test_assets_have_the_keys_that_they_had(
    sqlite: Sqlite, postgres: Postgres, prefix: str
) -> None:
    for name in ("orders", "order-lines", "Customers_2024", "9lives"):
        sqlite.table(name)
    config = configure(sqlite, "orders", "order-lines", "Customers_2024", "9lives")
    assert keys(config, prefix) == sorted(reference("keys", config, prefix))

    postgres.execute(
        "CREATE SCHEMA shop",
        "CREATE TABLE shop.orders (n int)",
        "CREATE TABLE shop.order_lines (n int)",
        "CREATE TABLE customers (n int)",
    )
    config = configure(
        postgres,
        {"schema": "shop", "pattern": "order*"},
        {"schema": "public", "table": "customers"},
    )
    assert len(keys(config, prefix)) == 4
    assert keys(config, prefix) == sorted(reference("keys", config, prefix))


def test_the_tools_own_example_goes_on_with_one_line_changed(
    postgres: Postgres, instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres.execute(
        "CREATE TABLE orders AS SELECT n * 1.5::float8 AS x FROM generate_series(1, 12) n"
    )
    config = configure(postgres, {"schema": "public", "table": "orders"})
    code = postgres.folder / "dagster_repository.py"
    code.write_text((install_examples() / "dagster_repository.py").read_text())
    home = str(postgres.folder / "dagster_home")
    assert reference(
        "run", str(code), "profile_all_tables", DAGSTER_HOME=home, BASELINR_CONFIG=config
    )
    before = instance.fetch_materializations(AssetKey("baselinr_orders"), limit=10).records
    assert before

    text = code.read_text()
    assert text.count(THERE) == 1
    code.write_text(text.replace(THERE, HERE))
    monkeypatch.setenv("BASELINR_CONFIG", config)
    space: dict[str, Any] = {"__name__": "repo", "__file__": str(code)}
    exec(compile(code.read_text(), code, "exec"), space)
    definitions = space["defs"]
    assert isinstance(definitions, Definitions)
    Definitions.validate_loadable(definitions)
    repository = definitions.get_repository_def()
    assert repository.has_schedule_def("daily_profiling")
    assert repository.has_sensor_def("baselinr_plan_sensor")

    postgres.execute("UPDATE orders SET x = x + 100")
    result = run(definitions, instance, job="profile_all_tables")
    assert result.success
    assert materialized(result) == ["baselinr_orders", "baselinr_summary"]
    # One history, in Dagster and in the tables: the first run here is compared with the last there.
    after = instance.fetch_materializations(AssetKey("baselinr_orders"), limit=10).records
    assert len(after) == len(before) + 1
    (newest, *_) = after
    assert newest.asset_materialization
    seen = newest.asset_materialization.metadata
    assert seen["drift_severity"].value == "high"
    assert before[0].asset_materialization
    assert seen["baseline_run_id"].value == before[0].asset_materialization.metadata["run_id"].value
    # What the Python tool said of a run is still said, by the same keys.
    # But for where Dagster put the value that there was.
    assert set(before[0].asset_materialization.metadata) - {"path"} <= set(seen)


def test_what_the_guide_shows_of_the_resource_happens(
    sqlite: Sqlite, instance: DagsterInstance
) -> None:
    sqlite.table("customers", rows=7)
    sqlite.table("orders")
    config = sqlite.configure("customers", "orders", environment="production")

    @op(required_resource_keys={"baselinr"})
    def custom(context: OpExecutionContext) -> list[Any]:
        baselinr = context.resources.baselinr
        assert baselinr.get_config().environment == "production"
        assert baselinr.get_config().profiling.tables[0].table == "customers"
        assert baselinr.get_config().profiling.tables[0].schema_ is None
        (customers,) = baselinr.profile(table="customers")
        assert (customers.id, customers.status, customers.row_count) == (
            "customers",
            "completed",
            7,
        )
        found: list[Any] = baselinr.profile()
        return found

    @job(resource_defs={"baselinr": compat.BaselinrResource(config_path=config)})
    def guide() -> None:
        custom()

    result = guide.execute_in_process(instance=instance)
    assert [table.id for table in result.output_for_node("custom")] == ["customers", "orders"]


def test_the_page_shows_the_lines_that_these_tests_changed() -> None:
    page = PAGE.read_text()
    assert re.search(rf"^-{THERE} \w+$", page, re.MULTILINE)
    assert re.search(rf"^\+{HERE} \w+$", page, re.MULTILINE)
    assert set(compat.__all__) <= set(dagster_baselinr.__all__)


def test_an_asset_downstream_reads_what_was_recorded_as_the_page_says(
    sqlite: Sqlite, instance: DagsterInstance, capfd: pytest.CaptureFixture[str]
) -> None:
    sqlite.table("orders")
    profile = compat.create_profiling_assets(sqlite.configure("orders"))
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    space: dict[str, Any] = {}
    exec("from dagster import AssetExecutionContext, AssetKey, asset\n" + blocks[-1], space)
    assert materialize([*profile, space["alert"]], instance=instance).success
    (line,) = (line for line in capfd.readouterr().out.splitlines() if line.endswith(" none"))
    (record,) = instance.fetch_materializations(AssetKey("baselinr_orders"), limit=10).records
    assert record.asset_materialization
    assert line == f"{record.asset_materialization.metadata['run_id'].value} none"
