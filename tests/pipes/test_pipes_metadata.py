"""Every type of metadata arrives, and is stored by Dagster as the type it should be."""

import datetime
from collections.abc import Callable
from typing import Any

import dagster as dg

Value = dg.MetadataValue

COLUMNS = [
    dg.TableColumn(
        "id",
        "int",
        description="the key",
        constraints=dg.TableColumnConstraints(nullable=False, unique=True, other=["> 0"]),
        tags={"pii": "no"},
    ),
    dg.TableColumn("name"),
]


def nested(levels: int) -> Any:
    return "bottom" if levels == 0 else [nested(levels - 1)]


EXPECTED: dict[str, dg.MetadataValue] = {
    "text": Value.text("hello"),
    "text empty": Value.text(""),
    "text unicode": Value.text("ü日😀\u2028\u0085\x00"),
    "text broken": Value.text("a\ufffdb"),
    "url": Value.url("https://dagster.io/?a=1&b=<2>"),
    "path": Value.path("/dev/null"),
    "notebook": Value.notebook("n.ipynb"),
    "md": Value.md("**bold**"),
    "int": Value.int(-1),
    "int past 2^53": Value.int(2**53 + 1),
    "int unsigned": Value.int(2**64 - 1),
    "float": Value.float(0.1),
    "float whole": Value.float(1.0),
    "float large": Value.float(1e300),
    "float nan": Value.text("NaN"),
    "float infinite": Value.text("-Infinity"),
    "bool": Value.bool(False),
    "null": Value.null(),
    "zero": Value.null(),
    "json": Value.json({"a": [1, 1.5, None, True, "x"], "b": {}}),
    "json empty": Value.json({}),
    "json list": Value.json(["a"]),
    "json null": Value.json(None),  # type: ignore[arg-type]
    "json string": Value.json("x"),
    "json number": Value.int(5),
    "json bool": Value.bool(True),
    "json nan": Value.json(["NaN", 1]),
    "json deep": Value.json(nested(190)),
    "json digits": Value.int(10**2999),
    "table": Value.table(
        [
            dg.TableRecord({"id": 1, "name": "x"}),
            dg.TableRecord({"id": None, "name": "Infinity"}),
            dg.TableRecord({"id": 2**64 - 1, "name": True}),
            dg.TableRecord({"id": 2.0, "name": "2024-01-02T03:04:05.6Z"}),
        ],
        schema=dg.TableSchema(COLUMNS),
    ),
    "table empty": Value.table([], schema=dg.TableSchema(COLUMNS)),
    "table nothing": Value.table([], schema=dg.TableSchema([])),
    "table_schema": Value.table_schema(dg.TableSchema(COLUMNS)),
    "table_lineage": Value.column_lineage(
        dg.TableColumnLineage(
            {
                "total": [
                    dg.TableColumnDep(dg.AssetKey(["shop", "orders"]), "price"),
                    dg.TableColumnDep(dg.AssetKey(["a/b"]), "tax"),
                ]
            }
        )
    ),
    "dagster_run": Value.dagster_run("db892d7f-0031-4747-973d-22e8b9095d9d"),
    "asset": Value.asset(dg.AssetKey(["foo", "bar"])),
    "timestamp": Value.timestamp(
        datetime.datetime(2024, 1, 2, 3, 4, 5, 600_000, tzinfo=datetime.timezone.utc)
    ),
    "timestamp old": Value.timestamp(-62135596800.0),
    "infer text": Value.text("x"),
    "infer int": Value.int(7),
    "infer float": Value.float(2.0),
    "infer bool": Value.bool(True),
    "infer null": Value.null(),
    "infer object": Value.json({"a": 1}),
    "infer list": Value.json([1]),
    "infer nan": Value.text("NaN"),
    "dagster/row_count": Value.int(3),
    "": Value.text("the empty key"),
    "ü key\n": Value.text("an odd key"),
}


def test_every_type_is_stored(run_probe: Callable[..., Any]) -> None:
    keys = ["a", "b", "c", "d"]
    run = run_probe("--scenario", "metadata", keys=keys)
    assert run.execution.success
    stored: dict[str, dg.MetadataValue] = {}
    for key in keys:
        materialization = run.materialization(key)
        stored |= materialization.metadata
        assert materialization.tags is not None
        assert materialization.tags["dagster/data_version"] == "v1"
    assert stored == EXPECTED
    # Python holds 1 == 1.0 == True; Dagster does not.
    for key, value in EXPECTED.items():
        assert type(stored[key]) is type(value), key
        assert type(stored[key].value) is type(value.value), key
