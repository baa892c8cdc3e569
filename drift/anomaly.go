package drift

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// The methods that find anomalies, under the names that configs use.
const (
	ControlLimits = "control_limits" // outside the limits of what was learned
	IQR           = "iqr"            // far beyond the quartiles of earlier values
	MAD           = "mad"            // many median absolute deviations from their median
	EWMA          = "ewma"           // many deviations from their moving average
	Seasonality   = "seasonality"    // far from what trend and weekday tell
	RegimeShift   = "regime_shift"   // the last runs are at another level than those before
)

// AnomalyMethods lists the methods, in the order in which they are tried.
func AnomalyMethods() []string {
	return []string{ControlLimits, IQR, MAD, EWMA, Seasonality, RegimeShift}
}

// AnomalySettings say how the metrics of a run are held against earlier values.
type AnomalySettings struct {
	Enabled bool
	AnomalyJudgement
	Columns []ColumnAnomalies // the first that matches a column is its own
}

// AnomalyJudgement says which methods are tried, and from where on a value is an anomaly.
type AnomalyJudgement struct {
	Methods []string // names, in any order

	IQR  float64 // interquartile ranges beyond the quartiles
	MAD  float64 // modified z-scores from the median
	EWMA float64 // standard deviations from the moving average, and from trend and season

	Seasonal    bool    // seasonality knows weekdays, not the trend alone
	ShiftRuns   int     // how many of the last runs regime_shift holds against those before
	Sensitivity float64 // p-value below which regime_shift finds one
}

// ColumnAnomalies is the judgement of the columns whose names match.
type ColumnAnomalies struct {
	Matches   func(column string) bool
	Disabled  bool
	Judgement AnomalyJudgement
}

// DefaultAnomalies are the Python tool's settings.
func DefaultAnomalies() AnomalySettings {
	return AnomalySettings{AnomalyJudgement: AnomalyJudgement{
		Methods: AnomalyMethods(), IQR: 1.5, MAD: 3, EWMA: 2, Seasonal: true, ShiftRuns: 3, Sensitivity: 0.05,
	}}
}

// AnomalyDays is how far back the values reach that the methods look at, but for those of what was learned.
const AnomalyDays = 90

// Anomaly is a metric of a run that earlier ones did not let expect, as one method found it.
type Anomaly struct {
	ColumnMetric
	Type     string // as row_count_dip; what the Python tool calls it
	Method   string // one of AnomalyMethods
	Expected float64
	Actual   float64

	Score     float64  // how far off, in the method's unit
	Threshold float64  // what it is held against: the score, and of regime_shift the p-value
	PValue    *float64 // of regime_shift
	Severity  Severity
	Reason    string             // one line that lets a reader check it by hand
	Details   map[string]float64 // the numbers that the method found it by, as the Python tool names them

	Withheld bool // Expected and Actual are not told: see WithoutValues

	ID    string
	Muted *Muted // why it does not count; nil where it does
}

// AnomalyID is the ID of a run's anomaly, a UUIDv5 of what it is about: that of its event in the history.
func AnomalyID(runID string, a Anomaly) string {
	return uuid.NewSHA1(uuid.NameSpaceOID, []byte(runID+"\x00anomaly\x00"+a.Column+"\x00"+string(a.Metric)+"\x00"+a.Method)).String()
}

// judgement returns how a column is judged, and false where it is not.
func (s AnomalySettings) judgement(column string) (AnomalyJudgement, bool) {
	i := slices.IndexFunc(s.Columns, func(c ColumnAnomalies) bool { return c.Matches(column) })
	if i < 0 {
		return s.AnomalyJudgement, true
	}
	return s.Columns[i].Judgement, !s.Columns[i].Disabled
}

// judged is a value with all that it is held against.
type judgedValue struct {
	value   float64
	at      time.Time
	earlier []Point // the oldest first
	values  []float64
	expect  Expectation
}

// found is what a method found of a value.
type found struct {
	kind      string // the type of the anomaly, where its metric gives it no other
	method    string
	expected  float64
	score     float64
	threshold float64
	p         *float64
	severity  Severity
	reason    string
	details   map[string]float64
}

// anomalies holds a metric against its expectation and its earlier values, the oldest first.
func (j AnomalyJudgement) anomalies(e Expectation, earlier []Point, now Point) (list []Anomaly) {
	v := judgedValue{value: now.Value, at: now.At, earlier: earlier, expect: e, values: make([]float64, len(earlier))}
	for i, p := range earlier {
		v.values[i] = p.Value
	}
	for _, m := range []struct {
		name string
		find func(judgedValue) *found
	}{
		{ControlLimits, beyondLimits}, {IQR, j.beyondQuartiles}, {MAD, j.farFromMedian}, {EWMA, j.farFromAverage},
		{Seasonality, j.unlikeSeason}, {RegimeShift, j.shifted},
	} {
		if !slices.Contains(j.Methods, m.name) {
			continue
		}
		f := m.find(v)
		if f == nil {
			continue
		}
		list = append(list, Anomaly{
			ColumnMetric: e.ColumnMetric, Type: anomalyType(e.Metric, f.kind, f.expected, now.Value), Method: f.method,
			Expected: f.expected, Actual: now.Value, Score: f.score, Threshold: f.threshold, PValue: f.p,
			Severity: f.severity, Reason: string(e.Metric) + " is " + beside(now.Value, f.expected) + ", " + f.reason, Details: f.details,
		})
	}
	return list
}

// anomalyType is the Python tool's name of an anomaly of a metric: a method's own, but for some metrics.
func anomalyType(n metrics.Name, kind string, expected, actual float64) string {
	switch {
	case n == metrics.Count && actual > expected:
		return "row_count_spike"
	case n == metrics.Count:
		return "row_count_dip"
	case n == metrics.NullRatio && actual > 0.9:
		return "null_spike"
	case n == metrics.UniqueRatio && actual < expected/2:
		return "uniqueness_drop"
	}
	return kind
}

// graded is the severity of a score that lies above a threshold, as in the Python tool.
func graded(score, threshold float64) Severity {
	switch {
	case score > 3*threshold:
		return High
	case score > 2*threshold:
		return Medium
	}
	return Low
}

// apart reports whether two values differ by more than the rounding of sums.
func apart(a, b float64) bool { return math.Abs(a-b) > smallestSpread*max(math.Abs(a), math.Abs(b)) }

// varies reports whether a spread is more than what rounding explains.
func varies(spread, centre float64) bool { return spread > smallestSpread*math.Abs(centre) }

// yardstick is what stands in for the spread of a metric that never varied: a twentieth of it, and of 0 a
// hundredth of 1, as the Python tool's ewma has it.
func yardstick(centre float64) float64 {
	if centre == 0 {
		return 0.01
	}
	return math.Abs(centre) / 20
}

// sortAnomalies puts those that count first, of these the most severe, then those of one metric together.
func sortAnomalies(list []Anomaly) {
	slices.SortStableFunc(list, func(a, b Anomaly) int {
		return cmp.Or(boolToInt(a.Muted != nil)-boolToInt(b.Muted != nil), cmp.Compare(ranks[b.Severity], ranks[a.Severity]))
	})
}
