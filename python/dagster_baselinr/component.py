"""The component for `dg`: the definitions of a config, declared in YAML."""

# No `from __future__ import annotations` here: Dagster makes the YAML's schema of the annotations.

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import dagster as dg
from dagster.components import (
    ComponentLoadContext,
    DefsStateConfig,
    DefsStateConfigArgs,
    ResolutionContext,
    Resolvable,
    Resolver,
    Scaffolder,
    ScaffoldRequest,
    StateBackedComponent,
    scaffold_component,
    scaffold_with,
)
from dagster.components.utils.translation import TranslationFn, TranslationFnResolver
from pydantic import BaseModel, Field

from .binary import ask
from .definitions import build_baselinr_definitions
from .elsewhere import Launch
from .partitions import Partitions
from .plan import Plan, PlannedTable, read_plan
from .translator import Translator

REFRESH = "dg utils refresh-defs-state"

SAMPLE_CONFIG = """\
# What is profiled, and where the history goes. Relative paths start at the working directory.
environment: development
source:
  type: sqlite
  filepath: warehouse.db
storage:
  connection:
    type: sqlite
    filepath: history.db
profiling:
  tables:
    - pattern: "*"
"""


class ScaffoldParams(BaseModel):
    """What `dg scaffold defs` takes."""

    config_path: str | None = Field(
        default=None,
        description="The config that exists already; without it a small one is written.",
    )


class BaselinrScaffolder(Scaffolder[ScaffoldParams]):
    """Writes the component's YAML, and a small config beside it where none is given."""

    @classmethod
    def get_scaffold_params(cls) -> type[ScaffoldParams]:
        """Return the model of the parameters."""
        return ScaffoldParams

    def scaffold(self, request: ScaffoldRequest[ScaffoldParams]) -> None:
        """Write the files."""
        folder = request.target_path.parent if request.append else request.target_path
        path = request.params.config_path
        if path is None:
            path = "baselinr.yml"
            if not (folder / path).exists():
                (folder / path).write_text(SAMPLE_CONFIG, encoding="utf-8")
        else:
            path = Path(os.path.relpath(path, folder)).as_posix()
        scaffold_component(request, {"config_path": path})


class PlanStateArgs(DefsStateConfigArgs):
    """Where the plan is kept between loads."""

    refresh_if_dev: bool = Field(
        default=False,
        description="Whether `dagster dev` and `dg` ask for the plan at each load.",
    )


class RetryPolicyModel(dg.Model, dg.Resolvable):
    """Dagster's RetryPolicy, as YAML has it."""

    max_retries: int = 1
    delay: float | None = Field(default=None, description="Seconds before the first retry.")
    backoff: Literal["linear", "exponential"] | None = Field(
        default=None, description="How the delay grows."
    )
    jitter: Literal["full", "plus_minus"] | None = Field(
        default=None, description="How the delay varies at random."
    )


def _retry_policy(_: ResolutionContext, model: RetryPolicyModel | None) -> dg.RetryPolicy | None:
    if model is None:
        return None
    return dg.RetryPolicy(
        max_retries=model.max_retries,
        delay=model.delay,
        backoff=dg.Backoff[model.backoff.upper()] if model.backoff else None,
        jitter=dg.Jitter[model.jitter.upper()] if model.jitter else None,
    )


def _beside_the_yaml(context: ResolutionContext, path: str) -> str:
    return str(context.resolve_source_relative_path(path))


@scaffold_with(BaselinrScaffolder)
@dataclass
class BaselinrComponent(StateBackedComponent, Resolvable):
    """Profiles warehouse tables and tells how they drifted: an asset a table, a job, a sensor.

    The tables are those of the plan that `dg utils refresh-defs-state` wrote last. Loading the
    code location reads that plan, and neither the config nor the warehouse.
    """

    config_path: Annotated[
        str,
        Resolver(
            _beside_the_yaml,
            model_field_type=str,
            description="The config file; relative paths start at the folder of this YAML.",
            examples=["baselinr.yml"],
        ),
    ]
    asset_prefix: Annotated[
        str, Resolver.default(description="What the names of assets and of the sensor begin with.")
    ] = "baselinr"
    job_name: Annotated[
        str | None,
        Resolver.default(description="The job of all assets; default {asset_prefix}_profile_all."),
    ] = None
    group_name: Annotated[str, Resolver.default(description="The assets' group.")] = (
        "baselinr_profiling"
    )
    default_tags: Annotated[
        Mapping[str, str] | None, Resolver.default(description="Tags of every asset.")
    ] = None
    default_metadata: Annotated[
        Mapping[str, Any] | None,
        Resolver.default(description="Metadata of every materialization."),
    ] = None
    enable_sensor: Annotated[
        bool, Resolver.default(description="Whether there is a sensor that runs what changed.")
    ] = True
    translation: (
        Annotated[
            TranslationFn[PlannedTable],
            TranslationFnResolver[PlannedTable](
                template_vars_for_translation_fn=lambda table: {"table": table}
            ),
        ]
        | None
    ) = None
    producers: Annotated[
        Mapping[str, str] | None,
        Resolver.default(
            description="The keys of the assets that make the tables, by table ID: what the"
            " profiles depend on.",
            examples=[{"shop.orders": "raw/orders"}],
        ),
    ] = None
    tables_per_step: Annotated[
        int | None,
        Resolver.default(description="How many tables a step holds at most; all by default."),
    ] = None
    pool: Annotated[
        str | None,
        Resolver.default(
            description="Dagster's pool of the steps that profile, which limits how many run.",
            examples=["warehouse"],
        ),
    ] = None
    op_tags: Annotated[
        Mapping[str, Any] | None,
        Resolver.default(description="Tags of the steps that profile, for executors to read."),
    ] = None
    retry_policy: Annotated[
        dg.RetryPolicy | None,
        Resolver(
            _retry_policy,
            model_field_type=RetryPolicyModel | None,
            description="When a step that failed is tried again; what is missing is profiled.",
            examples=[{"max_retries": 2, "delay": 60}],
        ),
    ] = None
    partitions_def: Annotated[
        Partitions | None,
        Resolver.default(
            model_field_type=str,
            description="The partitions of the tables: what a template variable is. In"
            " `translation` they can be written out.",
            examples=["{{ daily }}"],
        ),
    ] = None
    launch: Annotated[
        Launch | None,
        Resolver.default(
            model_field_type=str,
            description="What starts the binary elsewhere: a function that a template variable is.",
            examples=["{{ in_kubernetes }}"],
        ),
    ] = None
    report_dir: Annotated[
        str | None,
        Resolver(
            lambda context, path: path and _beside_the_yaml(context, path),
            model_field_type=str | None,
            description="A folder that exists, where each step writes an HTML report; relative"
            " paths start at the folder of this YAML.",
            examples=["reports"],
        ),
    ] = None
    report_url: Annotated[
        str | None,
        Resolver.default(
            description="The address of that folder for a browser.",
            examples=["https://reports.example.com"],
        ),
    ] = None
    defs_state: Annotated[
        PlanStateArgs,
        Resolver.default(
            description="Where the plan is kept, and whether it is asked for anew at each load."
        ),
    ] = field(
        default_factory=lambda: PlanStateArgs.model_validate(
            {"management_type": "LOCAL_FILESYSTEM"}
        )
    )

    @property
    def defs_state_config(self) -> DefsStateConfig:
        """Where the plan is kept; the key is the same on every machine."""
        path = _path_in_project(Path(self.config_path))
        return DefsStateConfig.from_args(
            self.defs_state, default_key=f"BaselinrComponent[{self.asset_prefix},{path}]"
        )

    def get_asset_spec(self, table: PlannedTable) -> dg.AssetSpec:
        """Return the spec of one table's asset, before `translation`; override it in a subclass."""
        return Translator().get_asset_spec(table)

    def write_state_to_path(self, state_path: Path) -> None:
        """Ask the binary for the plan, which asks the warehouse, and write it.

        Raises:
            Failure: where it gives none; the plan from before then stays.
        """
        state_path.write_text(json.dumps(ask("plan", "--config", self.config_path, "--refresh")))

    def build_defs_from_state(
        self, context: ComponentLoadContext, state_path: Path | None
    ) -> dg.Definitions:
        """Build the definitions of the plan; none, with a warning, where none was written yet.

        Raises:
            Failure: where what was written is no plan, or one of another release.
            DagsterInvalidDefinitionError: where two tables would be the same asset.
        """
        if state_path is None or not state_path.exists():
            logging.getLogger(__name__).warning(
                "BaselinrComponent in %s has no assets yet: its plan is not known; run `%s`",
                context.path,
                REFRESH,
            )
            return dg.Definitions()
        return build_baselinr_definitions(
            self.config_path,
            asset_prefix=self.asset_prefix,
            job_name=self.job_name or f"{self.asset_prefix}_profile_all",
            enable_sensor=self.enable_sensor,
            group_name=self.group_name,
            default_tags=self.default_tags,
            default_metadata=self.default_metadata,
            translator=_ComponentTranslator(self),
            producers=_asset_keys(self.producers),
            tables_per_step=self.tables_per_step,
            pool=self.pool,
            op_tags=self.op_tags,
            retry_policy=self.retry_policy,
            partitions_def=self.partitions_def,
            launch=self.launch,
            report_dir=self.report_dir,
            report_url=self.report_url,
            resource_key=self.asset_prefix,  # two components in a project have a resource each
            plan=_plan_in(state_path),
        )


class _ComponentTranslator(Translator):
    """Asks the component, whose class may be a user's, and then the YAML's `translation`."""

    def __init__(self, component: BaselinrComponent) -> None:
        self.component = component

    def get_asset_spec(self, table: PlannedTable) -> dg.AssetSpec:
        spec = self.component.get_asset_spec(table)
        translation = self.component.translation
        return translation(spec, table) if translation else spec


def _asset_keys(producers: Mapping[str, str] | None) -> dict[str, dg.AssetKey] | None:
    if producers is None:
        return None
    return {id: dg.AssetKey.from_user_string(key) for id, key in producers.items()}


def _plan_in(state_path: Path) -> Plan:
    try:
        return read_plan(json.loads(state_path.read_text()))
    except (ValueError, TypeError, KeyError, dg.Failure) as e:
        raise dg.Failure(
            f"the stored plan {state_path} cannot be read ({e}); run `{REFRESH}`",
            allow_retries=False,
        ) from None


def _path_in_project(path: Path) -> str:
    for folder in path.parents:
        if any((folder / name).is_file() for name in ("dg.toml", "pyproject.toml")):
            return path.relative_to(folder).as_posix()
    return path.as_posix()
