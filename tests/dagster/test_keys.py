"""Asset keys: the reference's, also where names collide."""

from dataclasses import replace

import pytest
from dagster import AssetKey, AssetSpec, DagsterInvalidDefinitionError
from dagster_baselinr import PlannedTable, Translator, create_profiling_assets
from dagster_baselinr.keys import named_tables, safe_tag
from dagster_baselinr.plan import Plan

from support import Postgres, Sqlite


def keys(config: str, translator: Translator | None = None) -> set[str]:
    (assets,) = create_profiling_assets(config, translator=translator)
    return {key.to_user_string() for key in assets.keys}


def test_what_dagster_does_not_allow_in_a_name_becomes_an_underscore(sqlite: Sqlite) -> None:
    names = ["plain", "with-dash", "with.dot", "with space", 'with "quotes"', "café 🦆"]
    for name in names:
        if '"' not in name:
            sqlite.table(name)
    assert keys(sqlite.configure(*names)) == {
        "baselinr_plain",
        "baselinr_with_dash",
        "baselinr_with_dot",
        "baselinr_with_space",
        "baselinr_with__quotes_",
        "baselinr_caf___",
        "baselinr_summary",
    }


def test_the_default_schema_keeps_the_short_key(postgres: Postgres) -> None:
    postgres.execute(
        "CREATE SCHEMA archive",
        "CREATE TABLE orders (n int)",
        "CREATE TABLE archive.orders (n int)",
        "CREATE TABLE archive.returns (n int)",
    )
    config = postgres.configure(
        {"schema": "public", "table": "orders"}, {"schema": "archive", "select_schema": True}
    )
    assert keys(config) == {
        "baselinr_orders",
        "baselinr_archive_orders",
        "baselinr_returns",
        "baselinr_summary",
    }


@pytest.mark.parametrize(
    ("tables", "named"),
    [(["a-b", "a b"], "'a b' and the table 'a-b'"), (["summary"], "'summary' and the summary")],
)
def test_what_still_collides_is_an_error_that_names_both_and_the_override(
    sqlite: Sqlite, tables: list[str], named: str
) -> None:
    for table in tables:
        sqlite.table(table)
    with pytest.raises(DagsterInvalidDefinitionError) as error:
        keys(sqlite.configure(*tables))
    assert named in str(error.value)
    assert "Translator" in str(error.value)


def test_a_translator_resolves_a_collision(sqlite: Sqlite) -> None:
    class Spelt(Translator):
        def get_asset_spec(self, table: PlannedTable) -> AssetSpec:
            spec = super().get_asset_spec(table)
            name = table.table.replace("-", "_dash_").replace(" ", "_space_")
            return spec.replace_attributes(key=AssetKey(["dq", name]), group_name="mine")

    for table in ("a-b", "a b"):
        sqlite.table(table)
    assert keys(sqlite.configure("a-b", "a b"), Spelt()) == {
        "dq/a_dash_b",
        "dq/a_space_b",
        "baselinr_summary",
    }


def test_a_new_schema_does_not_rename_an_asset_of_the_default_one() -> None:
    orders = PlannedTable("main.orders", None, "main", "orders", (), "", "", "postgres")
    plan = Plan("test", "", "", "postgres", "main", 0, (orders,))
    assert [t.asset_name for t in named_tables(plan, "p")] == ["p_orders"]
    more = replace(orders, id="new.orders", schema="new")
    assert [t.asset_name for t in named_tables(replace(plan, tables=(orders, more)), "p")] == [
        "p_orders",
        "p_new_orders",
    ]


def test_tags_are_made_safe() -> None:
    assert safe_tag("a/b c.d-e_f") == "a_b_c.d-e_f"
    assert len(safe_tag("x" * 100)) == 63
