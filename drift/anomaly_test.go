package drift

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/baselinr/baselinr-pipes/metrics"
)

var (
	firstDay = time.Date(2024, 1, 1, 6, 0, 0, 0, time.UTC) // a Monday
	ofMean   = ColumnMetric{"c", metrics.Mean}
)

// outlook judges the last of the values by those before, a run a day, by the methods given, or all.
func outlook(values []float64, change func(*OutlookSettings), methods ...string) *Outlook {
	s := OutlookSettings{Learning: DefaultLearning(), Anomalies: DefaultAnomalies()}
	s.Learning.Enabled, s.Learning.WindowDays, s.Anomalies.Enabled = true, AnomalyDays, true
	if len(methods) > 0 {
		s.Anomalies.Methods = methods
	}
	if change != nil {
		change(&s)
	}
	last := len(values) - 1
	past := &Past{Series: map[ColumnMetric][]Point{ofMean: {}}}
	for i, x := range values[:last] {
		past.Series[ofMean] = append(past.Series[ofMean], Point{firstDay.AddDate(0, 0, i), x})
	}
	c := metrics.ColumnProfile{Name: "c", Type: "float", Metrics: map[metrics.Name]metrics.Value{metrics.Mean: metrics.Float(values[last])}}
	return s.Of(past, &Run{RunID: "now", ProfiledAt: firstDay.AddDate(0, 0, last), Profile: &metrics.TableProfile{Columns: []metrics.ColumnProfile{c}}})
}

func methodsOf(o *Outlook) (names []string) {
	for _, a := range o.Anomalies {
		names = append(names, a.Method)
	}
	return names
}

func noise(seed uint64, n int) []float64 {
	random := rand.New(rand.NewPCG(seed, 1))
	values := make([]float64, n)
	for i := range values {
		values[i] = 100 + random.NormFloat64()
	}
	return values
}

func TestAConstantSeriesHasNoAnomaly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Float64Range(-1e12, 1e12).Draw(t, "value")
		values := slices.Repeat([]float64{x}, rapid.IntRange(1, 80).Draw(t, "runs"))
		rounding := rapid.Float64Range(-1e-13, 1e-13).Draw(t, "rounding")
		values[len(values)-1] *= 1 + rounding
		if o := outlook(values, nil); len(o.Anomalies) > 0 {
			t.Fatalf("%+v", o.Anomalies)
		}
	})
}

func TestASpikeIsFound(t *testing.T) {
	for seed := range uint64(50) {
		values := append(noise(seed, 40), 130)
		got := methodsOf(outlook(values, nil))
		want := []string{ControlLimits, IQR, MAD, EWMA, Seasonality}
		if diff := cmp.Diff(want, slices.DeleteFunc(got, func(m string) bool { return m == RegimeShift })); diff != "" {
			t.Fatalf("seed %d: %s", seed, diff)
		}
	}
}

func TestOrderDoesNotMatterToQuartilesMedianAndLimits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-10, 10), 6, 40).Draw(t, "values")
		shuffled := append(rapid.Permutation(values[:len(values)-1]).Draw(t, "shuffled"), values[len(values)-1])
		for _, method := range []string{IQR, MAD} {
			if diff := cmp.Diff(outlook(values, nil, method).Anomalies, outlook(shuffled, nil, method).Anomalies, closely); diff != "" {
				t.Fatal(method, diff)
			}
		}
	})
}

var closely = cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) <= 1e-9*max(1, math.Abs(a)) })

func TestWhatIsLearnedDoesNotKnowTheRunThatIsJudged(t *testing.T) {
	earlier := noise(1, 30)
	calm, wild := outlook(append(slices.Clone(earlier), 100), nil), outlook(append(slices.Clone(earlier), 1e6), nil)
	if diff := cmp.Diff(calm.Expectations, wild.Expectations); diff != "" || len(calm.Expectations) != 1 {
		t.Error(diff)
	}
}

func TestTooFewRunsLetNothingExpect(t *testing.T) {
	if o := outlook([]float64{1, 2, 1, 2, 900}, nil); o.Expectations != nil || o.Anomalies != nil {
		t.Errorf("of 4 runs, with min_samples 5: %+v", o)
	}
	old := func(s *OutlookSettings) { s.Learning.WindowDays = 4 }
	if o := outlook(append(noise(2, 20), 900), old); o.Expectations != nil {
		t.Errorf("of 20 runs of which 4 are within the window: %+v", o.Expectations)
	}
}

func TestASteadyRiseIsNoAnomalyOfTheTrend(t *testing.T) {
	values := noise(3, 40)
	for i := range values {
		values[i] += float64(i) * 5
	}
	if o := outlook(values, nil, Seasonality); len(o.Anomalies) > 0 {
		t.Errorf("%+v", o.Anomalies)
	}
	if o := outlook(append(values[:39:39], values[38]), nil, Seasonality); len(o.Anomalies) != 1 || o.Anomalies[0].Expected < values[38]+3 {
		t.Errorf("a rise that stops is not told: %+v", o.Anomalies)
	}
}

func TestAValueThatIsOddForItsWeekdayIsFound(t *testing.T) {
	values := noise(4, 57) // the last is a Monday
	for i := range values {
		if i%7 >= 5 {
			values[i] -= 40
		}
	}
	if o := outlook(values[:56], nil, Seasonality); len(o.Anomalies) > 0 { // a Sunday
		t.Errorf("a Sunday like the others: %+v", o.Anomalies)
	}
	values[56] -= 40
	o := outlook(values, nil, Seasonality)
	if len(o.Anomalies) != 1 || o.Anomalies[0].Type != "seasonal_anomaly" || o.Anomalies[0].Severity != High {
		t.Errorf("a Monday like a Sunday: %+v", o.Anomalies)
	}
	if o := outlook(values, func(s *OutlookSettings) { s.Anomalies.Seasonal = false }, Seasonality); len(o.Anomalies) > 0 && o.Anomalies[0].Type != "trend_anomaly" {
		t.Errorf("without weekdays: %+v", o.Anomalies)
	}
}

func TestANewLevelIsAShiftAndASpikeIsNone(t *testing.T) {
	shifted := append(noise(5, 30), 105, 104.5, 105.5)
	o := outlook(shifted, nil, RegimeShift)
	if len(o.Anomalies) != 1 || *o.Anomalies[0].PValue >= 0.05 || o.Anomalies[0].Details["window_size"] != 3 {
		t.Errorf("three runs at another level: %+v", o.Anomalies)
	}
	if o := outlook(append(noise(5, 32), 130), nil, RegimeShift); len(o.Anomalies) > 0 {
		t.Errorf("one run apart: %+v", o.Anomalies)
	}
	if o := outlook([]float64{4, 4, 4, 4, 4, 5, 5, 5}, nil, RegimeShift); len(o.Anomalies) != 1 {
		t.Errorf("from one constant to another: %+v", o.Anomalies)
	}
}

func TestWhatNeverVariedIsJudgedByATwentiethOfIt(t *testing.T) {
	for _, test := range []struct {
		value float64
		want  Severity
	}{{104, Low}, {112, Medium}, {120, High}} {
		o := outlook(append(slices.Repeat([]float64{100}, 10), test.value), nil, ControlLimits)
		if o.AnomalySeverity() != test.want {
			t.Errorf("%v after ten times 100: %+v, want %s", test.value, o.Anomalies, test.want)
		}
	}
	if o := outlook(append(make([]float64, 10), 0.2), nil, ControlLimits, EWMA); len(o.Anomalies) != 2 || o.AnomalySeverity() != High {
		t.Errorf("0.2 after zeros: %+v", o.Anomalies)
	}
}

func TestAColumnsOwnJudgementGoesBeforeItsTables(t *testing.T) {
	values := append(noise(6, 30), 130)
	own := func(c ColumnAnomalies) func(*OutlookSettings) {
		c.Matches = func(column string) bool { return column == "c" }
		return func(s *OutlookSettings) { s.Anomalies.Columns = []ColumnAnomalies{c} }
	}
	if o := outlook(values, own(ColumnAnomalies{Disabled: true})); len(o.Anomalies) > 0 || len(o.Expectations) != 1 {
		t.Errorf("disabled: %+v", o)
	}
	judgement := DefaultAnomalies().AnomalyJudgement
	judgement.Methods, judgement.MAD = []string{MAD, IQR}, 1000
	if got := methodsOf(outlook(values, own(ColumnAnomalies{Judgement: judgement}))); !slices.Equal(got, []string{IQR}) {
		t.Errorf("mad from 1000, and iqr: got %v", got)
	}
}

func TestMutedAnomaliesDoNotCount(t *testing.T) {
	o := outlook(append(noise(7, 30), 130), func(s *OutlookSettings) {
		s.Feedback.Mutes = []Mute{{ID: "m", Column: "c", Until: firstDay.AddDate(1, 0, 0)}}
	})
	if len(o.Anomalies) == 0 || o.AnomalyCount() != 0 || o.AnomalySeverity() != None {
		t.Errorf("%+v", o.Anomalies)
	}
}

func TestAnomaliesOfOneMetricAreToldAtOnce(t *testing.T) {
	o := &Outlook{Anomalies: []Anomaly{
		{ColumnMetric: ColumnMetric{"a", metrics.Count}, Method: IQR}, {ColumnMetric: ColumnMetric{"a", metrics.Count}, Method: MAD},
		{ColumnMetric: ColumnMetric{"b", metrics.Count}, Method: IQR}, {ColumnMetric: ColumnMetric{"b", metrics.Mean}, Method: IQR},
	}}
	folded := o.Folded()
	if len(folded) != 2 || folded[0].Columns != 2 || !slices.Equal(folded[0].Methods, []string{IQR, MAD}) || folded[1].Column != "b" {
		t.Errorf("%+v", folded)
	}
}

// How often a method calls a value an anomaly that is drawn as the others were; docs/anomalies.md has the numbers.
func TestAnomaliesOfStationarySeriesAreFew(t *testing.T) {
	const series = 4000
	most := map[string]float64{ControlLimits: 0.6, IQR: 9, MAD: 6, EWMA: 10, Seasonality: 8, RegimeShift: 9}
	for _, runs := range []int{10, 30, 60} {
		found, any, high := map[string]int{}, 0, 0
		for seed := range uint64(series) {
			o := outlook(noise(seed+1000*uint64(runs), runs+1), nil)
			for _, m := range methodsOf(o) {
				found[m]++
			}
			any += boolToInt(len(o.Anomalies) > 0)
			high += boolToInt(o.AnomalySeverity() == High)
		}
		for method, limit := range most {
			share := 100 * float64(found[method]) / series
			t.Logf("%d earlier runs: %s %.1f %%", runs, method, share)
			if share > limit {
				t.Errorf("%d earlier runs: %s finds an anomaly in %.1f %% of series that have none", runs, method, share)
			}
		}
		t.Logf("%d earlier runs: any method %.1f %%, of high severity %.1f %%", runs, 100*float64(any)/series, 100*float64(high)/series)
	}
}
