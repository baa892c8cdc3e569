"""Names: which asset a table is, and what Dagster allows in a name and in a tag's value."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from dagster import (
    AssetKey,
    AssetSpec,
    DagsterInvalidDefinitionError,
    MetadataValue,
    RepositoryDefinition,
)

from .plan import Plan, PlannedTable

# In a spec's metadata: which table an asset is, and of which set. The sensor finds assets by them.
TABLE_METADATA = "baselinr/table"
PREFIX_METADATA = "baselinr/asset_prefix"


def assets_of(prefix: str, specs: Iterable[AssetSpec]) -> dict[str, AssetKey]:
    """Return the keys, by table ID, of the assets that profile with names of a prefix."""
    return {
        str(spec.metadata[TABLE_METADATA]): spec.key
        for spec in specs
        if spec.metadata.get(PREFIX_METADATA) == prefix
    }


def loaded_specs(repository: RepositoryDefinition) -> Iterator[AssetSpec]:
    """Yield the specs of all assets that a code location has loaded."""
    for key, definition in repository.assets_defs_by_key.items():
        yield definition.get_asset_spec(key)


def plain(value: Any) -> Any:
    """Return what a value of metadata holds; anything else as it is."""
    return value.value if isinstance(value, MetadataValue) else value


def safe_name(name: str) -> str:
    """Make what Dagster does not allow in a name, all but `[A-Za-z0-9_]`, into `_`."""
    return re.sub(r"[^A-Za-z0-9_]", "_", name)


def distinct_names(keys: Iterable[AssetKey]) -> dict[AssetKey, str]:
    """Return a name of each key: its parts, and, where other keys have these too, a hash of it."""
    names = {key: safe_name("_".join(key.path)) for key in keys}
    wanted = Counter(names.values())
    return {
        key: name
        if wanted[name] == 1
        else f"{name}_{hashlib.sha256(key.to_string().encode()).hexdigest()[:8]}"
        for key, name in names.items()
    }


def safe_tag(value: object) -> str:
    """Make a tag's value of anything: `[A-Za-z0-9_.-]`, at most 63 characters."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", str(value))[:63]


def named_tables(plan: Plan, prefix: str) -> list[PlannedTable]:
    """Return the plan's tables with their `asset_name` filled in.

    It is `{prefix}_{table}`. Where tables of several schemas would share that, the one in the
    source's default schema keeps it, so that its asset's history goes on, and the others get
    `{prefix}_{schema}_{table}`. Names that are still equal are left for `check_distinct`.
    """

    def short(t: PlannedTable) -> str:
        return safe_name(f"{prefix}_{t.table}")

    wanted = Counter(short(t) for t in plan.tables)
    return [
        replace(t, asset_name=short(t))
        if wanted[short(t)] == 1 or t.schema in (None, plan.default_schema)
        else replace(t, asset_name=safe_name(f"{prefix}_{t.schema}_{t.table}"))
        for t in plan.tables
    ]


def check_distinct(keys: Mapping[str, AssetKey]) -> None:
    """Check that no two of these, keyed by what they stand for, are the same asset.

    Raises:
        DagsterInvalidDefinitionError: naming both, and how to give one of them another key.
    """
    seen: dict[AssetKey, str] = {}
    for what, key in keys.items():
        if key in seen:
            raise DagsterInvalidDefinitionError(
                f"{seen[key]} and {what} would both be the asset {key.to_user_string()!r}: give one"
                " another key with a Translator, as in"
                " create_profiling_assets(..., translator=MyTranslator()); or another prefix"
            )
        seen[key] = what


def listed(ids: Sequence[str], limit: int = 10) -> str:
    """Join IDs for a person, the first `limit` of them and how many more there are."""
    more = len(ids) - limit
    return ", ".join(ids[:limit]) + (f" and {more} more" if more > 0 else "")
