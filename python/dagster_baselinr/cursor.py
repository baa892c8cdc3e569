"""What the plan sensor remembers from one tick to the next."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .plan import Plan, PlannedTable

CURSOR_VERSION = 2

# Of each table. 5,000 of them take 53 KB; a MySQL text column, which may hold it, ends at 64.
PLAN_BYTES = 5
OCCASION_BYTES = 3
TABLE_BYTES = PLAN_BYTES + OCCASION_BYTES


@dataclass(frozen=True)
class Memory:
    """Hashes of the plans of tables that were requested, each with that of the occasion.

    `note` says what became of a cursor that is not of this form.
    """

    plans: Mapping[bytes, bytes]
    note: str | None = None

    def knows(self, table: PlannedTable) -> bool:
        """Whether the table's plan is one that was requested."""
        return _plan_hash(table) in self.plans

    def asked(self, table: PlannedTable) -> bool:
        """Whether the table was requested on the occasion that its plan names."""
        return self.plans.get(_plan_hash(table)) == _occasion_hash(table.occasion)


def write_cursor(
    plan: Plan, tables: Iterable[PlannedTable], asked: Iterable[str], before: Memory
) -> str:
    """Return the cursor after a tick.

    `tables` are those whose plans have been requested, now or before; `asked` are the IDs of those
    that this tick requests. The others keep the occasion on which they were requested last.
    """
    now = set(asked)

    def entry(t: PlannedTable) -> bytes:
        key = _plan_hash(t)
        occasion = _occasion_hash(t.occasion) if t.id in now else before.plans.get(key, NO_OCCASION)
        return key + occasion

    return json.dumps(
        {
            "version": CURSOR_VERSION,
            "signature": plan.signature,
            "tables": base64.b64encode(b"".join(sorted(map(entry, tables)))).decode(),
        }
    )


def read_cursor(cursor: str | None, plan: Plan) -> Memory:
    """Return what a cursor tells; nothing where it is empty, and a note where it is damaged.

    One of an earlier version, or of the Python tool `baselinr`, keeps what it tells.
    """
    if not cursor:
        return Memory({})
    try:
        fields = json.loads(cursor)
        version = fields.get("version")
        if version in (1, CURSOR_VERSION):
            return Memory(_entries(base64.b64decode(fields["tables"], validate=True), version))
        if version is None and isinstance(fields["tables"], dict):
            return _of_the_python_tool(fields, plan)
        why = f"is of version {version}, and this release knows {CURSOR_VERSION}"
    except (ValueError, TypeError, KeyError, AttributeError, binascii.Error):
        why = "cannot be read"
    return Memory({}, f"the sensor's cursor {why}: every table counts as new")


NO_OCCASION = bytes(OCCASION_BYTES)


def _entries(data: bytes, version: int) -> dict[bytes, bytes]:
    """Split a cursor's bytes. Version 1 had more of the plan's hash, and no occasion."""
    return {
        data[i : i + PLAN_BYTES]: (
            NO_OCCASION if version == 1 else data[i + PLAN_BYTES : i + TABLE_BYTES]
        )
        for i in range(0, len(data), TABLE_BYTES)
    }


def _of_the_python_tool(fields: Mapping[str, Any], plan: Plan) -> Memory:
    """Return what the cursor of `baselinr`'s sensor tells: the tables that are planned as there.

    It holds metrics, partition and sampling of each table, and the strategy of drift. A table that
    reads a part of its rows counts as changed, since what the tool wrote there was not applied.
    """
    entries = {(t["schema"], t["name"]): t for t in fields["tables"].values()}

    def same(t: PlannedTable) -> bool:
        there = entries.get((t.schema, t.table))
        if there is None and t.schema == plan.default_schema:
            there = entries.get((None, t.table))
        return (
            there is not None
            and t.whole
            and not there["partition"]
            and not there["sampling"]
            and set(there["metrics"]) == set(t.metrics)
            and fields["drift_strategy"] == t.drift_strategy
        )

    kept = [t for t in plan.tables if same(t)]
    return Memory(
        {_plan_hash(t): NO_OCCASION for t in kept},
        f"the sensor's cursor is of the Python tool baselinr: of {len(plan.tables)} tables"
        f" {len(kept)} are planned as there, and need no run",
    )


def _plan_hash(table: PlannedTable) -> bytes:
    return hashlib.sha256(f"{table.id}\0{table.signature}".encode()).digest()[:PLAN_BYTES]


def _occasion_hash(occasion: str | None) -> bytes:
    return hashlib.sha256(occasion.encode()).digest()[:OCCASION_BYTES] if occasion else NO_OCCASION
