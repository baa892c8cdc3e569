// Command driftprobe compares pairs of profiles by one test of drift each: JSON lines on standard input, results on
// standard output. tests/drift holds it against scipy.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"time"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
)

// pair is a column in a run and in earlier ones, the newest first, and the test or strategy that compares them.
type pair struct {
	Test    string
	Before  []run
	Now     run
	Chart   *drift.ChartSettings // of ml_based; its thresholds are set here
	Buckets int
}

// run is a table of one column.
type run struct {
	Rows, Read   int64 // Read is fewer where a sample was read; 0 is all
	At           time.Time
	Kind         metrics.Kind
	Metrics      map[metrics.Name]json.RawMessage
	Distribution *metrics.Distribution
}

// answer is what the test found. The numbers are nil where it was not computed.
type answer struct {
	Statistic *float64 `json:"statistic"`
	PValue    *float64 `json:"p_value"`
	Effect    *float64 `json:"effect"`
	Why       string   `json:"why,omitempty"`
}

func main() {
	in, out := json.NewDecoder(bufio.NewReader(os.Stdin)), bufio.NewWriter(os.Stdout)
	for in.More() {
		var p pair
		if err := in.Decode(&p); err != nil {
			fmt.Fprintln(os.Stderr, "driftprobe:", err)
			os.Exit(1)
		}
		if err := json.NewEncoder(out).Encode(p.compare()); err != nil {
			fmt.Fprintln(os.Stderr, "driftprobe:", err)
			os.Exit(1)
		}
	}
	if err := out.Flush(); err != nil {
		os.Exit(1)
	}
}

// compare lets every effect and p-value be a finding, so that the report tells them. Several earlier runs are taken
// together.
func (p pair) compare() answer {
	s := drift.DefaultSettings()
	s.Strategy = drift.Statistical
	s.Baseline.Strategy, s.Baseline.MovingAverage, s.Baseline.MinRuns = drift.MovingAverage, len(p.Before), 3
	any := drift.Thresholds{Low: math.SmallestNonzeroFloat64, Medium: math.Inf(1), High: math.Inf(1)}
	s.Deviations = any
	if p.Test == drift.StandardDeviation || p.Test == drift.ControlChart {
		s.Strategy = p.Test
	}
	if p.Chart != nil {
		s.Chart = *p.Chart
		s.Chart.Deviations = any
	}
	s.Statistical.Tests = []string{p.Test}
	s.Statistical.Level, s.Statistical.MinValues = 1, 1
	s.Statistical.Parameters.Effects = map[string]drift.Thresholds{}
	if p.Buckets > 0 {
		s.Statistical.Parameters.Buckets = map[string]int{drift.PSI: p.Buckets, drift.JensenShannon: p.Buckets}
	}
	var before []*drift.Run
	for _, r := range p.Before {
		before = append(before, r.profile())
	}
	r := drift.Detect(s, before, p.Now.profile())
	for _, f := range r.Findings {
		return answer{f.Score, f.PValue, f.Effect, ""}
	}
	for _, skipped := range r.NotComputed {
		return answer{Why: skipped.Why}
	}
	return answer{Why: r.Note}
}

func (r run) profile() *drift.Run {
	c := metrics.ColumnProfile{Name: "c", Kind: r.Kind, Metrics: map[metrics.Name]metrics.Value{}, Distribution: r.Distribution}
	for name, raw := range r.Metrics {
		var text string
		if json.Unmarshal(raw, &text) != nil {
			text = string(raw) // of a number or a structure
		}
		c.Metrics[name] = metrics.Parse(name, text)
	}
	read := r.Read
	if read == 0 {
		read = r.Rows
	}
	profile := &metrics.TableProfile{RowCount: r.Rows, RowsRead: read, Columns: []metrics.ColumnProfile{c}}
	return &drift.Run{Profile: profile, ProfiledAt: r.At}
}
