"""What would be profiled, as the binary says it; nothing is worked out here."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dagster import Failure

from .binary import ask

PLAN_VERSION = 1


@dataclass(frozen=True)
class PlannedTable:
    """One table of a plan.

    `id` is `schema.table`, or `table` where the engine has no schemas. `signature` changes when
    anything changes that a profile of the table depends on. `asset_name` is the name that its
    asset has unless a translator gives another. `drift_tests` are the tests of the strategy
    `statistical`, None where the strategy is another. `partition_key` is the column that the
    config names as the key of its partitions.
    """

    id: str
    database: str | None
    schema: str | None
    table: str
    metrics: tuple[str, ...]
    drift_strategy: str
    signature: str
    engine: str
    asset_name: str = ""
    whole: bool = True
    occasion: str | None = None
    reason: str | None = None
    drift_tests: tuple[str, ...] | None = None
    partition_key: str | None = None


@dataclass(frozen=True)
class Plan:
    """The tables that a config asks for, sorted by ID.

    `out_of_date` says why, and since when, where the source failed and the plan is that of what
    its catalog said before. `due_unknown` says why it is not known which tables have an occasion.
    `database` is the source's, a file where the engine is SQLite.
    """

    environment: str
    signature: str
    drift_strategy: str
    engine: str
    default_schema: str | None
    estimated_metrics: int
    tables: tuple[PlannedTable, ...]
    out_of_date: str | None = None
    due_unknown: str | None = None
    database: str | None = None


def load_plan(
    config_path: str | os.PathLike[str],
    *,
    timeout: float | None = None,
    max_age: float | None = None,
    changes: bool = False,
) -> Plan:
    """Ask the binary for the plan of a config file.

    What the source's catalog said up to `max_age` seconds ago is taken for what it says; the
    config says how many where this does not. Where the source fails, what it said last is taken,
    and a warning logged.

    Raises:
        Failure: where the binary is missing, the config is bad, or a pattern needs a source that
            does not answer (within `timeout` seconds) and never did; the text is the binary's own.
    """
    age = [] if max_age is None else ["--max-age", f"{max_age:g}s"]
    asked = [*age, "--changes"] if changes else age
    return read_plan(ask("plan", "--config", os.fspath(config_path), *asked, timeout=timeout))


def read_plan(answer: Mapping[str, Any]) -> Plan:
    """Read a plan in the binary's own form, which `baselinr-pipes plan -o json` writes.

    Raises:
        Failure: where the binary that wrote it is of another release.
    """
    if answer["version"] != PLAN_VERSION:
        raise Failure(
            f"this dagster-baselinr reads plans of version {PLAN_VERSION}, and the binary writes"
            f" version {answer['version']}: install the two of one release",
            allow_retries=False,
        )
    engine = answer["source"]["type"]
    failed = (answer["discovery"] or {}).get("from") == "last_known"
    return Plan(
        environment=answer["environment"],
        signature=answer["signature"],
        drift_strategy=answer["drift_strategy"],
        engine=engine,
        default_schema=answer["source"].get("default_schema"),
        estimated_metrics=answer["estimated_metrics"],
        tables=tuple(_table(t, engine) for t in answer["tables"] or ()),
        out_of_date=answer["warnings"][0] if failed else None,
        due_unknown=next((w for w in answer["warnings"] if w.startswith("--changes: ")), None),
        database=answer["source"].get("database"),
    )


def _table(t: Mapping[str, Any], engine: str) -> PlannedTable:
    change = t.get("change") or {}
    tests = t.get("drift_tests")  # a stored plan of an earlier release has none
    return PlannedTable(
        id=t["id"],
        database=t.get("database"),
        schema=t.get("schema"),
        table=t["table"],
        metrics=tuple(t["metrics"]),
        drift_strategy=t["drift_strategy"],
        signature=t["signature"],
        engine=engine,
        whole=not t["partition"] and not t["sampling"],
        occasion=change.get("occasion"),
        reason=change.get("reason"),
        drift_tests=None if tests is None else tuple(tests),
        partition_key=t.get("partition_key"),
    )
