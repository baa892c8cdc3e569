"""How severe drift is, in the binary's words."""

from collections.abc import Sequence
from typing import Literal, TypeAlias

Severity: TypeAlias = Literal["low", "medium", "high"]
SEVERITIES: Sequence[str] = ("low", "medium", "high")
NONE_AND_SEVERITIES: Sequence[str] = ("none", *SEVERITIES)

# A materialization's tag, and its metadata of the same meaning.
SEVERITY_TAG = "baselinr/drift_severity"
SEVERITY_METADATA = "drift_severity"
