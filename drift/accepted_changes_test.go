package drift

import (
	"strings"
	"testing"

	"github.com/baselinr/baselinr-pipes/metrics"
)

func TestAcceptingARunAcceptsChangesOfItsSchema(t *testing.T) {
	current := against(10)
	current.Profile.Columns = append(current.Profile.Columns, metrics.ColumnProfile{Name: "new", Type: "TEXT"})
	detect := func(f Feedback) *Report {
		r := Detect(DefaultSettings(), daily(10), current)
		if err := f.Apply(r, current, nil); err != nil {
			t.Fatal(err)
		}
		return r
	}
	if worst, changed := detect(Feedback{}).WorstChange(); !changed || worst.Column != "new" {
		t.Errorf("got %v, %v", worst, changed)
	}
	if _, changed := detect(Feedback{Accepted: []Acceptance{{RunID: "another"}}}).WorstChange(); !changed {
		t.Error("accepted with another run")
	}
	if _, changed := detect(Feedback{Accepted: []Acceptance{{RunID: current.RunID, Column: "c", Metric: metrics.Mean}}}).WorstChange(); !changed {
		t.Error("accepted with a finding")
	}
	r := detect(Feedback{Accepted: []Acceptance{{RunID: current.RunID, Reason: "as planned"}}})
	if worst, changed := r.WorstChange(); changed || len(r.SchemaChanges) != 1 || !strings.HasSuffix(r.SchemaChanges[0].String(), "  (accepted: as planned)") {
		t.Errorf("got %v, %v of %v", worst, changed, r.SchemaChanges)
	}
}

func TestOfNoRowsNoShareIsAFinding(t *testing.T) {
	shares := func(rows int64, nulls, unique float64) *Run {
		r := against(10)
		r.Profile.RowCount = rows
		r.Profile.Columns[0].Metrics = map[metrics.Name]metrics.Value{
			metrics.Count: metrics.Int(rows), metrics.NullRatio: metrics.Float(nulls), metrics.UniqueRatio: metrics.Float(unique),
		}
		return r
	}
	for _, strategy := range []string{AbsoluteThreshold, StandardDeviation} {
		var history []*Run
		for i := range int64(5) {
			r := shares(100+i, 0.3+float64(i)/100, 0.5+float64(i)/100)
			r.RunID, r.ProfiledAt = string(rune('a'+i)), today.AddDate(0, 0, -int(i)-1)
			history = append(history, r)
		}
		r := judgedBy(strategy, history, shares(0, 0, 0))
		if len(r.Findings) != 1 || r.Findings[0].Metric != metrics.Count {
			t.Errorf("%s: %+v", strategy, r.Findings)
		}
	}
}
