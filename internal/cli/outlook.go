package cli

import (
	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/report"
)

// outlookSettings say what is asked of the earlier runs of a table, in drift's terms.
func outlookSettings(c *config.Config, t plan.Table, feedback drift.Feedback) (*drift.OutlookSettings, error) {
	enrichment := c.Profiling.Enrichment
	s := &drift.OutlookSettings{
		Learning: drift.LearningSettings{
			Enabled: c.Storage.Learns, WindowDays: c.Storage.WindowDays, MinSamples: c.Storage.MinSamples, Lambda: c.Storage.Lambda,
		},
		Anomalies: drift.AnomalySettings{Enabled: t.Anomalies.DetectsAnomalies, AnomalyJudgement: anomalyJudgement(t.Anomalies)},
		Feedback:  feedback,
	}
	if enrichment.Enriches {
		s.Enrichment = drift.EnrichmentSettings{
			Rows: true, Schema: enrichment.SchemaTracking, Columns: enrichment.ColumnStability, Runs: enrichment.StabilityWindow,
		}
	}
	for _, rule := range t.AnomalyColumns {
		matches, err := rule.Matcher()
		if err != nil {
			return nil, err
		}
		s.Anomalies.Columns = append(s.Anomalies.Columns, drift.ColumnAnomalies{
			Matches: matches, Disabled: !rule.JudgesAnomalies(), Judgement: anomalyJudgement(t.Anomalies.WithColumn(rule.Anomaly)),
		})
	}
	return s, nil
}

func anomalyJudgement(a config.Anomalies) drift.AnomalyJudgement {
	j := drift.AnomalyJudgement{
		IQR: a.IQRThreshold, MAD: a.MADThreshold, EWMA: a.EWMAThreshold,
		Seasonal: a.Seasonality, ShiftRuns: a.ShiftRuns, Sensitivity: a.ShiftSensitivity,
	}
	for _, method := range a.AnomalyMethods {
		if method != drift.RegimeShift || a.RegimeShift {
			j.Methods = append(j.Methods, method)
		}
	}
	return j
}

// noteOutlook warns, once a run, where anomalies were asked for that nothing lets tell.
func (r *runner) noteOutlook(t *report.Table) {
	if t.Outlook == nil || !t.Outlook.Unlearned || r.unlearned {
		return
	}
	r.unlearned = true
	text := t.Plan.ID() + ": no anomalies are told: nothing was learned of its runs, and storage.enable_expectation_learning is off"
	r.app.logger.Warn(text)
	r.plan.Warnings = append(r.plan.Warnings, text)
}
