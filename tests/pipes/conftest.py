"""Fixtures for the tests that run the probe under a real Dagster."""

import subprocess
from collections.abc import Callable, Iterator, Sequence
from logging import getLevelName
from pathlib import Path
from typing import Any

import boto3
import dagster as dg
import pytest
from moto.server import ThreadedMotoServer

ROOT = Path(__file__).resolve().parents[2]


class ProbeRun:
    """What a run of the probe left behind."""

    execution: dg.ExecuteInProcessResult
    custom_messages: list[Any]

    def __init__(self, instance: dg.DagsterInstance) -> None:
        self._instance = instance
        self.custom_messages = []

    def materialization(self, key: str = "probe") -> dg.AssetMaterialization:
        """The materialization that the instance stored last for the asset."""
        event = self._instance.get_latest_materialization_event(dg.AssetKey.from_user_string(key))
        assert event is not None, f"{key} is not materialized"
        assert event.asset_materialization is not None
        return event.asset_materialization

    def log_lines(self) -> list[tuple[str, str]]:
        """The level and the text of each line that user code logged."""
        return [
            (getLevelName(entry.level), entry.user_message)
            for entry in self._instance.all_logs(self.execution.run_id)
            if not entry.is_dagster_event
        ]

    def engine_errors(self) -> list[Any]:
        """The errors that engine events carry: of exceptions that the probe closed with."""
        return [
            entry.dagster_event.engine_event_data.error
            for entry in self._instance.all_logs(self.execution.run_id)
            if entry.dagster_event is not None
            and entry.dagster_event.is_engine_event
            and entry.dagster_event.engine_event_data.error is not None
        ]


@pytest.fixture(scope="session")
def probe() -> str:
    """The probe, freshly built."""
    binary = ROOT / "build" / "pipesprobe"
    subprocess.run(["go", "build", "-o", str(binary), "./tests/pipesprobe"], cwd=ROOT, check=True)
    return str(binary)


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dg.DagsterInstance]:
    """A Dagster instance that keeps its events in SQLite, so that they are stored and read back."""
    home = str(tmp_path_factory.mktemp("dagster"))
    quiet = {"telemetry": {"enabled": False}}
    with dg.DagsterInstance.local_temp(home, overrides=quiet) as instance:
        yield instance


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """The address of an S3 server on this machine, on a port that was free."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def aws(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The AWS settings of this process, which the probe inherits."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def s3(aws: None) -> Any:
    """An S3 client with the bucket "pipes"."""
    client = boto3.client("s3")
    client.create_bucket(Bucket="pipes")
    return client


@pytest.fixture
def run_probe(probe: str, instance: dg.DagsterInstance) -> Callable[..., ProbeRun]:
    """A function that runs the probe as the asset "probe", or as the assets of given keys."""

    def run(
        *args: str,
        client: dg.PipesSubprocessClient | None = None,
        extras: dict[str, Any] | None = None,
        keys: Sequence[str] = ("probe",),
        **options: Any,
    ) -> ProbeRun:
        result = ProbeRun(instance)
        specs = [dg.AssetSpec(dg.AssetKey.from_user_string(key)) for key in keys]

        @dg.multi_asset(specs=specs, **options)
        def assets(context: dg.AssetExecutionContext) -> Iterator[Any]:
            invocation = (client or dg.PipesSubprocessClient()).run(
                context=context, command=[probe, *args], extras=extras
            )
            result.custom_messages = list(invocation.get_custom_messages())
            yield from invocation.get_results()

        result.execution = dg.materialize([assets], instance=instance, raise_on_error=False)
        return result

    return run
