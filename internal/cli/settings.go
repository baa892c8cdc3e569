package cli

import (
	"time"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/profiler"
)

// profilerSettings are a config's, in the profiler's terms.
func profilerSettings(c *config.Config, now func() time.Time) profiler.Settings {
	measured := metrics.DefaultSettings()
	measured.HistogramBins = c.Profiling.HistogramBins
	measured.TopValues = min(measured.TopValues, c.Profiling.MaxDistinctValues)
	s := profiler.Settings{Metrics: measured, Workers: c.Execution.MaxWorkers, Now: now}
	if c.Retry.Enabled {
		s.Retry = profiler.Retry{
			Retries: c.Retry.Retries,
			Fixed:   c.Retry.BackoffStrategy == config.BackoffFixed,
			Min:     seconds(c.Retry.MinBackoff),
			Max:     seconds(c.Retry.MaxBackoff),
		}
	}
	return s
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// driftSettings are a config's, in drift's terms.
func driftSettings(c *config.Config) drift.Settings {
	s := drift.DefaultSettings()
	s.Strategy = c.Drift.Strategy
	s.Thresholds = drift.Thresholds{
		Low: c.Drift.AbsoluteThreshold.Low, Medium: c.Drift.AbsoluteThreshold.Medium, High: c.Drift.AbsoluteThreshold.High,
	}
	s.TypeSpecific = c.Drift.TypeSpecific
	if c.Drift.TypeSpecificThresholds == nil {
		return s
	}
	s.ByType = map[drift.Family]map[metrics.Name]drift.Thresholds{}
	for family, byMetric := range c.Drift.TypeSpecificThresholds {
		thresholds := map[metrics.Name]drift.Thresholds{}
		for name, t := range byMetric {
			thresholds[metrics.Name(name)] = drift.Thresholds{
				Low: orDefault(t.Low, s.Thresholds.Low), Medium: orDefault(t.Medium, s.Thresholds.Medium), High: orDefault(t.High, s.Thresholds.High),
			}
		}
		s.ByType[drift.Family(family)] = thresholds
	}
	return s
}

func orDefault(x *float64, other float64) float64 {
	if x == nil {
		return other
	}
	return *x
}
