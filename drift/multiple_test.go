package drift

import (
	"math"
	"testing"
)

// Values of scipy.stats.false_discovery_control, method bh (scipy 1.17.1).
func TestAdjustedPValues(t *testing.T) {
	got := adjusted([]float64{0.04, 0.001, 0.03, 0.9, 0.02})
	for i, want := range []float64{0.05, 0.005, 0.05, 0.9, 0.05} {
		if math.Abs(got[i]-want) > 1e-12 {
			t.Errorf("%d: %v, want %v", i, got[i], want)
		}
	}
	if len(adjusted(nil)) != 0 {
		t.Error("of none there are none")
	}
}
