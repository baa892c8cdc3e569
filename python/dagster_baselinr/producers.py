"""Which assets make the tables of a plan."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from dagster import (
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    DagsterInvalidDefinitionError,
    Definitions,
)

from .keys import PREFIX_METADATA, plain
from .plan import Plan, PlannedTable, load_plan

# What dbt's assets, Sling's, and others' say their table is.
TABLE_NAME = "dagster/table_name"

Assets: TypeAlias = Definitions | Iterable[AssetsDefinition | AssetSpec]
Producers: TypeAlias = Mapping[str, AssetKey | str] | Assets


def find_producers(
    assets: Assets, config_path: str | os.PathLike[str], *, plan: Plan | None = None
) -> dict[str, AssetKey]:
    """Return the keys of the assets that make the tables of a config, by table ID.

    An asset makes the table that its metadata `dagster/table_name` names: `table`,
    `schema.table` or `database.schema.table`, with quotes or without. What either side leaves out
    fits anything, and upper and lower case are the same unless both spellings are there. Tables
    that no asset makes are left out. The plan is asked of the binary where it is not given.

    Raises:
        Failure: where the binary gives no plan; the text is its own.
        DagsterInvalidDefinitionError: where two assets would make one table.
    """
    plan = plan or load_plan(config_path)
    makers: dict[str, list[tuple[tuple[str, ...], AssetKey]]] = {}
    for name, key in _named(assets):
        makers.setdefault(name[-1].casefold(), []).append((name, key))

    found = {}
    for table in plan.tables:
        candidates = makers.get(table.table.casefold(), [])
        fits = {key for name, key in candidates if _fits(name, _names(table, plan))}
        if not fits:
            fits = {
                key for name, key in candidates if _fits(_folded(name), _names(table, plan, True))
            }
        if len(fits) > 1:
            raise DagsterInvalidDefinitionError(
                f"the table {table.id!r} is made by several assets, as their {TABLE_NAME} says:"
                f" {', '.join(sorted(key.to_user_string() for key in fits))}; say which, as in"
                f" producers={{{table.id!r}: {min(fits).to_user_string()!r}}}"
            )
        if fits:
            found[table.id] = fits.pop()
    return found


def producers_of(
    producers: Producers | None, config_path: str | os.PathLike[str], plan: Plan
) -> dict[str, AssetKey]:
    """Return the keys of producers, which are given by table ID or to be found among assets.

    Raises:
        DagsterInvalidDefinitionError: as `find_producers`; and where the plan has no such table.
    """
    if producers is None:
        return {}
    if not isinstance(producers, Mapping):
        return find_producers(producers, config_path, plan=plan)
    unknown = sorted(set(producers) - {table.id for table in plan.tables})
    if unknown:
        raise DagsterInvalidDefinitionError(
            f"producers names the table {unknown[0]!r}, which the config does not ask for"
        )
    return {id: AssetKey.from_coercible(key) for id, key in producers.items()}


def all_specs(assets: Assets) -> Iterable[AssetSpec]:
    """Return the specs of all assets."""
    if isinstance(assets, Definitions):
        return assets.resolve_all_asset_specs()
    # No definitions are made of them: these would want the resources, which may be elsewhere.
    return [
        spec for it in assets for spec in (it.specs if isinstance(it, AssetsDefinition) else [it])
    ]


def _named(assets: Assets) -> Iterator[tuple[tuple[str, ...], AssetKey]]:
    """Yield the parts of each asset's table name; those that profile make no table."""
    for spec in all_specs(assets):
        name = spec.metadata.get(TABLE_NAME)
        if name is not None and PREFIX_METADATA not in spec.metadata:
            text = str(plain(name))
            yield tuple(part.strip('"`[]') for part in text.split(".")), spec.key


def _names(table: PlannedTable, plan: Plan, folded: bool = False) -> tuple[str | None, ...]:
    """Return database, schema and name of a table; None for what is not known of it."""
    schema = table.schema or plan.default_schema
    # An engine without schemas has one database: its name is nobody's concern.
    database = table.database or (plan.database if schema else None)
    names = (database, schema, table.table)
    return tuple(n.casefold() if n and folded else n for n in names)


def _folded(name: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(part.casefold() for part in name)


def _fits(name: tuple[str, ...], names: tuple[str | None, ...]) -> bool:
    pairs = zip(reversed(name), reversed(names), strict=False)
    return all(part == known for part, known in pairs if known is not None)
