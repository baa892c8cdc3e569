package metrics

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// profileOf profiles one column from one vector.
func profileOf(t *testing.T, c Column, s Settings, fill func(*Vector)) ColumnProfile {
	t.Helper()
	b := &Batch{Vectors: make([]Vector, 1)}
	v := &b.Vectors[0]
	fill(v)
	b.Rows = v.Nulls + len(v.Ints) + len(v.Floats) + v.Texts.Len() + v.Blobs.Len()
	a := NewTableAccumulator([]Column{c}, s)
	if err := a.Add(b); err != nil {
		t.Fatal(err)
	}
	return a.Profile().Columns[0]
}

// TestWideWholeNumbersAmongOthersStayDistinct: 5,000 whole numbers beyond 2^53 have 20 nearest floating-point
// numbers, which a column that holds a floating-point number is measured by.
func TestWideWholeNumbersAmongOthersStayDistinct(t *testing.T) {
	column := Column{Name: "c", Kind: KindInteger, Dynamic: true}
	var wide, other Vector
	for i := range int64(5000) {
		wide.Ints = append(wide.Ints, 1<<60+i)
	}
	other.Floats = []float64{0.5}
	of := func(vectors ...Vector) *TableAccumulator {
		a := NewTableAccumulator([]Column{column}, DefaultSettings())
		for _, v := range vectors {
			if err := a.Add(&Batch{Rows: len(v.Ints) + len(v.Floats), Vectors: []Vector{v}}); err != nil {
				t.Fatal(err)
			}
		}
		return a
	}
	merged := of(other)
	if err := merged.Merge(of(wide)); err != nil {
		t.Fatal(err)
	}
	for name, a := range map[string]*TableAccumulator{"wide ones first": of(wide, other), "wide ones last": of(other, wide), "merged": merged} {
		p := a.Profile().Columns[0]
		n, _ := p.Metrics[DistinctCount].Float64()
		if bound := p.Estimates[DistinctCount]; math.Abs(n-5001) > bound*5001 {
			t.Errorf("%s: %v distinct values, want 5001 within %v", name, n, bound)
		}
	}
}

func TestProfileOfColumn(t *testing.T) {
	texts := func(values ...string) func(*Vector) {
		return func(v *Vector) {
			for _, s := range values {
				v.Texts.AppendString(s)
			}
		}
	}
	tests := []struct {
		name   string
		column Column
		fill   func(*Vector)
		kind   Kind
		want   string // JSON of the metrics looked at
		other  int64
	}{
		{
			name:   "a column of nulls has no minimum, no mean and no histogram",
			column: Column{Kind: KindInteger},
			fill:   func(v *Vector) { v.Nulls = 3 },
			kind:   KindInteger,
			want:   `{"count":3,"null_count":3,"null_ratio":1,"distinct_count":0,"unique_ratio":0,"min":null,"mean":null,"stddev":null,"histogram":null,"quantiles":null,"zero_count":0,"top_values":[]}`,
		},
		{
			name:   "a table without rows has ratios of zero",
			column: Column{Kind: KindText},
			fill:   func(*Vector) {},
			kind:   KindText,
			want:   `{"count":0,"null_ratio":0,"unique_ratio":0,"min":null,"avg_length":null,"empty_count":0}`,
		},
		{
			name:   "integers",
			column: Column{Kind: KindInteger},
			fill:   func(v *Vector) { v.Ints, v.Nulls = []int64{4, 2, 2, 0, -3}, 1 },
			kind:   KindInteger,
			want: `{"count":6,"null_count":1,"distinct_count":4,"min":-3,"max":4,"mean":1,"stddev":2.6457513110645907,"zero_count":1,"negative_count":1,
				"quantiles":{"p01":-3,"p05":-3,"p25":0,"p50":2,"p75":2,"p95":4,"p99":4},"top_values":[{"value":2,"count":2},{"value":-3,"count":1},{"value":0,"count":1},{"value":4,"count":1}]}`,
		},
		{
			name:   "a whole number past 2^53 is a text in JSON",
			column: Column{Kind: KindInteger},
			fill:   func(v *Vector) { v.Ints = []int64{math.MaxInt64} },
			kind:   KindInteger,
			want:   `{"min":"9223372036854775807"}`,
		},
		{
			name:   "NaN is counted and left out of the moments",
			column: Column{Kind: KindFloat},
			fill:   func(v *Vector) { v.Floats = []float64{1, math.NaN(), 3} },
			kind:   KindFloat,
			want:   `{"count":3,"nan_count":1,"distinct_count":3,"min":1,"max":3,"mean":2}`,
		},
		{
			name:   "an infinity is the maximum and the mean, and in no bin",
			column: Column{Kind: KindFloat},
			fill:   func(v *Vector) { v.Floats = []float64{1, math.Inf(1)} },
			kind:   KindFloat,
			want:   `{"min":1,"max":"Infinity","mean":"Infinity","stddev":"NaN","histogram":[{"bin_start":1,"bin_end":1,"count":1}]}`,
		},
		{
			name:   "negative zero is zero",
			column: Column{Kind: KindFloat},
			fill:   func(v *Vector) { v.Floats = []float64{0, math.Copysign(0, -1)} },
			kind:   KindFloat,
			want:   `{"distinct_count":1,"zero_count":2,"negative_count":0}`,
		},
		{
			name:   "decimals keep their digits",
			column: Column{Kind: KindDecimal},
			fill:   texts("123456789012345678901234567890.5", "-0.25", "NaN"),
			kind:   KindDecimal,
			want:   `{"min":"-0.25","max":"123456789012345678901234567890.5","nan_count":1,"negative_count":1}`,
		},
		{
			name:   "a decimal too small for a floating-point number is not zero",
			column: Column{Kind: KindDecimal},
			fill:   texts("0."+strings.Repeat("0", 400)+"1", "-0."+strings.Repeat("0", 400)+"1", "0"),
			kind:   KindDecimal,
			want:   `{"zero_count":1,"negative_count":1}`,
		},
		{
			name:   "text is measured in characters and ordered by code point",
			column: Column{Kind: KindText},
			fill:   texts("zebra", "", "Äpfel", "a"),
			kind:   KindText,
			want:   `{"min":"","max":"Äpfel","min_length":0,"max_length":5,"avg_length":2.75,"empty_count":1,"data_type_inferred":"string"}`,
		},
		{
			name:   "timestamps read as text, and their histogram in seconds",
			column: Column{Kind: KindTimestamp},
			fill:   func(v *Vector) { v.Ints = []int64{0, 1_500_000} },
			kind:   KindTimestamp,
			want:   `{"min":"1970-01-01 00:00:00","max":"1970-01-01 00:00:01.500000","histogram":[{"bin_start":0,"bin_end":0.75,"count":1},{"bin_start":0.75,"bin_end":1.5,"count":1}]}`,
		},
		{
			name:   "an infinite timestamp is the maximum and in no bin",
			column: Column{Kind: KindTimestamp},
			fill:   func(v *Vector) { v.Ints = []int64{0, Infinity} },
			kind:   KindTimestamp,
			want:   `{"max":"infinity","histogram":[{"bin_start":0,"bin_end":0,"count":1}]}`,
		},
		{
			name:   "dates before 1970",
			column: Column{Kind: KindDate},
			fill:   func(v *Vector) { v.Ints = []int64{-1, 0} },
			kind:   KindDate,
			want:   `{"min":"1969-12-31","max":"1970-01-01","data_type_inferred":"date"}`,
		},
		{
			name:   "booleans",
			column: Column{Kind: KindBoolean},
			fill:   func(v *Vector) { v.Ints = []int64{1, 0, 1} },
			kind:   KindBoolean,
			want:   `{"min":false,"max":true,"distinct_count":2,"top_values":[{"value":true,"count":2},{"value":false,"count":1}],"data_type_inferred":"boolean"}`,
		},
		{
			name:   "binaries are hexadecimal",
			column: Column{Kind: KindBytes},
			fill:   func(v *Vector) { v.Blobs.Append([]byte{0xde, 0xad}) },
			kind:   KindBytes,
			want:   `{"min":"dead","min_length":2}`,
		},
		{
			name:   "where types are dynamic, the most frequent decide and the others are counted",
			column: Column{Kind: KindInteger, Dynamic: true},
			fill: func(v *Vector) {
				v.Ints = []int64{1, 2, 3}
				v.Texts.AppendString("n/a")
			},
			kind: KindInteger,
			want: `{"count":4,"distinct_count":4,"min":1,"max":3,"mean":2}`, other: 1,
		},
		{
			name:   "where types are dynamic, whole and other numbers are floating-point numbers",
			column: Column{Kind: KindInteger, Dynamic: true},
			fill:   func(v *Vector) { v.Ints, v.Floats = []int64{1, 2}, []float64{1, 4.5} },
			kind:   KindFloat,
			want:   `{"count":4,"distinct_count":3,"max":4.5,"mean":2.125}`,
		},
		{
			name:   "where types are dynamic, texts in a column of timestamps are such where all can be read",
			column: Column{Kind: KindTimestamp, Dynamic: true},
			fill:   texts("2013-01-01 05:00:00", "2013-01-01T06:00:00Z"),
			kind:   KindTimestamp,
			want:   `{"min":"2013-01-01 05:00:00","quantiles":{"p01":"2013-01-01 05:00:00","p05":"2013-01-01 05:00:00","p25":"2013-01-01 05:00:00","p50":"2013-01-01 05:00:00","p75":"2013-01-01T06:00:00Z","p95":"2013-01-01T06:00:00Z","p99":"2013-01-01T06:00:00Z"}}`,
		},
		{
			name:   "where types are dynamic, one text that is no timestamp makes them texts",
			column: Column{Kind: KindTimestamp, Dynamic: true},
			fill:   texts("2013-01-01 05:00:00", "soon"),
			kind:   KindText,
			want:   `{"min":"2013-01-01 05:00:00","max":"soon","max_length":19}`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := DefaultSettings()
			s.HistogramBins = 2
			got := profileOf(t, test.column, s, test.fill)
			if got.Kind != test.kind || got.OtherKindCount != test.other {
				t.Errorf("kind %s with %d others, want %s with %d", got.Kind, got.OtherKindCount, test.kind, test.other)
			}
			var want, have map[string]any
			if err := json.Unmarshal([]byte(test.want), &want); err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal(got.Metrics)
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(text, &have); err != nil {
				t.Fatal(err)
			}
			for name := range have {
				if _, looked := want[name]; !looked {
					delete(have, name)
				}
			}
			if diff := cmp.Diff(want, have); diff != "" {
				t.Errorf("metrics (-want +got):\n%s", diff)
			}
			if len(got.Estimates) > 0 {
				t.Errorf("a small column has estimates: %v", got.Estimates)
			}
		})
	}
}

func TestOnlyTheMetricsAskedForAreMeasured(t *testing.T) {
	s := DefaultSettings()
	s.Metrics = []Name{Count, Max}
	got := profileOf(t, Column{Kind: KindInteger}, s, func(v *Vector) { v.Ints = []int64{1} })
	if len(got.Metrics) != 2 {
		t.Errorf("got %v", got.Metrics)
	}
}

func TestABatchOfOtherColumnsIsAnError(t *testing.T) {
	a := NewTableAccumulator([]Column{{Name: "a"}}, DefaultSettings())
	if err := a.Add(&Batch{Rows: 1, Vectors: make([]Vector, 2)}); err == nil {
		t.Error("two vectors for one column were taken")
	}
}

// TestEstimatesStayWithinTheirStatedError compares sketches with the exact figures of the same values,
// which the test sorts and counts itself.
func TestEstimatesStayWithinTheirStatedError(t *testing.T) {
	const n = 200_000
	random := rand.New(rand.NewPCG(1, 2))
	streams := map[string]func(i int) float64{
		"uniform":                 func(int) float64 { return random.Float64() * 1000 },
		"normal around a million": func(int) float64 { return 1e6 + random.NormFloat64() },
		"exponential":             func(int) float64 { return random.ExpFloat64() },
		"heavy tail":              func(int) float64 { return math.Exp(3 * random.NormFloat64()) },
		"large identifiers":       func(i int) float64 { return 1e15 + float64(i) },
		"falling":                 func(i int) float64 { return float64(n - i) },
	}
	for name, next := range streams {
		t.Run(name, func(t *testing.T) {
			values := make([]float64, n)
			for i := range values {
				values[i] = next(i)
			}
			s := DefaultSettings()
			s.ColumnBudget = 64 << 10
			a := NewTableAccumulator([]Column{{Kind: KindFloat}}, s)
			for chunk := range slices.Chunk(values, 1024) {
				if err := a.Add(&Batch{Rows: len(chunk), Vectors: []Vector{{Floats: chunk}}}); err != nil {
					t.Fatal(err)
				}
			}
			got := a.Profile().Columns[0]
			checkEstimates(t, got, values)
		})
	}
}

func checkEstimates(t *testing.T, got ColumnProfile, values []float64) {
	t.Helper()
	sorted := slices.Sorted(slices.Values(values))
	distinct := len(slices.Compact(slices.Clone(sorted)))
	estimate, _ := got.Metrics[DistinctCount].Float64()
	if bound := got.Estimates[DistinctCount]; bound == 0 || math.Abs(estimate/float64(distinct)-1) > bound {
		t.Errorf("distinct_count %v for %d, stated error %v", estimate, distinct, bound)
	}
	quantiles, _ := got.Metrics[Quantiles].QuantileSet()
	for i, p := range QuantileProbabilities {
		q, _ := quantiles[i].Float64()
		at, _ := slices.BinarySearch(sorted, q)
		if rank := float64(at) / float64(len(sorted)); math.Abs(rank-p) > got.Estimates[Quantiles] {
			t.Errorf("%s has rank %v, stated error %v", quantileName(i), rank, got.Estimates[Quantiles])
		}
	}
	bins, _ := got.Metrics[Histogram].Bins()
	var total int64
	for i, b := range bins {
		total += b.Count
		low, _ := slices.BinarySearch(sorted, b.Start)
		high, _ := slices.BinarySearch(sorted, b.End)
		if i == len(bins)-1 {
			high = len(sorted)
		}
		if off := math.Abs(float64(b.Count)-float64(high-low)) / float64(len(sorted)); off > got.Estimates[Histogram] {
			t.Errorf("bin %d counts %d for %d, stated error %v", i, b.Count, high-low, got.Estimates[Histogram])
		}
	}
	if total != int64(len(values)) {
		t.Errorf("the bins hold %d of %d values", total, len(values))
	}
	var sums floatSums
	for _, v := range values {
		sums.add(v, 1)
	}
	want, _ := sums.spread().mean().Float64()
	if mean, _ := got.Metrics[Mean].Float64(); math.Abs(mean-want) > 1e-12*math.Abs(want) {
		t.Errorf("mean %v, want %v", mean, want)
	}
	if low, _ := got.Metrics[Min].Float64(); low != sorted[0] {
		t.Errorf("min %v, want %v", low, sorted[0])
	}
}

func TestTextsBeyondTheBudget(t *testing.T) {
	const n = 100_000
	s := DefaultSettings()
	s.ColumnBudget = 64 << 10
	a := NewTableAccumulator([]Column{{Kind: KindText}}, s)
	for start := 0; start < n; start += 1000 {
		b := Batch{Rows: 1000, Vectors: make([]Vector, 1)}
		for i := start; i < start+1000; i++ {
			if i%4 == 0 {
				b.Vectors[0].Texts.AppendString("frequent")
			} else {
				b.Vectors[0].Texts.AppendString(fmt.Sprintf("value-%06d", i))
			}
		}
		if err := a.Add(&b); err != nil {
			t.Fatal(err)
		}
	}
	got := a.Profile().Columns[0]
	distinct, _ := got.Metrics[DistinctCount].Float64()
	if want := 75001.0; math.Abs(distinct/want-1) > got.Estimates[DistinctCount] {
		t.Errorf("distinct_count %v, want %v", distinct, want)
	}
	top, _ := got.Metrics[TopValues].ValueCounts()
	if len(top) == 0 || top[0].Value.String() != "frequent" || math.Abs(float64(top[0].Count)-n/4) > got.Estimates[TopValues]*n {
		t.Errorf("top value %v, stated error %v", top[:1], got.Estimates[TopValues])
	}
	for name, want := range map[Name]string{Min: "frequent", Max: "value-099999", MinLength: "8", MaxLength: "12", AvgLength: "11"} {
		if text := got.Metrics[name].String(); text != want {
			t.Errorf("%s is %s, want %s", name, text, want)
		}
	}
}
