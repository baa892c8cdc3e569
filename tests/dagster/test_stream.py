"""While the process runs: results stream, and whatever ends the step ends the process too.

A table that somebody else has locked makes a profile wait for as long as a test likes.
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetSpec,
    DagsterInstance,
    DagsterRunStatus,
    MaterializeResult,
    materialize,
    multi_asset,
)
from dagster_baselinr.launch import profile_tables

from support import JOB, Postgres, command, eventually, locked, processes


@pytest.fixture
def tables(postgres: Postgres) -> Postgres:
    """A table `a`, and a table `b` that comes after it."""
    postgres.execute("CREATE TABLE a (n int)", "CREATE TABLE b (n int)")
    postgres.configure("a", "b")
    return postgres


@contextmanager
def running_job(source: Postgres) -> Iterator[subprocess.Popen[bytes]]:
    """Execute the job as Dagster's own command does, in processes of its own."""
    code = source.folder / "repo.py"
    code.write_text(
        "from dagster_baselinr import build_baselinr_definitions\n"
        f"defs = build_baselinr_definitions({source.config!r})\n"
    )
    with command("job", "execute", "-f", code, "-j", JOB, source=source) as process:
        yield process


def profiling(source: Postgres) -> list[int]:
    return processes("profile", source.config)


def has(instance: DagsterInstance, name: str) -> bool:
    return bool(instance.fetch_materializations(AssetKey(name), limit=1).records)


def backends(source: Postgres) -> int:
    """Count the statements that wait on the server for the lock."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    row = source.superuser.execute(query).fetchone()
    assert row
    return int(row[0])


def test_a_result_is_recorded_while_the_next_table_is_still_read(
    tables: Postgres, instance: DagsterInstance
) -> None:
    with running_job(tables) as job:
        with locked(tables, "b"):
            eventually("a is materialized", lambda: has(instance, "baselinr_a"))
            assert profiling(tables)
            assert not has(instance, "baselinr_b")
        assert job.wait(60) == 0
    assert has(instance, "baselinr_b")
    assert has(instance, "baselinr_summary")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_cancelling_the_run_ends_the_process_and_its_query(
    tables: Postgres, instance: DagsterInstance, how: signal.Signals
) -> None:
    with running_job(tables) as job, locked(tables, "b"):
        eventually("the profile waits for the lock", lambda: backends(tables) == 1)
        eventually("a is materialized", lambda: has(instance, "baselinr_a"))
        job.send_signal(how)
        eventually("the process has ended", lambda: not profiling(tables), 15)
        eventually("the query has ended", lambda: backends(tables) == 0, 15)
        job.wait(30)
    assert not has(instance, "baselinr_b")
    assert not has(instance, "baselinr_summary")
    (run,) = instance.get_runs()
    assert run.status in (DagsterRunStatus.CANCELED, DagsterRunStatus.FAILURE)


def test_the_process_ends_when_the_step_is_killed(
    tables: Postgres, instance: DagsterInstance
) -> None:
    with running_job(tables), locked(tables, "b"):
        eventually("the profile waits for the lock", lambda: backends(tables) == 1)
        (process,) = profiling(tables)
        stat = Path(f"/proc/{process}/stat").read_text()
        step = int(stat.rpartition(")")[2].split()[1])
        os.kill(step, signal.SIGKILL)
        eventually("the process has ended", lambda: not profiling(tables), 15)
        eventually("the query has ended", lambda: backends(tables) == 0, 15)


def test_a_generator_that_is_closed_in_a_yield_ends_the_process(
    tables: Postgres, instance: DagsterInstance
) -> None:
    @multi_asset(specs=[AssetSpec("a"), AssetSpec("b")])
    def impatient(context: AssetExecutionContext) -> Iterator[MaterializeResult[Any]]:
        keys = {"public.a": AssetKey("a"), "public.b": AssetKey("b")}
        results = profile_tables(context, tables.config, keys)
        yield next(results)
        assert profiling(tables)
        started = time.monotonic()
        results.close()  # type: ignore[attr-defined]
        assert not profiling(tables)
        assert time.monotonic() - started < 10
        yield MaterializeResult(asset_key="b")

    with locked(tables, "b"):
        result = materialize([impatient], instance=instance)
    assert result.success


def test_a_killed_process_fails_the_step_by_name_and_keeps_what_was_done(
    tables: Postgres, instance: DagsterInstance
) -> None:
    with running_job(tables) as job, locked(tables, "b"):
        eventually("a is materialized", lambda: has(instance, "baselinr_a"))
        (process,) = profiling(tables)
        os.kill(process, signal.SIGKILL)
        job.wait(30)
        (run,) = instance.get_runs()
    assert run.status == DagsterRunStatus.FAILURE
    (failed,) = (
        e.dagster_event.step_failure_data
        for e in instance.all_logs(run.run_id)
        if e.dagster_event and e.dagster_event.is_step_failure
    )
    assert failed.user_failure_data
    assert "signal 9" in str(failed.user_failure_data.description)
    assert "without a result: public.b" in str(failed.user_failure_data.description)
    assert not has(instance, "baselinr_b")
    assert not has(instance, "baselinr_summary")
