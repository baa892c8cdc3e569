package dagster

import (
	"context"
	"slices"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/pipes"
	"github.com/baselinr/baselinr-pipes/report"
)

// MaterializePartitions reports the partitions of a table that were profiled: each with its metadata as a custom message
// that the Python package understands, and then one materialization, whose metadata are totals.
func (r *Reporter) MaterializePartitions(ctx context.Context, partitions []report.Table) error {
	versions := make([]string, len(partitions))
	for i, t := range partitions {
		var err error
		if versions[i], err = dataVersion(t.Profile); err != nil {
			return err
		}
		metadata := r.metadata(t)
		delete(metadata, "dagster/row_count") // which is of the whole table
		metadata["dagster/partition_row_count"] = pipes.Int(t.Profile.RowCount)
		err = r.Session.ReportCustomMessage(ctx, map[string]any{
			"type":      "baselinr/partition",
			"table":     t.Plan.ID(),
			"asset_key": r.AssetKey(t.Plan.ID()),
			"partition": t.Slice.Name,
			"metadata":  metadata,
		})
		if err != nil {
			return err
		}
	}
	return r.Session.ReportAssetMaterialization(ctx, pipes.Materialization{
		AssetKey:    r.AssetKey(partitions[0].Plan.ID()),
		Metadata:    r.totals(partitions),
		DataVersion: versionOfAll(versions),
	})
}

// totals are what the partitions of a table have together. Dagster shows them where a partition's own do not stand.
func (r *Reporter) totals(partitions []report.Table) map[string]pipes.MetadataValue {
	sums := map[string]int64{}
	worst := drift.None
	all := &drift.Report{}
	for _, t := range partitions {
		for key, n := range map[string]int{
			"drift_count": t.Drift.Counted(), "drift_muted": t.Drift.MutedCount(),
			"drift_high": t.Drift.Count(drift.High), "drift_medium": t.Drift.Count(drift.Medium), "drift_low": t.Drift.Count(drift.Low),
			"row_count": int(t.Profile.RowCount),
		} {
			sums[key] += int64(n)
		}
		if t.Outlook != nil {
			sums["anomalies_count"] += int64(t.Outlook.AnomalyCount())
		}
		if s := t.Drift.Severity(); s.AtLeast(worst) {
			worst = s
		}
		all.Findings = append(all.Findings, t.Drift.Findings...)
	}
	slices.SortStableFunc(all.Findings, func(a, b drift.Finding) int {
		switch {
		case a.Severity == b.Severity:
			return 0
		case a.Severity.AtLeast(b.Severity):
			return -1
		}
		return 1
	})
	metadata := map[string]pipes.MetadataValue{"drift_severity": pipes.Text(string(worst))}
	for key, n := range sums {
		metadata[key] = pipes.Int(n)
	}
	if !r.Brief {
		metadata["drift_findings"] = findings(all)
	}
	if r.Report != nil {
		metadata["report"] = *r.Report
	}
	return metadata
}
