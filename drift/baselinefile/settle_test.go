package baselinefile_test

import (
	"strings"
	"testing"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/drift/baselinefile"
	"github.com/baselinr/baselinr-pipes/metrics"
)

// sound is a column of the numbers 1, 2, 2, 3 and a null, of which all is true.
func sound() metrics.ColumnProfile {
	spread := &metrics.Distribution{Complete: true, Knots: []metrics.Knot{{Value: 1, Below: 0, Through: 1}, {Value: 2, Below: 1, Through: 3}, {Value: 3, Below: 3, Through: 4}}}
	return metrics.ColumnProfile{Name: "c", Kind: metrics.KindInteger, Estimates: map[metrics.Name]float64{}, Distribution: spread, Metrics: map[metrics.Name]metrics.Value{
		metrics.Count: metrics.Int(5), metrics.NullCount: metrics.Int(1), metrics.NullRatio: metrics.Float(0.2), metrics.DistinctCount: metrics.Int(3), metrics.UniqueRatio: metrics.Float(0.6),
		metrics.ZeroCount: metrics.Int(0), metrics.NegativeCount: metrics.Int(0),
		metrics.Min: metrics.Int(1), metrics.Max: metrics.Int(3), metrics.Mean: metrics.Float(2), metrics.StdDev: metrics.Float(0.816496580927726),
		metrics.Histogram: metrics.Structured(metrics.Bins{{Start: 1, End: 2, Count: 1}, {Start: 2, End: 3, Count: 3}}),
		metrics.TopValues: metrics.Structured(metrics.ValueCounts{{Value: metrics.Int(2), Count: 2}, {Value: metrics.Int(1), Count: 1}}),
		metrics.Quantiles: metrics.Structured(metrics.QuantileSet{metrics.Int(1), metrics.Int(1), metrics.Int(1), metrics.Int(2), metrics.Int(2), metrics.Int(3), metrics.Int(3)}),
		metrics.MinLength: metrics.Int(1), metrics.MaxLength: metrics.Int(1),
	}}
}

func settled(c metrics.ColumnProfile) (*baselinefile.File, []string) {
	f := &baselinefile.File{Tables: []baselinefile.Table{{Name: "t", Run: &drift.Run{Profile: &metrics.TableProfile{RowCount: 5, Columns: []metrics.ColumnProfile{c}}}}}}
	return f, f.Settle()
}

func TestWhatContradictsItselfIsLeftOut(t *testing.T) {
	for _, test := range []struct {
		name   string
		metric metrics.Name
		value  metrics.Value
		want   string // empty where nothing is wrong
	}{
		{"all is true", metrics.Count, metrics.Int(5), ""},
		{"other rows than the table", metrics.Count, metrics.Int(4), "count is 4, and the table's row_count 5"},
		{"more nulls than rows", metrics.NullCount, metrics.Int(6), "null_count 6 is more than count 5"},
		{"another share of nulls than their number", metrics.NullRatio, metrics.Float(0.4), "null_ratio is 0.4, and null_count 1 of 5"},
		{"more distinct values than values", metrics.DistinctCount, metrics.Int(5), "distinct_count 5 is more than the 4 values"},
		{"a least above the greatest", metrics.Min, metrics.Int(4), "min is greater than max"},
		{"a mean above the greatest", metrics.Mean, metrics.Float(3.5), "mean is not between min and max"},
		{"a deviation beyond the extremes", metrics.StdDev, metrics.Float(9), "stddev is greater than max less min"},
		{"fewer values in the bins than there are", metrics.Histogram, metrics.Structured(metrics.Bins{{Start: 1, End: 3, Count: 3}}), "the bins of the histogram hold 3 values, and there are 4"},
		{"more frequent values than values", metrics.TopValues, metrics.Structured(metrics.ValueCounts{{Value: metrics.Int(2), Count: 5}}), "top_values are 5 values, and there are 4"},
		{"quantiles that fall", metrics.Quantiles, metrics.Structured(metrics.QuantileSet{metrics.Int(1), metrics.Int(3), metrics.Int(1)}), "the quantile p25 is less than the one before"},
		{"lengths the wrong way", metrics.MinLength, metrics.Int(2), "min_length 2 is greater than max_length 1"},
		{"a share of distinct values above all", metrics.UniqueRatio, metrics.Float(7.5), "unique_ratio 7.5 is more than 1"},
		{"another share of distinct values than their number", metrics.UniqueRatio, metrics.Float(1), "unique_ratio is 1, and distinct_count 3 of 5"},
		{"more zeros than values", metrics.ZeroCount, metrics.Int(5), "zero_count 5 is more than the 4 values"},
		{"more negative values than values", metrics.NegativeCount, metrics.Int(9), "negative_count 9 is more than the 4 values"},
		{"nothing is said of what is null", metrics.Min, metrics.Value{}, ""},
	} {
		c := sound()
		c.Metrics[test.metric] = test.value
		f, said := settled(c)
		p := f.Tables[0].Run.Profile
		if test.want == "" {
			if len(said) > 0 || len(p.Columns) != 1 {
				t.Errorf("%s: %v", test.name, said)
			}
			continue
		}
		if len(said) != 1 || !strings.HasPrefix(said[0], `table "t", column "c": `+test.want+";") || len(p.Columns) > 0 || len(p.Unread) != 1 || f.Tables[0].LeftOut["c"] != test.want {
			t.Errorf("%s: %v, %+v", test.name, said, p)
		}
	}
}

func TestEstimatesMayContradictEachOther(t *testing.T) {
	c := sound()
	c.Metrics[metrics.DistinctCount], c.Estimates[metrics.DistinctCount] = metrics.Int(9), 0.1
	if _, said := settled(c); len(said) > 0 {
		t.Error(said)
	}
}

func TestADistributionThatContradictsTheMetricsIsLeftOut(t *testing.T) {
	for _, test := range []struct {
		name string
		edit func(c *metrics.ColumnProfile, knots []metrics.Knot)
		want string // empty where nothing is wrong
	}{
		{"values moved", func(_ *metrics.ColumnProfile, knots []metrics.Knot) {
			for i := range knots {
				knots[i].Value += 5000
			}
		}, "the distribution reaches beyond min or max"},
		{"values drawn together", func(_ *metrics.ColumnProfile, knots []metrics.Knot) { knots[0].Value = 1.9 }, "the distribution does not reach from min to max"},
		{"counts tripled", func(_ *metrics.ColumnProfile, knots []metrics.Knot) {
			for i := range knots {
				knots[i].Below, knots[i].Through = 3*knots[i].Below, 3*knots[i].Through
			}
		}, "the distribution holds 12 values, and there are 4"},
		{"values left out", func(c *metrics.ColumnProfile, _ []metrics.Knot) { c.Distribution.Knots = c.Distribution.Knots[:2] }, "the distribution holds 3 values, and there are 4"},
		{"values without the NaN that was counted", func(c *metrics.ColumnProfile, knots []metrics.Knot) {
			c.Kind, c.Metrics[metrics.NaNCount], knots[2].Through = metrics.KindFloat, metrics.Int(2), 4
			c.Metrics[metrics.Count], c.Metrics[metrics.NullCount], c.Metrics[metrics.NullRatio] = metrics.Int(5), metrics.Int(0), metrics.Float(0)
			knots[1].Through, knots[2].Below, knots[2].Through = 2, 2, 3
		}, ""},
		{"infinite values, which a distribution leaves out", func(c *metrics.ColumnProfile, knots []metrics.Knot) {
			c.Kind, c.Metrics[metrics.NaNCount], c.Metrics[metrics.Max] = metrics.KindFloat, metrics.Int(0), metrics.Text("Infinity")
			c.Distribution.Knots = knots[:2]
		}, ""},
		{"of a sketch, within its error", func(c *metrics.ColumnProfile, knots []metrics.Knot) {
			c.Distribution.RankError, c.Distribution.Complete, knots[0].Value = 0.3, false, 1.5
			c.Distribution.Knots = knots[:2]
		}, ""},
	} {
		c := sound()
		test.edit(&c, c.Distribution.Knots)
		f, said := settled(c)
		if test.want == "" && len(said) > 0 || test.want != "" && f.Tables[0].LeftOut["c"] != test.want {
			t.Errorf("%s: %v", test.name, said)
		}
	}
	c := sound() // of a sample, which holds fewer
	c.Distribution.Knots = c.Distribution.Knots[:2]
	f := &baselinefile.File{Tables: []baselinefile.Table{{Name: "t", Run: &drift.Run{
		Reading: &drift.Reading{Sampling: &drift.Sampling{Method: "random"}}, Profile: &metrics.TableProfile{RowCount: 5, Columns: []metrics.ColumnProfile{c}}}}}}
	f.Tables[0].Run.Profile.Columns[0].Estimates[metrics.Min], f.Tables[0].Run.Profile.Columns[0].Estimates[metrics.Max] = 0.1, 0.1
	if said := f.Settle(); len(said) > 0 {
		t.Error(said)
	}
}
