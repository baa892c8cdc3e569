package picture

import (
	"math"
	"testing"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
)

func TestRunsOfOtherSizesAndOtherKnotsShareOneGrid(t *testing.T) {
	// The same even spread, told by other knots and of ten times as many values.
	few := drift.Mixture{evenly(0, 32, 400)}
	many := drift.Mixture{{Knots: []metrics.Knot{{Value: 0}, {Value: 3, Below: 375, Through: 375}, {Value: 32, Below: 4000, Through: 4000}}}}
	edges, low, high, outer := grid(few, many, false, 32)
	if low != 0 || high != 32 || outer || len(edges) != 33 {
		t.Fatalf("grid from %g to %g, outer %v: %v", low, high, outer, edges)
	}
	for name, m := range map[string]drift.Mixture{"few": few, "many": many} {
		for i, s := range sharesOf(m, edges) {
			if math.Abs(s-1.0/32) > 1e-12 {
				t.Errorf("%s: bin %d has %g of the values, want 1/32", name, i, s)
			}
		}
	}
}

func TestFewWholeNumbersHaveABinEach(t *testing.T) {
	dice := &metrics.Distribution{Complete: true}
	for i := range int64(6) {
		dice.Knots = append(dice.Knots, metrics.Knot{Value: float64(i + 1), Below: i * 10, Through: i*10 + 10})
	}
	edges, low, high, _ := grid(drift.Mixture{dice}, nil, true, 32)
	if low != 1 || high != 6 || len(edges) != 7 {
		t.Fatalf("from %g to %g: %v", low, high, edges)
	}
	for i, s := range sharesOf(drift.Mixture{dice}, edges) {
		if math.Abs(s-1.0/6) > 1e-12 {
			t.Errorf("bin %d has %g", i, s)
		}
	}
}

func TestOneValueFarOutDoesNotSqueezeTheOthers(t *testing.T) {
	d := evenly(0, 10, 1000)
	d.Knots = append(d.Knots, metrics.Knot{Value: 1e6, Below: 1000, Through: 1001})
	edges, _, high, outer := grid(drift.Mixture{d}, drift.Mixture{evenly(0, 10, 1000)}, false, 32)
	if high != 10 || !outer {
		t.Errorf("the grid ends at %g, outer %v", high, outer)
	}
	var sum float64
	for _, s := range sharesOf(drift.Mixture{d}, edges) {
		sum += s
	}
	if math.Abs(sum-1) > 1e-12 {
		t.Errorf("the bins hold %g of the values", sum)
	}
}

func TestNothingIsDrawnOfOneValueOrOfNone(t *testing.T) {
	one := drift.Mixture{{Knots: []metrics.Knot{{Value: 3, Through: 9}}, Complete: true}}
	for name, m := range map[string]drift.Mixture{"one value": one, "no value": nil} {
		if edges, _, _, _ := grid(m, m, true, 32); edges != nil {
			t.Errorf("%s: got %v", name, edges)
		}
	}
}

func TestTheWidestRangeOfNumbersDoesNotOverflow(t *testing.T) {
	wide := &metrics.Distribution{Knots: []metrics.Knot{{Value: -1.7e308, Through: 2}, {Value: 1.7e308, Below: 2, Through: 4}}, Complete: true}
	edges, _, _, _ := grid(drift.Mixture{wide}, nil, false, 32)
	if len(edges) == 0 {
		t.Fatal("there is no grid")
	}
	for i, x := range edges {
		if math.IsInf(x, 0) || math.IsNaN(x) || i > 0 && x <= edges[i-1] {
			t.Fatalf("edge %d is %g", i, x)
		}
	}
}

// evenly are n values spread evenly between two numbers.
func evenly(low, high float64, n int64) *metrics.Distribution {
	d := &metrics.Distribution{}
	for i := range int64(5) {
		d.Knots = append(d.Knots, metrics.Knot{Value: low + (high-low)*float64(i)/4, Below: n / 4 * i, Through: n / 4 * i})
	}
	return d
}
