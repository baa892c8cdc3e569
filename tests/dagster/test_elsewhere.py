"""The binary started by other Pipes clients, as examples/deploy does."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from dagster import (
    AssetExecutionContext,
    DagsterInstance,
    Definitions,
    PipesEnvContextInjector,
    PipesMessageHandler,
    PipesMessageReader,
    PipesSubprocessClient,
    asset,
)
from dagster_baselinr import Launch, attach_to_producers, build_baselinr_definitions
from moto.server import ThreadedMotoServer

from support import ROOT, Postgres, Sqlite, failure, materializations, materialized, metadata, run

if TYPE_CHECKING:
    from dagster import PipesClientCompletedInvocation  # Dagster 1.12.0 does not export it


@pytest.fixture
def on_path(tmp_path: Path, binary: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on PATH in which the binary has its name."""
    folder = tmp_path / "commands"
    folder.mkdir()
    (folder / "baselinr-pipes").symlink_to(binary)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    return folder


@pytest.fixture
def example(
    sqlite: Sqlite, on_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Definitions]:
    """Loads the definitions of an example, for a config of `orders` in the working directory."""
    sqlite.table("orders", rows=12, columns=3)
    sqlite.configure("orders")
    monkeypatch.chdir(sqlite.folder)

    def load(name: str) -> Definitions:
        module: dict[str, Any] = {"__name__": name}
        exec((ROOT / "examples/deploy" / name).read_text(), module)
        definitions = module["defs"]
        assert isinstance(definitions, Definitions)
        return definitions

    return load


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A bucket of an S3 on this machine, which the settings of this process lead to."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    settings = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "PIPES_BUCKET": "pipes",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3")
    client.create_bucket(Bucket="pipes")
    yield client
    server.stop()


def subprocess_client(*command: str, **options: Any) -> Launch:
    """What a user writes to launch a command by the stock client."""

    def launch(
        context: AssetExecutionContext, extras: dict[str, Any]
    ) -> PipesClientCompletedInvocation:
        client = PipesSubprocessClient(**options)
        return client.run(context=context, extras=extras, command=list(command))

    return launch


def test_blocking_checks_of_what_another_client_profiled(
    sqlite: Sqlite, instance: DagsterInstance, binary: Path
) -> None:
    sqlite.table("orders", rows=12)
    sqlite.configure("orders")

    @asset(metadata={"dagster/table_name": "orders"})
    def orders() -> None: ...

    definitions = attach_to_producers(
        Definitions(assets=[orders]),
        sqlite.config,
        checks=["row_count"],
        blocking=True,
        launch=subprocess_client(str(binary), "profile"),
    )
    for rows, passed in ((12, True), (24, False)):
        sqlite.table("orders", rows=rows)
        job = definitions.resolve_implicit_global_asset_job_def()
        result = job.execute_in_process(instance=instance, raise_on_error=False)
        (check,) = result.get_asset_check_evaluations()
        assert (check.passed, result.success) == (passed, passed)
        assert materialized(result) == ["orders"]


def test_a_subprocess_of_dagsters_own_client(
    example: Callable[[str], Definitions], instance: DagsterInstance
) -> None:
    result = run(example("in_subprocess.py"), instance)

    assert result.success
    assert materialized(result) == ["baselinr_orders", "baselinr_summary"]
    found = metadata(result, "baselinr_orders")
    assert (found["row_count"], found["columns_profiled"]) == (12, 3)
    assert "column_profiles" not in found  # the stock reader loses messages above 4 KB
    (orders, _) = materializations(result)
    assert (orders.tags or {})["baselinr/drift_severity"] == "none"


def test_context_and_messages_through_s3_come_in_full(
    example: Callable[[str], Definitions],
    bucket: Any,
    sqlite: Sqlite,
    instance: DagsterInstance,
) -> None:
    definitions = example("over_s3.py")
    assert run(definitions, instance).success
    sqlite.table("orders", rows=24, columns=3, offset=500)
    result = run(definitions, instance)

    assert result.success
    found = metadata(result, "baselinr_orders")
    assert [record.data["column"] for record in found["column_profiles"]] == ["c0", "c1", "c2"]
    assert found["drift_severity"] == "high"
    assert len(found["drift_findings"]) == found["drift_count"]
    stored = bucket.list_objects_v2(Bucket="pipes")["Contents"]
    assert all(object["Key"].endswith(".json") for object in stored)


class LogReader(PipesMessageReader):
    """Reads messages among the lines of a log, as the readers of containers' and pods' logs do."""

    def __init__(self, log: Path) -> None:
        self.log = log

    @contextmanager
    def read_messages(self, handler: PipesMessageHandler) -> Iterator[dict[str, str]]:
        yield {"stdio": "stderr"}
        for line in self.log.read_text().splitlines():
            if line.startswith("{"):
                assert len(line.encode()) < 4096
                handler.handle_message(json.loads(line))

    def no_messages_debug_text(self) -> str:
        return "Attempted to read messages from a log."


AS_A_CONTAINER = "cd / && exec {command} </dev/null 2>{log}"
BY_ARGUMENTS = (
    "env -u DAGSTER_PIPES_CONTEXT -u DAGSTER_PIPES_MESSAGES baselinr-pipes profile"
    ' --dagster-pipes-context "$DAGSTER_PIPES_CONTEXT"'
    ' --dagster-pipes-messages="$DAGSTER_PIPES_MESSAGES"'
)


@pytest.mark.parametrize("command", ["baselinr-pipes profile", BY_ARGUMENTS])
@pytest.mark.usefixtures("on_path")
def test_a_container_whose_log_carries_the_messages(
    sqlite: Sqlite, instance: DagsterInstance, command: str
) -> None:
    """What Docker and Kubernetes do, without either: no standard input, another folder."""
    sqlite.table("wide", rows=20, columns=100)
    sqlite.table("gone")
    log = sqlite.folder / "log"
    launch = subprocess_client(
        "sh",
        "-c",
        AS_A_CONTAINER.format(command=command, log=log),
        context_injector=PipesEnvContextInjector(),
        message_reader=LogReader(log),
    )
    definitions = build_baselinr_definitions(sqlite.configure("wide", "gone"), launch=launch)
    with closing(sqlite3.connect(sqlite.file)) as connection:
        connection.execute("DROP TABLE gone")
    result = run(definitions, instance)

    assert not result.success
    assert materialized(result) == ["baselinr_wide"]
    assert "1 of 2 tables failed" in failure(result)
    assert "gone: no_such_table" in failure(result)


@pytest.mark.usefixtures("on_path")
def test_a_process_that_reports_nothing_materializes_nothing(
    sqlite: Sqlite, instance: DagsterInstance
) -> None:
    sqlite.table("orders")
    config = sqlite.configure("orders")
    definitions = build_baselinr_definitions(config, launch=subprocess_client("true"))
    result = run(definitions, instance)

    assert not result.success
    assert materialized(result) == []
    assert "without a result: orders" in failure(result)


@pytest.mark.usefixtures("on_path")
def test_a_process_that_fails_fails_the_step(sqlite: Sqlite, instance: DagsterInstance) -> None:
    sqlite.table("orders")
    definitions = build_baselinr_definitions(
        sqlite.configure("orders"), launch=subprocess_client("baselinr-pipes", "profile")
    )
    (sqlite.folder / "history.db").mkdir()
    result = run(definitions, instance)

    assert not result.success
    assert materialized(result) == []


@pytest.mark.usefixtures("on_path")
def test_the_config_goes_with_its_variables_unresolved_and_no_secret_is_recorded(
    postgres: Postgres, instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres.execute("CREATE TABLE orders (n int)", "CREATE ROLE reader LOGIN PASSWORD 'x-4711-x'")
    try:
        postgres.execute("GRANT SELECT ON orders TO reader")
        postgres.login = {"username": "reader", "password": "${WAREHOUSE_PASSWORD}"}
        sent: list[dict[str, Any]] = []
        inside = subprocess_client(
            "baselinr-pipes", "profile", env={"WAREHOUSE_PASSWORD": "x-4711-x"}
        )

        def launch(
            context: AssetExecutionContext, extras: dict[str, Any]
        ) -> PipesClientCompletedInvocation:
            sent.append(extras)
            return inside(context, extras)

        monkeypatch.setenv("WAREHOUSE_PASSWORD", "x-4711-x")
        definitions = build_baselinr_definitions(postgres.configure("orders"), launch=launch)
        monkeypatch.delenv("WAREHOUSE_PASSWORD")  # the step has none; the process elsewhere does
        assert run(definitions, instance).success
        postgres.execute("REVOKE SELECT ON orders FROM reader")
        assert not run(definitions, instance).success
    finally:
        postgres.execute("DROP OWNED BY reader", "DROP ROLE reader")

    config = sent[0]["baselinr"]["config"]
    assert "${WAREHOUSE_PASSWORD}" in config["text"]
    assert config["base_dir"] == str(postgres.folder)
    secret = b"x-4711-x"
    stored = [path for path in Path(instance.root_directory).rglob("*") if path.is_file()]
    assert stored
    assert [path for path in stored if secret in path.read_bytes()] == []


def test_every_example_is_known() -> None:
    known = {"in_subprocess.py", "over_s3.py"}  # run above
    elsewhere = {"in_docker.py", "in_kubernetes.py", "in_ecs.py", "in_databricks.py"}  # by mypy
    beside = {"Dockerfile", "databricks_task.py"}
    found = {path.name for path in (ROOT / "examples/deploy").iterdir()} - {"__pycache__"}
    assert found == known | elsewhere | beside
