"""The small parts: where the binary is looked for, the resource, events."""

import json
import logging
from pathlib import Path

import pytest
from dagster import DagsterInstance, EnvVar, Failure, OpExecutionContext, job, op
from dagster_baselinr import (
    BaselinrResource,
    create_profiling_assets,
    create_profiling_job,
    emit_profiling_event,
)
from dagster_baselinr import binary as binary_module
from dagster_baselinr.binary import ask, find_binary

from support import Sqlite


def executable(path: Path, text: str = "#!/bin/sh\nexit 7\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_the_binary_is_the_named_one_else_the_packaged_one_else_the_one_on_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = executable(tmp_path / "named" / "anything")
    packaged = executable(tmp_path / "packaged" / "baselinr-pipes")
    on_path = executable(tmp_path / "path" / "baselinr-pipes")
    monkeypatch.setenv("BASELINR_PIPES_BINARY", str(named))
    monkeypatch.setattr(binary_module, "PACKAGED", packaged)
    monkeypatch.setenv("PATH", str(on_path.parent))

    assert find_binary() == str(named)
    monkeypatch.delenv("BASELINR_PIPES_BINARY")
    assert find_binary() == str(packaged)
    packaged.unlink()
    assert find_binary() == str(on_path)
    on_path.unlink()
    with pytest.raises(Failure, match="install"):
        find_binary()
    monkeypatch.setenv("BASELINR_PIPES_BINARY", str(on_path))
    with pytest.raises(Failure, match="no file is there"):
        find_binary()


def test_a_binary_that_does_not_answer_or_start_is_a_failure_with_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = executable(tmp_path / "slow", "#!/bin/sh\nexec sleep 60\n")
    monkeypatch.setenv("BASELINR_PIPES_BINARY", str(slow))
    with pytest.raises(Failure, match=r"no answer within 0\.2 seconds"):
        ask("plan", timeout=0.2)
    executable(slow)
    with pytest.raises(Failure, match="exit code 7"):
        ask("plan")
    slow.chmod(0o644)
    with pytest.raises(Failure, match="cannot be started"):
        ask("plan")


def test_what_the_config_has_in_vain_is_said_at_load(
    sqlite: Sqlite, caplog: pytest.LogCaptureFixture
) -> None:
    profiling = {"tables": [{"pattern": "zz*"}], "extract_lineage": True}
    sqlite.table("orders")
    (assets,) = create_profiling_assets(sqlite.configure(profiling=profiling))
    assert [key.to_user_string() for key in assets.keys] == ["baselinr_summary"]
    said = "\n".join(caplog.messages)
    assert said.count("extract_lineage: not built yet") == 1
    assert said.count("matches no table") == 1


def test_the_resource_reads_the_config_once_and_hides_secrets(sqlite: Sqlite) -> None:
    connection = {"type": "postgres", "host": "h", "database": "d", "password": "geheim-4711"}
    resource = BaselinrResource(
        config_path=sqlite.configure("orders", environment="staging", source=connection)
    )
    config = resource.get_config()
    assert config["environment"] == "staging"
    assert config["source"]["password"] == "***"
    Path(sqlite.config).unlink()
    assert resource.config is config


def test_a_key_of_the_config_goes_before_a_dictionarys_method(sqlite: Sqlite) -> None:
    partition = {"key": "c0", "strategy": "specific_values", "values": ["1", "2"]}
    datasets = {"datasets": [{"table": "orders", "profiling": {"partition": partition}}]}
    config = BaselinrResource(config_path=sqlite.configure("orders", datasets=datasets)).config
    found = config.datasets.datasets[0].profiling.partition
    assert found.values == ["1", "2"]
    assert dict(found) == json.loads(json.dumps(found)) == {**found}
    assert set(found.keys()) >= {"key", "values"}


@pytest.mark.parametrize(("table", "again"), [("orders", False), ("gone", True)])
def test_a_profile_is_tried_again_where_the_config_is_good(
    sqlite: Sqlite, table: str, again: bool
) -> None:
    sqlite.table("orders")
    sqlite.configure("orders", "gone", **({} if again else {"profilng": {}}))
    with pytest.raises(Failure) as failed:
        BaselinrResource(config_path=sqlite.config).profile(table)
    assert failed.value.allow_retries is again


def test_events_go_to_the_runs_log_or_to_pythons(
    instance: DagsterInstance, caplog: pytest.LogCaptureFixture
) -> None:
    @op
    def emits(context: OpExecutionContext) -> None:
        emit_profiling_event(context, "profiling_completed", dataset_name="orders", run_id="r1")

    @job
    def emitting() -> None:
        emits()

    result = emitting.execute_in_process(instance=instance)
    messages = [entry.user_message for entry in instance.all_logs(result.run_id)]
    assert "Baselinr event: profiling_completed orders run_id=r1" in messages

    with caplog.at_level(logging.INFO):
        emit_profiling_event(None, "profiling_failed", "orders", error="no permission")
    assert caplog.records[-1].levelname == "ERROR"
    assert caplog.records[-1].message.endswith("profiling_failed orders error=no permission")


def test_a_job_of_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="no assets"):
        create_profiling_job(assets=[])


def test_the_resource_takes_a_variable_and_resolves_it_once_a_process(
    sqlite: Sqlite, instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    @op
    def look(baselinr: BaselinrResource) -> None:
        seen.append(baselinr.get_config())

    @op
    def look_again(baselinr: BaselinrResource) -> None:
        seen.append(baselinr.config)

    resource = BaselinrResource(config_path=EnvVar("CONFIG_OF_TEST"))

    @job(resource_defs={"baselinr": resource})
    def looking() -> None:
        look()
        look_again()

    with pytest.raises(Failure, match="CONFIG_OF_TEST"):
        resource.get_config()
    monkeypatch.setenv("CONFIG_OF_TEST", sqlite.configure("orders", environment="staging"))
    assert looking.execute_in_process(instance=instance).success
    Path(sqlite.config).unlink()
    assert looking.execute_in_process(instance=instance).success
    assert len(seen) == 4
    assert all(config is seen[0] for config in seen)
    assert resource.config is seen[0]
    assert seen[0]["environment"] == "staging"
