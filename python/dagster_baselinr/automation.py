"""Declarative automation: a condition for assets that create_profiling_assets makes."""

from typing import Any

from dagster import AutomationCondition


def plan_changed() -> AutomationCondition[Any]:
    """Return a condition that runs a table's asset when its plan changes, or it was never run.

    An asset's code version is its table's signature, which changes when, and only when, anything
    changes that its profile depends on. Dagster compares it with the one at the last tick of its
    automation sensor, so a change is seen once the code location has been reloaded. As with
    `AutomationCondition.eager()`, a run waits for assets that this one depends on and that are
    missing, and for a run of the asset itself.
    """
    changed: AutomationCondition[Any] = (
        AutomationCondition.code_version_changed() | AutomationCondition.newly_missing()
    )
    # A profile that ends meanwhile may be of the plan before: a later request settles it.
    settled: AutomationCondition[Any] = (
        AutomationCondition.newly_requested() & ~AutomationCondition.code_version_changed()
    )
    return (
        changed.since(settled)
        & ~AutomationCondition.any_deps_missing()
        & ~AutomationCondition.in_progress()
    ).with_label("plan_changed")
