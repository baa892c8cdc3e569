package cli

import (
	"time"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/profiler"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// profilerSettings are a config's, in the profiler's terms.
func (a *app) profilerSettings(c *config.Config) profiler.Settings {
	measured := metrics.DefaultSettings()
	measured.HistogramBins = c.Profiling.HistogramBins
	measured.TopValues = min(measured.TopValues, c.Profiling.MaxDistinctValues)
	measured.TypeSample = min(measured.TypeSample, c.Profiling.TypeSample)
	return profiler.Settings{
		Metrics: measured, Workers: workers(c), Retry: a.retry(c), Now: a.now,
		TableTimeout: seconds(c.Execution.TableTimeout),
	}
}

// workers is how many tables are read side by side.
func workers(c *config.Config) int {
	if limit, ok := c.Execution.WarehouseLimits[c.Source.Type]; ok {
		return min(limit, c.Execution.MaxWorkers)
	}
	return c.Execution.MaxWorkers
}

// retrySettings say how often a failure of the source or of the history is tried again.
func retrySettings(c *config.Config) warehouse.Retry {
	if !c.Retry.Enabled {
		return warehouse.Retry{}
	}
	return warehouse.Retry{
		Retries: c.Retry.Retries,
		Fixed:   c.Retry.BackoffStrategy == config.BackoffFixed,
		Min:     seconds(c.Retry.MinBackoff),
		Max:     seconds(c.Retry.MaxBackoff),
	}
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func orDefault[T any](x *T, other T) T {
	if x == nil {
		return other
	}
	return *x
}
