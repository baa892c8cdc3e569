"""A source that is down: what was declared by its catalog stays declared."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from dagster import DagsterInstance, Definitions, Failure, SensorResult, build_sensor_context
from dagster_baselinr import baselinr_plan_sensor, build_baselinr_definitions

from door import Door
from support import JOB, Postgres, Sqlite, failure, run

EVERY_TABLE = {"tables": [{"pattern": "*"}]}


@pytest.fixture
def door(postgres: Postgres) -> Iterator[Door]:
    info = postgres.superuser.info
    with closing(Door(info.host, info.port)) as door:
        yield door


def configure(postgres: Postgres, door: Door) -> str:
    source = {**postgres.connection(), "host": "127.0.0.1", "port": door.port}
    return postgres.configure(source=source, profiling=EVERY_TABLE, retry={"enabled": False})


def names(definitions: Definitions) -> set[str]:
    keys = definitions.resolve_asset_graph().get_all_asset_keys()
    return {key.to_user_string() for key in keys}


def test_a_code_location_loads_while_its_warehouse_is_down_and_says_so(
    postgres: Postgres, door: Door, caplog: pytest.LogCaptureFixture, instance: DagsterInstance
) -> None:
    postgres.execute("CREATE TABLE orders (id int)", "CREATE TABLE customers (id int)")
    config = configure(postgres, door)
    sensor = baselinr_plan_sensor(config_path=config, job_name=JOB)
    definitions = build_baselinr_definitions(config)
    assert names(definitions) == {"baselinr_orders", "baselinr_customers", "baselinr_summary"}

    def tick(cursor: str | None) -> Any:
        context = build_sensor_context(instance=instance, cursor=cursor, definitions=definitions)
        result = sensor(context)
        assert isinstance(result, SensorResult)
        return result

    first = tick(None)
    assert len(first.run_requests or []) == 1
    assert not caplog.messages

    door.close()
    second = tick(first.cursor)
    assert not second.run_requests
    assert second.cursor == first.cursor
    assert "THE SOURCE FAILED" in (second.skip_reason.skip_message or "")
    said = "\n".join(caplog.messages)
    assert "THE SOURCE FAILED" in said
    assert str(postgres.login["password"]) not in said

    again = build_baselinr_definitions(config)
    assert names(again) == names(definitions)
    result = run(again, instance, only=["baselinr_orders"])
    assert not result.success
    assert "cannot be reached" in failure(result)


def test_a_tick_sees_a_new_table_that_the_cache_does_not_know(
    postgres: Postgres, door: Door, instance: DagsterInstance
) -> None:
    postgres.execute("CREATE TABLE orders (id int)")
    config = configure(postgres, door)
    sensor = baselinr_plan_sensor(config_path=config, job_name=JOB)
    definitions = build_baselinr_definitions(config)
    postgres.execute("CREATE TABLE fresh (id int)")
    context = build_sensor_context(instance=instance, definitions=definitions)
    result = sensor(context)
    assert isinstance(result, SensorResult)
    # What it saw is what the location sees when it is reloaded.
    assert "baselinr_fresh" in names(build_baselinr_definitions(config))


def test_without_a_plan_from_before_the_failure_is_the_sources_own(sqlite: Sqlite) -> None:
    with pytest.raises(Failure, match=r"warehouse\.db"):
        build_baselinr_definitions(sqlite.configure(profiling=EVERY_TABLE))
