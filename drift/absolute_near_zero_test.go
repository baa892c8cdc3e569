package drift

import (
	"strings"
	"testing"

	"github.com/baselinr/baselinr-pipes/metrics"
)

func TestAValueNearZeroIsJudgedByTheDeviation(t *testing.T) {
	tests := []struct {
		name              string
		metric            metrics.Name
		baseline, current float64
		want              Severity
	}{
		{"the mean of a centred column that stays within its noise", metrics.Mean, 0.1, -0.4, None}, // −500 % of itself
		{"the mean of a centred column that moves by a quarter of a deviation", metrics.Mean, 0.1, 25.2, Medium},
		{"a mean of exactly zero that moves by half a deviation", metrics.Mean, 0, 50, High},
		{"a least value of zero has no percentage", metrics.Min, 0, 20, None},
		{"a least value near zero keeps its percentage", metrics.Min, 1, 1.5, High},
		{"a mean a tenth of a deviation from zero keeps its percentage", metrics.Mean, 10, 20, High},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			run := func(value float64) *Run {
				return &Run{Profile: table(column("c", "double precision", map[metrics.Name]metrics.Value{
					test.metric: metrics.Float(value), metrics.StdDev: metrics.Float(100),
				}))}
			}
			r := Detect(DefaultSettings(), []*Run{run(test.baseline)}, run(test.current))
			if got := r.Severity(); got != test.want {
				t.Errorf("severity %s, want %s: %+v", got, test.want, r.Findings)
			}
			if scaled := test.metric == metrics.Mean && test.baseline < 10 && test.want != None; scaled && !strings.Contains(r.Findings[0].Reason, "of the standard deviation 100") {
				t.Errorf("reason %q", r.Findings[0].Reason)
			}
		})
	}
}
