"""Each kind of message has the effect in Dagster that it should have."""

from collections.abc import Callable
from typing import Any

import dagster as dg
import pytest


def test_one_of_each(run_probe: Callable[..., Any], capfd: pytest.CaptureFixture[str]) -> None:
    run = run_probe(
        "--scenario",
        "messages",
        check_specs=[
            dg.AssetCheckSpec("passing", asset="probe"),
            dg.AssetCheckSpec("warning", asset="probe"),
        ],
    )
    assert run.execution.success
    lines = [line for line in run.log_lines() if not line[1].startswith("[pipes]")]
    assert lines == [
        ("DEBUG", "Debug message"),
        ("INFO", "Info message"),
        ("WARNING", "Warning message"),
        ("ERROR", "Error message"),
        ("CRITICAL", "Critical message"),
        ("WARNING", "through slog rows=3"),
    ]
    evaluations = {check.check_name: check for check in run.execution.get_asset_check_evaluations()}
    assert evaluations["passing"].passed
    assert evaluations["passing"].severity == dg.AssetCheckSeverity.ERROR
    assert evaluations["passing"].metadata == {"rows": dg.MetadataValue.int(3)}
    assert not evaluations["warning"].passed
    assert evaluations["warning"].severity == dg.AssetCheckSeverity.WARN
    assert run.custom_messages == [None, {"nan": "NaN", "list": []}]
    assert "printed elsewhere\n" in capfd.readouterr().out
    assert run.materialization().metadata == {}
    assert run.engine_errors() == []


def test_each_asset_of_a_step(run_probe: Callable[..., Any]) -> None:
    run = run_probe("--scenario", "assets", keys=["a", "shop/b"])
    assert run.execution.success
    assert run.materialization("a").metadata["index"] == dg.MetadataValue.int(0)
    assert run.materialization("shop/b").metadata["index"] == dg.MetadataValue.int(1)


def test_an_error_is_stored_with_its_causes(run_probe: Callable[..., Any]) -> None:
    run = run_probe("--scenario", "fail")
    assert not run.execution.success
    (error,) = run.engine_errors()
    assert error.message == "load orders: permission denied"
    assert error.cause.message == "permission denied"
    assert error.context is None


def test_a_panic_is_stored_with_its_stack(run_probe: Callable[..., Any]) -> None:
    run = run_probe("--scenario", "panic")
    assert not run.execution.success
    (error,) = run.engine_errors()
    assert error.message == "panic: the probe panics"
    assert error.cls_name == "pipes.PanicError"
    assert "scenarios.go" in error.stack[0]


def test_a_process_that_dies_leaves_what_it_reported(run_probe: Callable[..., Any]) -> None:
    messages: list[Any] = []

    class Reader(dg.PipesTempFileMessageReader):
        def read_messages(self, handler: Any) -> Any:
            messages.append(handler)
            return super().read_messages(handler)

    run = run_probe(
        "--scenario",
        "die",
        "--count",
        "500",
        client=dg.PipesSubprocessClient(message_reader=Reader()),
    )
    assert not run.execution.success
    assert list(messages[0].get_custom_messages()) == list(range(500))
    assert not messages[0].received_closed_message


def test_many_goroutines_lose_nothing(run_probe: Callable[..., Any]) -> None:
    run = run_probe("--scenario", "flood", "--count", "20000")
    assert run.execution.success
    assert sorted(run.custom_messages) == list(range(20_000))


@pytest.mark.parametrize("include", [True, False])
def test_printed_output(
    run_probe: Callable[..., Any], capfd: pytest.CaptureFixture[str], include: bool
) -> None:
    reader = dg.PipesTempFileMessageReader(include_stdio_in_messages=include)
    client = dg.PipesSubprocessClient(message_reader=reader)
    run = run_probe("--scenario", "print", client=client)
    assert run.execution.success
    captured = capfd.readouterr()
    # Once from the process itself, and once more from Dagster where it was asked for.
    assert captured.out.count("probe on stdout ü\n") == 1 + include
    assert captured.err.count("probe on stderr\n") == 1 + include
