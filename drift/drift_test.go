package drift

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/baselinr/baselinr-pipes/metrics"
)

func column(name, declared string, values map[metrics.Name]metrics.Value) metrics.ColumnProfile {
	return metrics.ColumnProfile{Name: name, Type: declared, Kind: metrics.KindFloat, Metrics: values}
}

func table(columns ...metrics.ColumnProfile) *metrics.TableProfile {
	return &metrics.TableProfile{Columns: columns}
}

// The severities are those that the Python tool 0.9.0 gives for the same two values, read off its
// rules: the change in percent of the baseline's absolute value, thresholds by family of types.
func TestAbsoluteThreshold(t *testing.T) {
	tests := []struct {
		name              string
		declared          string
		metric            metrics.Name
		baseline, current metrics.Value
		want              Severity
	}{
		{"a count that falls by 4 % is no drift", "INTEGER", metrics.Count, metrics.Int(100), metrics.Int(96), None},
		{"a count that falls by 5 % is low", "INTEGER", metrics.Count, metrics.Int(100), metrics.Int(95), Low},
		{"a count that grows by 15 % is medium", "INTEGER", metrics.Count, metrics.Int(100), metrics.Int(115), Medium},
		{"a count that grows by 30 % is high", "INTEGER", metrics.Count, metrics.Int(100), metrics.Int(130), High},
		{"a mean of numbers has thresholds of its own", "INTEGER", metrics.Mean, metrics.Float(100), metrics.Float(109), None},
		{"a mean of numbers that moves by 20 % is low", "bigint", metrics.Mean, metrics.Float(100), metrics.Float(120), Low},
		{"a standard deviation that moves by 4 % is low", "REAL", metrics.StdDev, metrics.Float(100), metrics.Float(104), Low},
		{"a negative baseline counts by its size", "INTEGER", metrics.Mean, metrics.Float(-10), metrics.Float(-16), High},
		{"a boolean's nulls have tighter thresholds", "BOOLEAN", metrics.NullRatio, metrics.Float(0.5), metrics.Float(0.52), Low},
		{"the minimum of text is not judged", "VARCHAR(10)", metrics.Min, metrics.Int(1), metrics.Int(9), None},
		{"a change from zero has no percentage", "INTEGER", metrics.NullRatio, metrics.Float(0), metrics.Float(0.9), None},
		{"a point in time is not judged", "TIMESTAMP", metrics.Max, metrics.Text("2013-01-31 00:00:00"), metrics.Text("2013-02-28 00:00:00"), None},
		{"an exact decimal is a number", "NUMERIC(10, 2)", metrics.Max, metrics.Text("10.00"), metrics.Text("20.00"), High},
		{"nothing now is not judged", "INTEGER", metrics.Mean, metrics.Float(1), metrics.Value{}, None},
		{"an infinite mean is not judged", "REAL", metrics.Mean, metrics.Float(1), metrics.Float(math.Inf(1)), None},
		{"a metric that is not compared is not judged", "INTEGER", metrics.DistinctCount, metrics.Int(1), metrics.Int(100), None},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := table(column("c", test.declared, map[metrics.Name]metrics.Value{test.metric: test.baseline}))
			now := table(column("c", test.declared, map[metrics.Name]metrics.Value{test.metric: test.current}))
			r := Detect(DefaultSettings(), []*Run{{RunID: "b", Profile: before}}, &Run{Profile: now})
			if got := r.Severity(); got != test.want {
				t.Errorf("severity %s, want %s: %v", got, test.want, r.Findings)
			}
		})
	}
}

func TestABinaryWhoseHexadecimalFormReadsAsANumberIsNotJudged(t *testing.T) {
	before := table(column("c", "", map[metrics.Name]metrics.Value{metrics.Min: metrics.Text("12")}))
	now := table(column("c", "", map[metrics.Name]metrics.Value{metrics.Min: metrics.Text("7777")}))
	now.Columns[0].Kind = metrics.KindBytes
	if r := Detect(DefaultSettings(), []*Run{{RunID: "b", Profile: before}}, &Run{Profile: now}); len(r.Findings) != 0 {
		t.Errorf("got %+v", r.Findings)
	}
}

func TestAColumnOfUnknownKindIsJudgedByItsDeclaredType(t *testing.T) {
	before := table(column("c", "INTEGER", map[metrics.Name]metrics.Value{metrics.Mean: metrics.Float(1)}))
	now := table(column("c", "INTEGER", map[metrics.Name]metrics.Value{metrics.Mean: metrics.Float(9)}))
	now.Columns[0].Kind = ""
	if r := Detect(DefaultSettings(), []*Run{{RunID: "b", Profile: before}}, &Run{Profile: now}); r.Severity() != High {
		t.Errorf("got %+v", r)
	}
}

func TestWithoutTypeSpecificThresholdsTheGeneralOnesHold(t *testing.T) {
	s := DefaultSettings()
	s.TypeSpecific = false
	before := table(column("c", "INTEGER", map[metrics.Name]metrics.Value{metrics.Mean: metrics.Float(100)}))
	now := table(column("c", "INTEGER", map[metrics.Name]metrics.Value{metrics.Mean: metrics.Float(109)}))
	if got := Detect(s, []*Run{{RunID: "b", Profile: before}}, &Run{Profile: now}).Severity(); got != Low {
		t.Errorf("severity %s, want low", got)
	}
}

func TestFindingsAreSortedAndGiveAReason(t *testing.T) {
	before := table(
		column("a", "INTEGER", map[metrics.Name]metrics.Value{metrics.Mean: metrics.Float(100)}),
		column("b", "INTEGER", map[metrics.Name]metrics.Value{metrics.Mean: metrics.Float(100)}),
	)
	now := table(
		column("a", "INTEGER", map[metrics.Name]metrics.Value{metrics.Mean: metrics.Float(115)}),
		column("b", "INTEGER", map[metrics.Name]metrics.Value{metrics.Mean: metrics.Float(20)}),
	)
	r := Detect(DefaultSettings(), []*Run{{RunID: "base", Profile: before}}, &Run{Profile: now})
	if len(r.Findings) != 2 || r.Findings[0].Column != "b" || r.BaselineRunID != "base" {
		t.Fatalf("got %+v", r)
	}
	if want := "mean went from 100 to 20, -80.0 % (high from 50 % on), both exact, against the last run, base of an unknown day"; r.Findings[0].Reason != want {
		t.Errorf("reason %q, want %q", r.Findings[0].Reason, want)
	}
	if *r.Findings[1].ChangePercent != 15 || r.Count(High) != 1 || r.Count(Low) != 1 {
		t.Errorf("got %+v", r.Findings)
	}
}

func TestTheFirstRunHasNoBaselineAndSaysSo(t *testing.T) {
	r := Detect(DefaultSettings(), nil, &Run{Profile: table(column("a", "INTEGER", nil))})
	if r.Severity() != None || r.BaselineRunID != "" || r.Note == "" || r.SchemaChanges != nil {
		t.Errorf("got %+v", r)
	}
}

func TestSchemaChanges(t *testing.T) {
	before := table(column("id", "INTEGER", nil), column("name", "VARCHAR(10)", nil), column("gone", "TEXT", nil), column("at", "TIMESTAMP", nil))
	now := table(column("id", "bigint", nil), column("name", "character varying(10)", nil), column("at", "timestamp(6) without time zone", nil), column("new", "text", nil))
	now.Columns[2].Type = "timestamp without time zone"
	got := Detect(DefaultSettings(), []*Run{{RunID: "b", Profile: before}}, &Run{Profile: now}).SchemaChanges
	want := []SchemaChange{
		{Type: TypeChanged, Column: "id", OldType: "INTEGER", NewType: "bigint", Severity: Low},
		{Type: ColumnAdded, Column: "new", NewType: "text", Severity: Low},
		{Type: ColumnRemoved, Column: "gone", OldType: "TEXT", Severity: High},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("schema changes (-want +got):\n%s", diff)
	}
}

func TestToLeaveAColumnOutIsNoChangeOfTheSchema(t *testing.T) {
	whole := table(column("a", "integer", nil), column("b", "text", nil))
	part := table(column("a", "integer", nil))
	part.Unread = []metrics.Column{{Name: "b", Type: "text"}}
	for _, pair := range [][2]*metrics.TableProfile{{whole, part}, {part, whole}, {part, part}} {
		if r := Detect(DefaultSettings(), []*Run{{Profile: pair[0]}}, &Run{Profile: pair[1]}); len(r.SchemaChanges) > 0 {
			t.Errorf("changes %v", r.SchemaChanges)
		}
	}
	gone := table(column("a", "integer", nil))
	if r := Detect(DefaultSettings(), []*Run{{Profile: part}}, &Run{Profile: gone}); len(r.SchemaChanges) != 1 || r.SchemaChanges[0].Type != ColumnRemoved {
		t.Errorf("changes %v", r.SchemaChanges)
	}
}
