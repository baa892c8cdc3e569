package drift

import (
	"math"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

// judgedBy is the report of a run under a strategy.
func judgedBy(strategy string, history []*Run, current *Run) *Report {
	s := DefaultSettings()
	s.Strategy = strategy
	return Detect(s, history, current)
}

func TestTheDistanceFromEarlierValues(t *testing.T) {
	// (16-10)/(sqrt(2.5)·sqrt(1.2)) = sqrt(12); the tail of t with 4 degrees of freedom has a closed form.
	tail := 0.5 - 3.0/8*math.Sqrt(3)*0.75
	want := math.Sqrt2 * math.Erfinv(1-2*tail)
	d := deviation([]float64{8, 9, 10, 11, 12}, 16)
	if d.centre != 10 || math.Abs(d.spread-math.Sqrt(3)) > 1e-12 || math.Abs(d.size-want) > 0.02*want {
		t.Errorf("got %+v", d)
	}
	for _, scale := range []float64{1e-6, 1, 1e6} {
		moved := deviation([]float64{8 * scale, 9 * scale, 10 * scale, 11 * scale, 12 * scale}, 16*scale)
		if math.Abs(moved.size-d.size) > 1e-9 {
			t.Errorf("scale %g: %g, want %g", scale, moved.size, d.size)
		}
	}
}

func TestAConstantMetricIsFoundOnlyWhenItChanges(t *testing.T) {
	history := daily(5, 5, 5, 5, 5, 5, 5, 5, 5, 5)
	for _, strategy := range []string{StandardDeviation, ControlChart} {
		if r := judgedBy(strategy, history, against(5)); len(r.Findings) > 0 || r.Note != "" {
			t.Errorf("%s: got %+v", strategy, r)
		}
		r := judgedBy(strategy, history, against(6))
		if r.Severity() != High || r.Findings[0].Score != nil || !strings.Contains(r.Findings[0].Reason, "mean went from 5 to 6, where it did not vary (high), against the m") {
			t.Errorf("%s: no number of deviations says how far it is: got %+v", strategy, r)
		}
		if r := judgedBy(strategy, daily(0, 0, 0, 0, 0, 0, 0, 0, 0, 0), against(0.5)); r.Severity() != High || strings.Contains(r.Findings[0].Reason, "e+") {
			t.Errorf("%s: got %+v", strategy, r)
		}
	}
}

// More than half of the values are 5, so that their median absolute deviation is 0. By hand: of the ten the mean absolute
// deviation from the median is 0.4, times 1.2533 and √1.1 that is a spread of 0.5258; 6 is 1.9 of it away, and 15 is 19.
func TestAMetricThatMostlyIsTheSameVariesAllTheSame(t *testing.T) {
	history := daily(5, 6, 5, 5, 4, 5, 5, 7, 5, 5)
	if centre, spread, constant := robust([]float64{5, 6, 5, 5, 4, 5, 5, 7, 5, 5}); centre != 5 || math.Abs(spread-0.4*1.2533141*math.Sqrt(1.1)) > 1e-6 || constant {
		t.Errorf("centre %g, spread %g, constant %t", centre, spread, constant)
	}
	if r := judgedBy(ControlChart, history, against(6)); len(r.Findings) > 0 {
		t.Errorf("6 was there before: %+v", r.Findings)
	}
	if r := judgedBy(ControlChart, history, against(15)); r.Severity() != High || *r.Findings[0].Score > 100 {
		t.Errorf("got %+v", r.Findings)
	}
}

func TestNoReasonTellsRaritiesThatNobodyCanCheck(t *testing.T) {
	r := judgedBy(StandardDeviation, daily(5, 5.001, 5, 5.001, 5, 5.001, 5), against(5000))
	if !strings.Contains(r.Findings[0].Reason, "by chance less than once in a million runs") {
		t.Errorf("got %s", r.Findings[0].Reason)
	}
}

func TestWhatSeveralRunsAreComparedWithIsSaidOfTheTableToo(t *testing.T) {
	r := judgedBy(StandardDeviation, daily(5, 6, 5, 6, 5), against(5))
	if r.BaselineMethod != StandardDeviation || r.BaselineReason != "5 earlier runs, since 2024-05-26 06:00; the schema with the last run, d1 of 2024-05-30 06:00" {
		t.Errorf("%s: %s", r.BaselineMethod, r.BaselineReason)
	}
	if r := judgedBy(StandardDeviation, daily(5), against(5)); r.BaselineMethod != LastRun || r.BaselineReason != "the last run, d1 of 2024-05-30 06:00" {
		t.Errorf("of a single run, as of a window: %s: %s", r.BaselineMethod, r.BaselineReason)
	}
}

func TestFewerRunsThanNeededAreSaid(t *testing.T) {
	r := judgedBy(StandardDeviation, daily(1, 2), against(9))
	if !strings.Contains(r.Note, "not computed: 2 earlier runs, 3 needed") {
		t.Errorf("got %+v", r)
	}
}

// Of a normal distribution 0.27 % lies beyond 3 deviations; the chart's spread is estimated from 30 runs, and has longer tails.
func TestFalseAlarmsOfStationarySeries(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for strategy, atMost := range map[string]float64{StandardDeviation: 0.01, ControlChart: 0.03} {
		const trials = 4000
		high, any := 0, 0
		for range trials {
			means := make([]float64, 30)
			for i := range means {
				means[i] = 100 + random.NormFloat64()
			}
			r := judgedBy(strategy, daily(means...), against(100+random.NormFloat64()))
			high, any = high+r.Count(High), any+len(r.Findings)
		}
		count := high
		if strategy == ControlChart {
			count = any
		}
		if rate := float64(count) / trials; rate > atMost {
			t.Errorf("%s: rate %g", strategy, rate)
		} else {
			t.Logf("%s: rate %g", strategy, rate)
		}
	}
}

// Of three runs at 11 the average is still off when the value is back at 10, the median of all.
func TestAMetricThatIsBackIsNotFoundForWhatWasBefore(t *testing.T) {
	steady := []float64{9.9, 10.1, 10, 9.9, 10.1, 10, 9.9, 10.1, 10, 9.9, 10.1, 10}
	moved := daily(append([]float64{11, 11, 11}, steady...)...)
	for _, back := range []float64{10, 9.95} {
		if r := judgedBy(ControlChart, moved, against(back)); len(r.Findings) > 0 {
			t.Errorf("%g: %+v", back, r.Findings)
		}
	}
	r := judgedBy(ControlChart, moved, against(11))
	if r.Severity() == None || !regexp.MustCompile(`^mean went from 10 to 11, which takes the moving average to 10\.\d+, [0-9.]+ of its deviations off \(`).MatchString(r.Findings[0].Reason) {
		t.Errorf("while it stays it is found: %+v", r)
	}
}
