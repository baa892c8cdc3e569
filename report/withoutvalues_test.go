package report

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

const secret = "s3cret"

func TestAMessageOfTheServerIsKeptBackWhereItMayHoldAValue(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		keep bool
	}{
		"a cast in a view":  {fmt.Errorf(`table "v": invalid input syntax for type integer: %q (SQLSTATE 22P02)`, secret), false},
		"words of our own":  {errors.New(`table "v": the column "x" is gone`), true},
		"of permission":     {fmt.Errorf("%w: permission denied for view v (SQLSTATE 42501)", warehouse.ErrPermission), true},
		"of a server reset": {fmt.Errorf("%w: terminating connection (SQLSTATE 57P01)", warehouse.ErrUnreachable), true},
	} {
		told := NewFailure(c.err).WithoutValues()
		if kept := told.Message == c.err.Error(); kept != c.keep {
			t.Errorf("%s: told as %q", name, told.Message)
		}
		if !c.keep && (strings.Contains(told.Message, secret) || !strings.Contains(told.Message, "SQLSTATE 22P02")) {
			t.Errorf("%s: told as %q", name, told.Message)
		}
	}
	var none *Failure
	if none.WithoutValues() != nil {
		t.Error("no failure became one")
	}
}

func TestWhatIsToldWithoutValuesLeavesTheTableAsItIs(t *testing.T) {
	text := metrics.Text(secret)
	table := Table{
		Profile: &metrics.TableProfile{Columns: []metrics.ColumnProfile{{
			Name: "x", Distribution: &metrics.Distribution{},
			Metrics:   map[metrics.Name]metrics.Value{metrics.Min: text, metrics.Mean: text, metrics.StdDev: metrics.Float(2), metrics.NullCount: metrics.Int(3)},
			Estimates: map[metrics.Name]float64{metrics.Min: 0.1, metrics.StdDev: 0.1},
		}}},
		Reading: drift.Reading{Partition: &drift.Partition{Key: "day", Strategy: "specific_values", Values: []metrics.Value{text}}},
		Drift: &drift.Report{
			Note: "not computed: read " + secret, Discreet: "not computed: read other rows",
			Findings:    []drift.Finding{{Metric: metrics.Min, Baseline: 5, Current: 6, Reason: secret, Discreet: "min changed", OfValues: true}, {Metric: metrics.NullRatio, Baseline: 0.5, Reason: "nulls"}},
			NotComputed: []drift.Skipped{{Why: secret, Discreet: "other rows"}},
		},
		Outlook: &drift.Outlook{Anomalies: []drift.Anomaly{{ColumnMetric: drift.ColumnMetric{Metric: metrics.Mean}, Expected: 5, Reason: secret, Details: map[string]float64{"mean": 5}}}},
	}
	before := fmt.Sprintf("%+v %+v %+v %+v", *table.Profile, *table.Drift, *table.Outlook, *table.Reading.Partition)
	told := table.WithoutValues()
	after := fmt.Sprintf("%+v %+v %+v %+v", *table.Profile, *table.Drift, *table.Outlook, *table.Reading.Partition)
	if before != after {
		t.Errorf("the table changed from\n%s\nto\n%s", before, after)
	}

	c := told.Profile.Columns[0]
	if len(c.Metrics) != 2 || len(c.Estimates) != 1 || c.Distribution == nil || !told.Private {
		t.Errorf("the column is told as %+v", c)
	}
	if !told.Drift.Findings[0].Withheld || told.Drift.Findings[0].Reason != "min changed" || told.Drift.Findings[1].Withheld || told.Drift.Findings[1].Baseline != 0.5 {
		t.Errorf("findings are told as %+v", told.Drift.Findings)
	}
	if told.Drift.Note != "not computed: read other rows" || told.Drift.NotComputed[0].Why != "other rows" {
		t.Errorf("the note is %q, what was not computed %+v", told.Drift.Note, told.Drift.NotComputed)
	}
	if a := told.Outlook.Anomalies[0]; !a.Withheld || a.Details != nil || strings.Contains(a.Reason, secret) {
		t.Errorf("the anomaly is told as %+v", a)
	}
	if got := told.Reading.String(); got != "every row of the partitions specific_values of day" {
		t.Errorf("the reading is %q", got)
	}
}
