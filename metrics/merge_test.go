package metrics

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// stream draws a column of one kind, with a budget that some streams exceed, and its values as
// functions that append one of them each.
func stream(t *rapid.T) (Column, Settings, []func(*Vector)) {
	s := DefaultSettings()
	s.ColumnBudget = rapid.SampledFrom([]int{1, 2 << 10, 16 << 10, DefaultColumnBudget}).Draw(t, "budget")
	kind := rapid.SampledFrom([]Kind{KindInteger, KindFloat, KindDecimal, KindText, KindBoolean, KindDate, KindTime, KindTimestamp, KindBytes, KindJSON, KindUUID}).Draw(t, "kind")
	dynamic := rapid.Bool().Draw(t, "dynamic")
	center := rapid.SampledFrom([]int64{0, 1_700_000_000_000_000, math.MaxInt64 - 1<<40}).Draw(t, "center")
	spread := rapid.SampledFrom([]int64{10, 1 << 12, 1 << 39}).Draw(t, "spread")
	random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
	n := rapid.IntRange(0, 1500).Draw(t, "rows")
	values := make([]func(*Vector), n)
	for i := range values {
		x := random.Int64N(2*spread+1) - spread
		var add func(*Vector)
		switch {
		case x%17 == 3:
			add = func(v *Vector) { v.Nulls++ }
		case dynamic && x%5 == 1:
			add = func(v *Vector) { v.Floats = append(v.Floats, float64(x)/8) }
		case dynamic && x%5 == 2, kind == KindText, kind == KindJSON, kind == KindUUID:
			add = func(v *Vector) { v.Texts.AppendString(fmt.Sprintf("text %9d", x)[:4+i%10]) }
		case kind == KindBytes:
			add = func(v *Vector) { v.Blobs.AppendString(fmt.Sprint(x)) }
		case kind == KindDecimal && !dynamic:
			add = func(v *Vector) { v.Texts.AppendString(fmt.Sprintf("%d.5", x)) }
		case kind == KindFloat:
			add = func(v *Vector) { v.Floats = append(v.Floats, float64(center)+float64(x)/4) }
		case kind == KindBoolean:
			add = func(v *Vector) { v.Ints = append(v.Ints, x&1) }
		case kind == KindTime:
			add = func(v *Vector) { v.Ints = append(v.Ints, (x+spread)%86_400_000_000) }
		case kind == KindDate:
			add = func(v *Vector) { v.Ints = append(v.Ints, x%1_000_000) }
		default:
			add = func(v *Vector) { v.Ints = append(v.Ints, center/2+x) }
		}
		values[i] = add
	}
	return Column{Name: "c", Kind: kind, Dynamic: dynamic}, s, values
}

// accumulated returns an accumulator of the values, handed over in batches.
func accumulated(t *rapid.T, c Column, s Settings, values []func(*Vector)) *TableAccumulator {
	a := NewTableAccumulator([]Column{c}, s)
	for batch := range slices.Chunk(values, 100) {
		b := Batch{Rows: len(batch), Vectors: make([]Vector, 1)}
		for _, add := range batch {
			add(&b.Vectors[0])
		}
		if err := a.Add(&b); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

// TestMergedEqualsTheWhole says, for every kind, any split and any order of merging, that what is exact
// in the whole stream is equal in the merged one, moments to 1e-12 of the values' size, and that
// estimates are within their bounds of the exact figures.
func TestMergedEqualsTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		column, settings, values := stream(t)
		parts := rapid.IntRange(1, 4).Draw(t, "parts")
		var accumulators []*TableAccumulator
		rest := values
		for p := range parts {
			n := len(rest)
			if p < parts-1 {
				n = rapid.IntRange(0, len(rest)).Draw(t, "part")
			}
			accumulators = append(accumulators, accumulated(t, column, settings, rest[:n]))
			rest = rest[n:]
		}
		for len(accumulators) > 1 { // in any order, but neighbours only: the inferred type is of the first rows
			i := rapid.IntRange(0, len(accumulators)-2).Draw(t, "pair")
			if err := accumulators[i].Merge(accumulators[i+1]); err != nil {
				t.Fatal(err)
			}
			accumulators = slices.Delete(accumulators, i+1, i+2)
		}
		unlimited := settings
		unlimited.ColumnBudget = math.MaxInt32
		unlimited.TableBudget = math.MaxInt32
		exact := accumulated(t, column, unlimited, values).Profile().Columns[0]
		whole := accumulated(t, column, settings, values).Profile().Columns[0]
		merged := accumulators[0].Profile().Columns[0]
		if merged.Kind != whole.Kind || merged.OtherKindCount != whole.OtherKindCount || len(merged.Metrics) != len(whole.Metrics) {
			t.Fatalf("%s with %d others and %d metrics, want %s with %d and %d", merged.Kind, merged.OtherKindCount, len(merged.Metrics), whole.Kind, whole.OtherKindCount, len(whole.Metrics))
		}
		for name, want := range exact.Metrics {
			if name == InferredType && column.Dynamic {
				continue // a batch does not tell in which order values of several types came
			}
			for _, got := range []ColumnProfile{whole, merged} {
				checkMetric(t, name, got, want, exact.Metrics)
			}
		}
	})
}

// checkMetric compares a metric with its exact value: an estimate within its bound, others equal.
func checkMetric(t *rapid.T, name Name, got ColumnProfile, want Value, exact map[Name]Value) {
	value := got.Metrics[name]
	bound, estimated := got.Estimates[name]
	x, _ := value.Float64()
	y, _ := want.Float64()
	switch {
	case name == Mean, name == StdDev:
		low, _ := exact[Min].Float64()
		high, _ := exact[Max].Float64()
		if size := max(math.Abs(low), math.Abs(high)); math.Abs(x-y) > 1e-12*size {
			t.Fatalf("%s is %v, want %v", name, x, y)
		}
	case !estimated:
		if value.String() != want.String() {
			t.Fatalf("%s is %s, want %s", name, value, want)
		}
	case name == Quantiles, name == TopValues: // TestEstimatesStayWithinTheirStatedError
	case name == Histogram:
		have, _ := value.Bins()
		bins, _ := want.Bins()
		rows, _ := exact[Count].Float64()
		for b := range bins {
			if off := math.Abs(float64(have[b].Count - bins[b].Count)); off > bound*rows {
				t.Fatalf("bin %d holds %d, want %d, bound %v of %v", b, have[b].Count, bins[b].Count, bound, rows)
			}
		}
	default: // distinct counts; a bound of three standard errors leaves three in a thousand out
		if math.Abs(x-y) > 2*bound*y+2 {
			t.Fatalf("%s is %v, want %v within %v", name, x, y, bound)
		}
	}
}

func TestTheBinaryFormReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		column, settings, values := stream(t)
		half := rapid.IntRange(0, len(values)).Draw(t, "half")
		original := accumulated(t, column, settings, values[:half])
		data, err := original.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var read TableAccumulator
		if err := read.UnmarshalBinary(data); err != nil {
			t.Fatal(err)
		}
		for _, merge := range []bool{false, true} { // and goes on as the original does
			if merge {
				for _, a := range []*TableAccumulator{original, &read} {
					if err := a.Merge(accumulated(t, column, settings, values[half:])); err != nil {
						t.Fatal(err)
					}
				}
			}
			want, _ := json.Marshal(original.Profile())
			got, _ := json.Marshal(read.Profile())
			// Tables and sketches may stand in another order, of which only estimates depend.
			if len(original.Profile().Columns[0].Estimates) == 0 && string(got) != string(want) {
				t.Fatalf("merged: %t: reads back as\n%s, want\n%s", merge, got, want)
			}
		}
	})
}

func TestBytesThatAreNoAccumulatorAreAnError(t *testing.T) {
	a := NewTableAccumulator([]Column{{Name: "a", Kind: KindInteger}}, DefaultSettings())
	data, err := a.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	changed := slices.Clone(data)
	changed[len(changed)/2] ^= 1
	later := slices.Clone(data)
	later[0]++
	for name, data := range map[string][]byte{"nothing": nil, "cut off": data[:len(data)-1], "changed": changed, "of a later version": later} {
		if err := new(TableAccumulator).UnmarshalBinary(data); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestOtherColumnsDoNotMerge(t *testing.T) {
	a := NewTableAccumulator([]Column{{Name: "a", Kind: KindInteger}}, DefaultSettings())
	small := DefaultSettings()
	small.ColumnBudget = 1 << 10
	for name, other := range map[string]*TableAccumulator{
		"more columns":         NewTableAccumulator(make([]Column, 2), DefaultSettings()),
		"another kind":         NewTableAccumulator([]Column{{Name: "a", Kind: KindText}}, DefaultSettings()),
		"another name":         NewTableAccumulator([]Column{{Name: "b", Kind: KindInteger}}, DefaultSettings()),
		"sketches of one size": NewTableAccumulator([]Column{{Name: "a", Kind: KindInteger}}, small),
	} {
		if err := a.Merge(other); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
