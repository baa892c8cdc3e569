"""Every way in which Dagster hands over the context and takes the messages."""

import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster_aws.pipes import PipesS3ContextInjector, PipesS3MessageReader

INJECTORS = ["temp file", "environment", "file", "s3"]
READERS = ["temp file", "file", "s3"]


@pytest.fixture
def injector(request: pytest.FixtureRequest, tmp_path: Path) -> dg.PipesContextInjector:
    match request.param:
        case "temp file":
            return dg.PipesTempFileContextInjector()
        case "environment":
            return dg.PipesEnvContextInjector()
        case "file":
            return dg.PipesFileContextInjector(str(tmp_path / "context.json"))
    return PipesS3ContextInjector(bucket="pipes", client=request.getfixturevalue("s3"))


@pytest.fixture
def reader(request: pytest.FixtureRequest, tmp_path: Path) -> dg.PipesMessageReader:
    match request.param:
        case "temp file":
            return dg.PipesTempFileMessageReader()
        case "file":
            return dg.PipesFileMessageReader(str(tmp_path / "messages"))
    return PipesS3MessageReader(bucket="pipes", client=request.getfixturevalue("s3"), interval=1)


@pytest.mark.parametrize("injector", INJECTORS, indirect=True)
@pytest.mark.parametrize("reader", READERS, indirect=True)
def test_injector_and_reader(
    run_probe: Callable[..., Any],
    injector: dg.PipesContextInjector,
    reader: dg.PipesMessageReader,
) -> None:
    args = ["--scenario", "context"]
    if isinstance(injector, PipesS3ContextInjector):
        args += ["--context-loader", "s3"]
    if isinstance(reader, PipesS3MessageReader):
        args += ["--message-writer", "s3"]
    client = dg.PipesSubprocessClient(context_injector=injector, message_reader=reader)
    run = run_probe(*args, client=client, extras={"n": 1})
    assert run.execution.success
    (seen,) = run.custom_messages
    assert seen["run_id"] == run.execution.run_id
    assert seen["extras"] == {"n": 1}
    assert run.engine_errors() == []


def test_printed_output_through_s3(
    run_probe: Callable[..., Any], s3: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    reader = PipesS3MessageReader(
        bucket="pipes", client=s3, interval=1, include_stdio_in_messages=True
    )
    client = dg.PipesSubprocessClient(message_reader=reader)
    run = run_probe("--scenario", "print", "--message-writer", "s3", client=client)
    assert run.execution.success
    captured = capfd.readouterr()
    assert captured.out.count("probe on stdout ü\n") == 2
    assert captured.err.count("probe on stderr\n") == 2


class StreamReader(dg.PipesMessageReader):
    """Reads messages between the other lines of a standard stream of the process."""

    def __init__(self, params: dict[str, str]) -> None:
        self.params = params
        self.other: list[str] = []

    @contextmanager
    def read_messages(self, handler: Any) -> Iterator[dict[str, str]]:
        self.handler = handler
        yield self.params

    def consume(self, lines: Any) -> None:
        for line in lines:
            try:
                message = json.loads(line)
            except json.JSONDecodeError:
                self.other.append(line)
            else:
                self.handler.handle_message(message)

    def no_messages_debug_text(self) -> str:
        return "Attempted to read messages from a standard stream."


@pytest.mark.parametrize("kind", ["stdio", "buffered_stdio"])
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
@pytest.mark.parametrize("bootstrap", ["environment", "arguments"])
def test_standard_streams_and_both_ways_to_start(
    probe: str, instance: dg.DagsterInstance, kind: str, stream: str, bootstrap: str
) -> None:
    reader = StreamReader({kind: stream})
    custom: list[Any] = []

    @dg.asset
    def streamed(context: dg.AssetExecutionContext) -> Any:
        with dg.open_pipes_session(
            context=context,
            context_injector=dg.PipesEnvContextInjector(),
            message_reader=reader,
        ) as session:
            command, env = [probe, "--scenario", "context"], {}
            if bootstrap == "environment":
                env = dict(session.get_bootstrap_env_vars())
            else:
                for name, value in session.get_bootstrap_cli_arguments().items():
                    command += [name, value]
            with subprocess.Popen(
                command, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            ) as process:
                streams = {"stdout": process.stdout, "stderr": process.stderr}
                thread = threading.Thread(target=reader.consume, args=(streams[stream],))
                thread.start()
                thread.join()
            assert process.returncode == 0
        custom.extend(session.get_custom_messages())
        yield from session.get_results()

    result = dg.materialize([streamed], instance=instance)
    assert custom[0]["run_id"] == result.run_id
    assert reader.other == []


class DeafReader(dg.PipesMessageReader):
    """Asks for messages in a bucket, and does not read them."""

    def __init__(self, bucket: str) -> None:
        self.bucket = bucket

    @contextmanager
    def read_messages(self, handler: Any) -> Iterator[dict[str, str]]:
        yield {"bucket": self.bucket, "key_prefix": "x"}

    def no_messages_debug_text(self) -> str:
        return "Nobody reads."


@pytest.mark.usefixtures("s3")
def test_a_bucket_that_does_not_exist(
    run_probe: Callable[..., Any], capfd: pytest.CaptureFixture[str]
) -> None:
    client = dg.PipesSubprocessClient(message_reader=DeafReader("nowhere"))
    run = run_probe("--scenario", "context", "--message-writer", "s3", client=client)
    assert not run.execution.success
    assert "NoSuchBucket" in capfd.readouterr().err


@pytest.mark.usefixtures("aws")
def test_an_s3_that_does_not_answer(
    run_probe: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    # Port 9 of this machine is closed: connections are refused at once.
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    client = dg.PipesSubprocessClient(message_reader=DeafReader("pipes"))
    run = run_probe("--scenario", "context", "--message-writer", "s3", client=client)
    assert not run.execution.success
    assert "connection refused" in capfd.readouterr().err


def test_without_dagster_the_probe_says_so(probe: str) -> None:
    process = subprocess.run(
        [probe, "--scenario", "context"], env={}, text=True, capture_output=True, check=False
    )
    assert process.returncode == 1
    assert "not launched by Dagster" in process.stderr
    assert process.stdout == ""
