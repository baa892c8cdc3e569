"""What breaks while a run goes on: it ends in an error that says what failed, never in a green lie.

After each fault no process is left, and the history holds whole tables only. Beside these,
test_stream.py and test_cancel.py kill the binary, the step and the run, test_retry.py tries again,
and test_source_down.py loads and ticks without the source.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from dagster import AssetKey, DagsterInstance, DagsterRunStatus
from dagster_baselinr import build_baselinr_definitions

from door import Door
from support import JOB, Postgres, command, database, eventually, locked, processes, run

pytestmark = pytest.mark.timeout(400)  # of processes that start processes, on a busy machine

REPO = """
from dagster_baselinr import build_baselinr_definitions

defs = build_baselinr_definitions({config!r})
"""


class Shop(Postgres):
    """A table `a`, a table `b` after it, and their history, on a server; doors before the two."""

    source_door: Door
    store_door: Door

    def configure_doors(self, *tables: str) -> None:
        def through(door: Door) -> dict[str, Any]:
            return {**self.connection(), "host": "127.0.0.1", "port": door.port}

        self.configure(
            *(tables or ("a", "b")),
            source=through(self.source_door),
            storage={"connection": {**through(self.store_door), "schema": "history"}},
            execution={"max_workers": 1},
            retry={"enabled": False},
        )

    @property
    def code(self) -> Path:
        return self.folder / "repo.py"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setenv("BASELINR_SPOOL_DIR", str(tmp_path / "spool"))
    with database(tmp_path) as given:
        info = given.superuser.info
        with closing(Door(info.host, info.port)) as one, closing(Door(info.host, info.port)) as two:
            shop = Shop(tmp_path, given.superuser)
            shop.source_door, shop.store_door = one, two
            shop.execute(
                "CREATE SCHEMA history",
                "CREATE TABLE a (n int)",
                "CREATE TABLE b (n int)",
                "INSERT INTO b SELECT generate_series(1, 10)",
            )
            shop.configure_doors()
            shop.code.write_text(REPO.format(config=shop.config))
            yield shop
            eventually("no process is left", lambda: not processes("profile", shop.config), 20)
            check_whole(shop)


def check_whole(shop: Shop) -> None:
    """Assert that each table of the history has all its metrics, and none is of no run."""
    if not shop.superuser.execute("SELECT to_regclass('history.baselinr_runs')").fetchone()[0]:  # type: ignore[index]
        return  # nothing was ever stored
    counts = shop.superuser.execute(
        "SELECT r.run_id, count(m.*) FROM history.baselinr_runs r"
        " FULL JOIN history.baselinr_results m USING (run_id) GROUP BY r.run_id"
    ).fetchall()
    assert len({count for _, count in counts}) <= 1, counts
    assert all(run and count for run, count in counts), counts


def stored(shop: Shop) -> list[str]:
    """The tables of the history, in the order of their names, each as often as it was stored."""
    query = "SELECT dataset_name FROM history.baselinr_runs ORDER BY dataset_name"
    return [name for (name,) in shop.superuser.execute(query)]


@contextmanager
def running_job(shop: Shop, **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    with command("job", "execute", "-f", shop.code, "-j", JOB, source=shop, **options) as process:
        yield process


def fails(job: subprocess.Popen[bytes]) -> bool:
    """Wait for the end of a run, and tell whether it failed."""
    return job.wait(150) != 0


def recorded(instance: DagsterInstance, name: str) -> int:
    return len(instance.fetch_materializations(AssetKey(f"baselinr_{name}"), limit=9).records)


def waits_for_b(shop: Shop, instance: DagsterInstance) -> int:
    """Wait until `a` is recorded and `b` is being read; return the ID of the binary's process."""
    eventually("a is materialized", lambda: recorded(instance, "a"))
    query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    eventually("b is read", lambda: shop.superuser.execute(query).fetchone() == (1,))
    (process,) = processes("profile", shop.config)
    return process


def parent(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


def failure(instance: DagsterInstance) -> str:
    """What the latest run's one failed step says."""
    latest = instance.get_runs(limit=1)[0]
    assert latest.status == DagsterRunStatus.FAILURE
    (failed,) = (
        e.dagster_event.step_failure_data
        for e in instance.all_logs(latest.run_id)
        if e.dagster_event and e.dagster_event.is_step_failure
    )
    said = failed.user_failure_data and failed.user_failure_data.description
    return str(said or failed.error_display_string)


def test_a_killed_binary_keeps_what_is_done_and_the_next_run_does_the_rest(
    shop: Shop, instance: DagsterInstance
) -> None:
    with running_job(shop) as job, locked(shop, "b"):
        os.kill(waits_for_b(shop, instance), signal.SIGKILL)
        assert fails(job)
    assert "signal 9" in failure(instance)
    assert "without a result: public.b" in failure(instance)
    assert stored(shop) == ["a"]
    assert run(build_baselinr_definitions(shop.config), instance).success
    assert stored(shop) == ["a", "a", "b"]


def test_a_killed_step_fails_the_run_and_takes_the_binary_with_it(
    shop: Shop, instance: DagsterInstance
) -> None:
    with running_job(shop) as job, locked(shop, "b"):
        binary = waits_for_b(shop, instance)
        os.kill(parent(binary), signal.SIGKILL)
        assert fails(job)
        eventually("the binary has ended", lambda: not processes("profile", shop.config), 15)
    assert "ChildProcessCrashException" in failure(instance)  # which is Dagster's own
    assert stored(shop) == ["a"]
    assert (recorded(instance, "a"), recorded(instance, "b")) == (1, 0)
    assert not recorded(instance, "summary")


def test_a_run_whose_machine_is_lost_leaves_no_process_and_nothing_halfway(
    shop: Shop, instance: DagsterInstance
) -> None:
    with running_job(shop) as job, locked(shop, "b"):
        binary = waits_for_b(shop, instance)
        for process in (job.pid, parent(binary)):  # the run's and the step's, at once
            os.kill(process, signal.SIGKILL)
        eventually("the binary has ended", lambda: not processes("profile", shop.config), 15)
    assert stored(shop) == ["a"]
    assert not recorded(instance, "b")
    (lost,) = instance.get_runs()
    assert lost.status == DagsterRunStatus.STARTED  # until it is terminated


def test_runs_go_on_without_the_daemon_and_wait_for_it(
    shop: Shop, instance: DagsterInstance
) -> None:
    home = shop.folder / "dagster_home"
    (home / "dagster.yaml").write_text("concurrency: {runs: {max_concurrent_runs: 1}}")
    program = [Path(sys.executable).with_name("dagster-daemon")]

    def statuses() -> list[DagsterRunStatus]:
        return [it.status for it in instance.get_runs(ascending=True)]

    launch = ("job", "launch", "-f", shop.code, "-j", JOB)
    with command(*launch, source=shop) as one, command(*launch, source=shop) as two:
        assert not fails(one)
        assert not fails(two)
    queued, success = DagsterRunStatus.QUEUED, DagsterRunStatus.SUCCESS
    assert statuses() == [queued] * 2

    with locked(shop, "b"), command("run", "-f", shop.code, source=shop, program=program) as daemon:
        waits_for_b(shop, instance)
        daemon.kill()
        daemon.wait()
        assert processes("profile", shop.config)
    eventually("the first run ends without a daemon", lambda: set(statuses()) == {queued, success})
    assert stored(shop) == ["a", "b"]

    with command("run", "-f", shop.code, source=shop, program=program) as daemon:
        eventually("the second run ends with another daemon", lambda: statuses() == [success] * 2)
        daemon.send_signal(signal.SIGINT)
        daemon.wait(60)
    assert stored(shop) == ["a", "a", "b", "b"]
    assert recorded(instance, "summary") == 2


def messages(binary: int) -> Path:
    """The file of messages that the binary has open."""
    files = {entry.readlink() for entry in Path(f"/proc/{binary}/fd").iterdir()}
    (messages,) = (file for file in files if file.parent.name.startswith("baselinr-pipes-"))
    return messages


def remove(file: Path) -> None:
    shutil.rmtree(file.parent)


def empty(file: Path) -> None:
    os.truncate(file, 0)


@pytest.mark.parametrize(
    ("fault", "message"),
    [(remove, "messages: the message file was deleted"), (empty, "without a result: public.b")],
)
def test_losing_the_file_of_messages_fails_the_step(
    shop: Shop, instance: DagsterInstance, fault: Callable[[Path], None], message: str
) -> None:
    with running_job(shop) as job:
        with locked(shop, "b"):
            fault(messages(waits_for_b(shop, instance)))
        assert fails(job)
    said = failure(instance)
    assert message in said
    assert recorded(instance, "a") == 1
    # What was written to a file that is gone is read all the same, by who has it open.
    assert recorded(instance, "b") == ("without a result: public.b" not in said)
    assert not recorded(instance, "summary")


def test_a_disk_that_is_full_of_messages_fails_the_step_by_name(
    shop: Shop, instance: DagsterInstance
) -> None:
    """The disk is a small one of the run's own, or a limit on files where none can be made."""
    names = [f"wide_{i:02}" for i in range(12)]
    columns = ", ".join(f"column_{i} int" for i in range(100))
    shop.execute(*(f"CREATE TABLE {name} ({columns})" for name in names))
    shop.configure_doors(*names)
    small = shop.folder / "small"
    small.mkdir()
    job: tuple[str, ...] = (sys.executable, "-m", "dagster")
    alone = ("unshare", "--user", "--map-root-user", "--mount")
    variables = {"TMPDIR": str(small)}
    if subprocess.run([*alone, "true"], capture_output=True).returncode == 0:
        mount = f"mount -t tmpfs -o size=64k none {small}"
        job = (*alone, "sh", "-c", f'{mount} && exec "$0" "$@"', *job)
    else:
        limited = shop.folder / "limited"
        limited.write_text(
            f'#!/bin/sh\nulimit -f 64\nexec {os.environ["BASELINR_PIPES_BINARY"]} "$@"\n'
        )
        limited.chmod(0o755)
        variables["BASELINR_PIPES_BINARY"] = str(limited)
    with running_job(shop, program=job, variables=variables) as it:
        assert fails(it)
    done = [name for name in names if recorded(instance, name)]
    assert 0 < len(done) < len(names)
    said = failure(instance)
    assert "no space left on device" in said or "file too large" in said or "SIGXFSZ" in said
    assert all((f"public.{name}" in said) == (name not in done) for name in names)
    assert not recorded(instance, "summary")


def test_a_store_that_goes_down_fails_the_table_and_the_next_run_stores_it(
    shop: Shop, instance: DagsterInstance
) -> None:
    with running_job(shop) as job:
        with locked(shop, "b"):
            waits_for_b(shop, instance)
            shop.store_door.cut()
        assert fails(job)
    said = failure(instance)
    assert "public.b" in said
    assert "store" in said
    assert str(shop.login["password"]) not in said
    assert stored(shop) == ["a"]
    assert (recorded(instance, "a"), recorded(instance, "b")) == (1, 0)

    shop.store_door.open()
    assert run(build_baselinr_definitions(shop.config), instance).success
    assert stored(shop) == ["a", "a", "b", "b"]
    assert (recorded(instance, "a"), recorded(instance, "b")) == (2, 1)


def test_a_source_that_goes_down_fails_the_tables_that_it_still_had(
    shop: Shop, instance: DagsterInstance
) -> None:
    with running_job(shop) as job, locked(shop, "b"):
        waits_for_b(shop, instance)
        shop.source_door.cut()
        assert fails(job)
    said = failure(instance)
    assert "public.b: " in said
    assert "cannot be reached" in said
    assert str(shop.login["password"]) not in said
    assert stored(shop) == ["a"]
    assert (recorded(instance, "a"), recorded(instance, "b")) == (1, 0)
    assert not recorded(instance, "summary")
