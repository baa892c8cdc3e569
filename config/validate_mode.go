package config

import (
	"fmt"
	"slices"
	"strings"
)

// mode checks that the engine, and what is asked of the tables, allow how they are to be measured.
func (c *checker) mode(cfg *Config) {
	const at = "execution.mode"
	if cfg.Execution.Mode != ModePushdown || c.failed(at) {
		return
	}
	if engine := cfg.Source.Type; !c.failed("source.type") && !slices.Contains(EnginesPushdown, engine) {
		c.warn(c.nearestPlace(at), at, fmt.Sprintf("pushdown: not built yet for %s; tables are streamed", engine),
			"built for "+strings.Join(EnginesPushdown, ", "))
		return
	}
	for i, d := range cfg.Datasets.Datasets {
		if d.Profiling == nil || d.Profiling.Partition == nil || !d.Profiling.Partition.KeepProfiles {
			continue
		}
		at := index("datasets.datasets", i) + ".profiling.partition.keep_profiles"
		c.fail(c.nearestPlace(at), at, "contradicts execution.mode: pushdown: profiles of partitions merge, which what an engine computes does not",
			"write execution.mode: stream, or take keep_profiles away")
	}
}
