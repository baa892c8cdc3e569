"""Declarative automation, as its sensor evaluates it: after the producer, and by plan."""

from typing import Any

from dagster import (
    AssetKey,
    AssetSpec,
    AutomationCondition,
    DagsterInstance,
    Definitions,
    asset,
    evaluate_automation_conditions,
)
from dagster_baselinr import PlannedTable, Translator, create_profiling_assets, plan_changed

from support import Sqlite, run

EVERYTHING = "__ASSET_JOB"


class Evaluations:
    """The evaluations of a code location's conditions, one after the other."""

    def __init__(
        self, config: str, instance: DagsterInstance, condition: AutomationCondition[Any]
    ) -> None:
        self.config = config
        self.instance = instance
        self.condition = condition
        self.cursor: Any = None
        self.reload()

    def reload(self) -> None:
        condition = self.condition

        class Automated(Translator):
            def get_asset_spec(self, table: PlannedTable) -> AssetSpec:
                spec = super().get_asset_spec(table)
                return spec.replace_attributes(
                    deps=[AssetKey(table.table)], automation_condition=condition
                )

        @asset
        def orders() -> None: ...

        @asset
        def customers() -> None: ...

        assets = create_profiling_assets(self.config, translator=Automated())
        self.loaded = Definitions(assets=[orders, customers, *assets])

    def requested(self) -> list[str]:
        """Evaluate, run what is requested as the daemon does, and return its names."""
        result = evaluate_automation_conditions(self.loaded, self.instance, cursor=self.cursor)
        self.cursor = result.cursor
        graph = self.loaded.resolve_asset_graph()
        names = sorted(
            key.to_user_string()
            for key in graph.get_all_asset_keys()
            if result.get_num_requested(key) > 0
        )
        if names:
            self.make(*names)
        return names

    def make(self, *names: str) -> None:
        assert run(self.loaded, self.instance, only=names, job=EVERYTHING).success


def test_a_condition_on_the_plan_runs_the_tables_whose_plan_changed(
    sqlite: Sqlite, instance: DagsterInstance
) -> None:
    for name in ("orders", "customers"):
        sqlite.table(name)
    evaluations = Evaluations(sqlite.configure("orders"), instance, plan_changed())
    assert evaluations.requested() == []  # its table is not made yet
    evaluations.make("orders")
    assert evaluations.requested() == ["baselinr_orders"]
    assert evaluations.requested() == []

    sqlite.configure(profiling={"tables": [{"table": "orders"}], "metrics": ["count"]})
    assert evaluations.requested() == []  # the code location does not know yet
    evaluations.reload()
    assert evaluations.requested() == ["baselinr_orders"]
    assert evaluations.requested() == []
    evaluations.make("orders")
    assert evaluations.requested() == []  # data alone is not the plan

    both = {"tables": [{"table": "orders"}, {"table": "customers"}], "metrics": ["count"]}
    sqlite.configure(profiling=both)
    evaluations.reload()
    assert evaluations.requested() == []
    evaluations.make("customers")
    assert evaluations.requested() == ["baselinr_customers"]
    assert evaluations.requested() == []

    sqlite.configure(profiling={**both, "metrics": ["count", "mean"]})
    evaluations.make("baselinr_orders")  # by the code location's plan, which is the one before
    evaluations.reload()
    assert evaluations.requested() == ["baselinr_customers", "baselinr_orders"]


def test_eager_or_by_plan_runs_after_the_producer_too(
    sqlite: Sqlite, instance: DagsterInstance
) -> None:
    sqlite.table("orders")
    condition = AutomationCondition.eager() | plan_changed()
    evaluations = Evaluations(sqlite.configure("orders"), instance, condition)
    assert evaluations.requested() == []
    evaluations.make("orders")
    assert evaluations.requested() == ["baselinr_orders"]
    assert evaluations.requested() == []
    evaluations.make("orders")
    assert evaluations.requested() == ["baselinr_orders"]
    sqlite.configure(profiling={"tables": [{"table": "orders"}], "metrics": ["count"]})
    evaluations.reload()
    assert evaluations.requested() == ["baselinr_orders"]
    assert evaluations.requested() == []
