package drift

import (
	"strings"
	"testing"

	"github.com/baselinr/baselinr-pipes/metrics"
)

func TestAMetricThatCannotBeReadIsNotComputed(t *testing.T) {
	runs := daily(12, 11, 10, 9, 8)
	runs[0].AddDamaged("c", metrics.Mean)
	for _, strategy := range []string{AbsoluteThreshold, StandardDeviation} {
		r := judgedBy(strategy, runs, against(10))
		if len(r.NotComputed) != 1 || !strings.HasPrefix(r.NotComputed[0].Why, "the mean that is stored of run ") {
			t.Errorf("%s: %+v", strategy, r.NotComputed)
		}
	}
}
