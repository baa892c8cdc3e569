"""A run that is cancelled: the process and its statement on the server end, whatever the step does.

The table `b` is a view that takes an hour to read.
"""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from dagster import AssetKey, DagsterInstance, DagsterRunStatus

from dev import Dagster
from support import JOB, Postgres, command, eventually, processes

REPO = """
from dagster import RetryPolicy
from dagster_baselinr import build_baselinr_definitions

defs = build_baselinr_definitions({config!r}, retry_policy=RetryPolicy(max_retries=3))
"""

# A log that hangs while Dagster records that `a` was materialized, until it is let go.
HANGING_LOG = """
import logging, time
from pathlib import Path
from dagster import Definitions, logger

FOLDER = Path({folder!r})


class Hanging(logging.Handler):
    def emit(self, record):
        if "Materialized value baselinr_a" in record.getMessage():
            (FOLDER / "hangs").touch()
            while not (FOLDER / "let go").exists():
                time.sleep(0.05)


@logger
def hanging(_):
    it = logging.Logger("hanging")
    it.addHandler(Hanging())
    return it


defs = Definitions.merge(defs, Definitions(loggers={{"hanging": hanging}}))
"""


@pytest.fixture
def slow(postgres: Postgres) -> Postgres:
    """A table `a`, and a view `b` that comes after it."""
    postgres.execute(
        "CREATE TABLE a (n int)",
        "CREATE VIEW b AS SELECT 1 AS n FROM pg_sleep(3600)",
    )
    config = postgres.configure("a", "b", execution={"max_workers": 1})
    (postgres.folder / "repo.py").write_text(REPO.format(config=config))
    return postgres


def profiling(source: Postgres) -> list[int]:
    return processes("profile", source.config)


def reading(source: Postgres) -> bool:
    """Whether the server works on a statement that reads `b`."""
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND wait_event = 'PgSleep'"
    )
    row = source.superuser.execute(query).fetchone()
    return bool(row and row[0])


def materialized(instance: DagsterInstance, name: str) -> bool:
    return bool(instance.fetch_materializations(AssetKey(name), limit=1).records)


@pytest.mark.timeout(400)
def test_cancelling_in_the_browser_ends_the_process_and_its_statement(
    slow: Postgres, instance: DagsterInstance
) -> None:
    dagster = Dagster(slow.folder / "repo.py", slow.folder / "dagster_home")
    try:
        eventually("dagster dev is up", dagster.is_up)
        run = dagster.launch()
        eventually("b is read", lambda: reading(slow))
        eventually("a is materialized", lambda: materialized(instance, "baselinr_a"))
        dagster.terminate(run)
        eventually("the statement has ended", lambda: not reading(slow), 15)
        eventually("the process has ended", lambda: not profiling(slow), 15)

        def status() -> DagsterRunStatus:
            it = instance.get_run_by_id(run)
            assert it
            return it.status

        eventually("the run is cancelled", lambda: status() == DagsterRunStatus.CANCELED)
        assert not profiling(slow), "a cancelled step is not tried again"
    finally:
        dagster.stop()
    assert not materialized(instance, "baselinr_b")
    assert not materialized(instance, "baselinr_summary")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_that_comes_while_dagster_records_a_result_ends_the_process(
    slow: Postgres, instance: DagsterInstance, how: signal.Signals
) -> None:
    code = slow.folder / "repo.py"
    with code.open("a") as file:
        file.write(HANGING_LOG.format(folder=str(slow.folder)))
    settings = slow.folder / "run.yaml"
    settings.write_text("loggers: {hanging: {config: {}}}")
    with command("job", "execute", "-f", code, "-j", JOB, "-c", settings, source=slow) as job:
        eventually("a is being recorded", (slow.folder / "hangs").exists)
        eventually("b is read", lambda: reading(slow))
        (process,) = profiling(slow)
        step = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
        os.kill(step, how)
        # All the while the step's own code is not told: its process hangs in Dagster's.
        eventually("the statement has ended", lambda: not reading(slow), 15)
        eventually("the process has ended", lambda: not profiling(slow), 15)
        (slow.folder / "let go").touch()
        job.wait(60)
    (run,) = instance.get_runs()
    assert run.is_finished
    assert not run.is_success
    assert not materialized(instance, "baselinr_b")
    assert not materialized(instance, "baselinr_summary")


def test_an_interrupt_that_a_terminal_and_the_step_both_tell_is_one(
    slow: Postgres, binary: Path
) -> None:
    with subprocess.Popen([binary, "profile", "--config", slow.config]) as process:
        eventually("b is read", lambda: reading(slow))
        for _ in range(5):
            process.send_signal(signal.SIGINT)
            time.sleep(0.01)
    assert process.returncode == 130, "not ended by the signal itself"
    eventually("the statement has ended", lambda: not reading(slow))


def test_a_process_that_does_not_heed_the_interrupt_is_killed(tmp_path: Path) -> None:
    from dagster_baselinr.process import running

    ready = tmp_path / "ready"
    deaf = f"trap '' INT TERM; echo last words >&2; touch {ready}; while :; do sleep 1; done"
    with running(["sh", "-c", deaf], {}) as process:
        eventually("it is deaf", ready.exists)
    assert process.exit_code == -signal.SIGKILL
    assert list(process.stderr) == ["last words"]
