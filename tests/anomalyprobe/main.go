// Command anomalyprobe tells what is learned of series, and whether their last values are anomalies: JSON lines on
// standard input, results on standard output. tests/drift holds it against scipy.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
)

// series are the values of a metric, a run a day, and how the last of them is judged.
type series struct {
	Values    []float64 // the oldest first, the one that is judged last
	Methods   []string
	Threshold float64 // of iqr, mad, ewma and seasonality
	Seasonal  bool
	ShiftRuns int
}

// answer is what was learned before the last value, and by which methods it is an anomaly.
type answer struct {
	Expectation *drift.Expectation       `json:"expectation"`
	Found       map[string]drift.Anomaly `json:"found"`
}

func main() {
	in, out := json.NewDecoder(bufio.NewReader(os.Stdin)), bufio.NewWriter(os.Stdout)
	for in.More() {
		var s series
		if err := in.Decode(&s); err != nil {
			fail(err)
		}
		if err := json.NewEncoder(out).Encode(s.judge()); err != nil {
			fail(err)
		}
	}
	if err := out.Flush(); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "anomalyprobe:", err)
	os.Exit(1)
}

// monday is when the first run of a series was.
var monday = time.Date(2024, 1, 1, 6, 0, 0, 0, time.UTC)

func (s series) judge() answer {
	settings := drift.OutlookSettings{Learning: drift.DefaultLearning(), Anomalies: drift.DefaultAnomalies()}
	settings.Learning.Enabled, settings.Learning.WindowDays, settings.Anomalies.Enabled = true, drift.AnomalyDays, true
	a := &settings.Anomalies
	a.Methods, a.Seasonal, a.Sensitivity = s.Methods, s.Seasonal, 1.1 // so that every p-value is told
	if s.Threshold > 0 {
		a.IQR, a.MAD, a.EWMA = s.Threshold, s.Threshold, s.Threshold
	}
	if s.ShiftRuns > 0 {
		a.ShiftRuns = s.ShiftRuns
	}
	of := drift.ColumnMetric{Column: "c", Metric: metrics.Mean}
	past := &drift.Past{Series: map[drift.ColumnMetric][]drift.Point{}}
	last := len(s.Values) - 1
	for i, x := range s.Values[:last] {
		past.Series[of] = append(past.Series[of], drift.Point{At: monday.AddDate(0, 0, i), Value: x})
	}
	now := metrics.ColumnProfile{Name: "c", Metrics: map[metrics.Name]metrics.Value{metrics.Mean: metrics.Float(s.Values[last])}}
	o := settings.Of(past, &drift.Run{ProfiledAt: monday.AddDate(0, 0, last), Profile: &metrics.TableProfile{Columns: []metrics.ColumnProfile{now}}})
	told := answer{Found: map[string]drift.Anomaly{}}
	if len(o.Expectations) > 0 {
		told.Expectation = &o.Expectations[0]
	}
	for _, found := range o.Anomalies {
		told.Found[found.Method] = found
	}
	return told
}
