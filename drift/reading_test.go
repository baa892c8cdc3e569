package drift

import (
	"testing"

	"github.com/baselinr/baselinr-pipes/metrics"
)

func values(texts ...string) []metrics.Value {
	list := make([]metrics.Value, len(texts))
	for i, t := range texts {
		list[i] = metrics.Text(t)
	}
	return list
}

func TestRunsThatReadOtherRowsAreNotCompared(t *testing.T) {
	random := &Sampling{Method: "random", Fraction: 0.05, MaxRows: 1000}
	latest := func(day string) *Partition { return &Partition{Key: "day", Strategy: "latest", Values: values(day)} }
	given := func(days ...string) *Partition {
		return &Partition{Key: "day", Strategy: "specific_values", Values: values(days...)}
	}
	tests := []struct {
		name    string
		was, is *Reading
		note    string
	}{
		{"every row twice", &Reading{}, &Reading{}, ""},
		{"the same sample", &Reading{Sampling: random}, &Reading{Sampling: &Sampling{Method: "random", Fraction: 0.05, MaxRows: 1000}}, ""},
		{"a run that does not say", nil, &Reading{Sampling: random}, ""},
		{"the latest partition of two days", &Reading{Partition: latest("2024-01-01")}, &Reading{Partition: latest("2024-01-02")}, ""},
		{"given partitions in another order", &Reading{Partition: given("a", "b")}, &Reading{Partition: given("b", "a")}, ""},
		{"a sample after the whole", &Reading{}, &Reading{Sampling: random},
			"not computed: the last run read every row, this one random 5 % of the rows, at most 1000"},
		{"a larger sample", &Reading{Sampling: &Sampling{Method: "random", Fraction: 0.01}}, &Reading{Sampling: &Sampling{Method: "random", Fraction: 0.1}},
			"not computed: the last run read random 1 % of the rows, this one random 10 % of the rows"},
		{"the whole after a partition", &Reading{Partition: latest("2024-01-01")}, &Reading{},
			"not computed: the last run read every row of the partitions latest of day, this one every row"},
		{"more partitions", &Reading{Partition: &Partition{Key: "day", Strategy: "recent_n", RecentN: 2}}, &Reading{Partition: &Partition{Key: "day", Strategy: "recent_n", RecentN: 3}},
			"not computed: the last run read every row of the partitions recent_n 2 of day, this one every row of the partitions recent_n 3 of day"},
		{"other given partitions", &Reading{Partition: given("a")}, &Reading{Partition: &Partition{Key: "day", Strategy: "specific_values", Values: []metrics.Value{{}, metrics.Text("a")}}},
			"not computed: the last run read every row of the partitions specific_values of day (a), this one every row of the partitions specific_values of day (a, null)"},
		{"another key of a sample", &Reading{Sampling: &Sampling{Method: "topk", Key: "day", MaxRows: 5}}, &Reading{Sampling: &Sampling{Method: "topk", Key: "id", MaxRows: 5}},
			"not computed: the last run read topk by day of the rows, at most 5, this one topk by id of the rows, at most 5"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			count := func(n int64) *metrics.TableProfile {
				return table(column("c", "integer", map[metrics.Name]metrics.Value{metrics.Count: metrics.Int(n)}))
			}
			r := Detect(DefaultSettings(), []*Run{{RunID: "b", Profile: count(1), Reading: test.was}}, &Run{Profile: count(9), Reading: test.is})
			if r.Note != test.note || (len(r.Findings) == 0) != (test.note != "") || r.BaselineRunID != "b" {
				t.Errorf("note %q, want %q; findings %v", r.Note, test.note, r.Findings)
			}
		})
	}
}
