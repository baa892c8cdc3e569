package cli

import (
	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/plan"
)

// driftSettings say how the runs of a table are compared, in drift's terms.
func driftSettings(c *config.Config, t plan.Table) (drift.Settings, error) {
	s := drift.DefaultSettings()
	s.Judgement = judgementOf(t.Drift)
	s.TypeSpecific = t.Drift.TypeSpecific
	s.Schema = c.SchemaChange.Of(t.Schema, t.Name)
	switch {
	case t.Drift.TypeSpecificThresholds != nil:
		s.ByType = thresholdsByType(t.Drift)
	case t.Drift.AbsoluteThreshold != config.Default().Drift.AbsoluteThreshold:
		s.ByType = nil // what a user wrote goes before what is built in
	}
	for _, rule := range t.DriftColumns {
		matches, err := rule.Matcher()
		if err != nil {
			return s, err
		}
		s.Columns = append(s.Columns, drift.ColumnJudgement{
			Matches: matches, Disabled: !rule.Compares(), Judgement: judgementOf(t.Drift.WithColumn(rule.Drift)), OwnLimits: rule.Drift.Thresholds != nil,
		})
	}
	return s, nil
}

func judgementOf(c config.Drift) drift.Judgement {
	return drift.Judgement{
		Strategy:    c.Strategy,
		Thresholds:  drift.Thresholds{Low: c.AbsoluteThreshold.Low, Medium: c.AbsoluteThreshold.Medium, High: c.AbsoluteThreshold.High},
		Deviations:  drift.Thresholds{Low: c.StandardDeviation.Low, Medium: c.StandardDeviation.Medium, High: c.StandardDeviation.High},
		Statistical: statisticalOf(c.Statistical),
		Chart: drift.ChartSettings{
			Lambda: c.MLBased.Lambda, Deviations: drift.Thresholds{Low: c.MLBased.Low, Medium: c.MLBased.Medium, High: c.MLBased.High},
			MinRuns: c.MLBased.MinRuns, SeasonDays: c.MLBased.SeasonDays,
		},
		Baseline: drift.BaselineSettings{
			Strategy: c.Baselines.Strategy, MovingAverage: c.Baselines.Windows.MovingAverage, PriorPeriod: c.Baselines.Windows.PriorPeriod,
			MinRuns: c.Baselines.Windows.MinRuns, Run: c.Baselines.Run,
		},
	}
}

func thresholdsByType(c config.Drift) map[drift.Family]map[metrics.Name]drift.Thresholds {
	byType := map[drift.Family]map[metrics.Name]drift.Thresholds{}
	for family, byMetric := range c.TypeSpecificThresholds {
		thresholds := map[metrics.Name]drift.Thresholds{}
		for name, t := range byMetric {
			thresholds[metrics.Name(name)] = drift.Thresholds{
				Low: orDefault(t.Low, c.AbsoluteThreshold.Low), Medium: orDefault(t.Medium, c.AbsoluteThreshold.Medium), High: orDefault(t.High, c.AbsoluteThreshold.High),
			}
		}
		byType[drift.Family(family)] = thresholds
	}
	return byType
}

func statisticalOf(c config.Statistical) drift.StatisticalSettings {
	s := drift.StatisticalSettings{
		Tests: c.Tests, Sensitivity: drift.Sensitivity(c.Sensitivity), Level: c.Level, MinValues: c.MinRows, Parameters: drift.DefaultParameters(),
	}
	p := &s.Parameters
	limit := func(test string, alpha, threshold *float64) {
		if alpha != nil {
			p.Alpha[test] = *alpha
		}
		if threshold != nil {
			p.Effects[test] = p.Effects[test].From(*threshold)
		}
	}
	for test, limits := range map[string]*config.TestLimits{
		drift.KSTest: c.TestParams.KSTest, drift.ChiSquare: c.TestParams.ChiSquare, drift.Wasserstein: c.TestParams.Wasserstein,
		drift.NullRatioTest: c.TestParams.NullRatio, drift.RowCountTest: c.TestParams.RowCount, drift.Freshness: c.TestParams.Freshness,
	} {
		if limits != nil {
			limit(test, limits.Alpha, limits.Threshold)
		}
	}
	for test, own := range map[string]*config.BucketTest{drift.PSI: c.TestParams.PSI, drift.JensenShannon: c.TestParams.JensenShannon} {
		if own != nil {
			limit(test, own.Alpha, own.Threshold)
			p.Buckets[test] = orDefault(own.Buckets, p.Buckets[test])
		}
	}
	if own := c.TestParams.ZScore; own != nil {
		limit(drift.ZScore, own.Alpha, own.Threshold)
	}
	if own := c.TestParams.Entropy; own != nil {
		limit(drift.Entropy, own.Alpha, own.Threshold)
	}
	if own := c.TestParams.TopK; own != nil {
		p.TopK = orDefault(own.K, p.TopK)
		if own.Similarity != nil {
			p.Effects[drift.TopK] = p.Effects[drift.TopK].From(1 - *own.Similarity)
		}
	}
	return s
}
