// Command driftprobe compares pairs of profiles by one test of drift each: JSON lines on standard input, results on
// standard output. tests/drift holds it against scipy.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
)

// pair is a column in two runs, and the test that compares them.
type pair struct {
	Test        string
	Before, Now run
	Buckets     int
}

// run is a table of one column.
type run struct {
	Rows         int64
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

// compare lets every effect and p-value be a finding, so that the report tells them.
func (p pair) compare() answer {
	s := drift.DefaultSettings()
	s.Strategy = drift.Statistical
	s.Statistical.Tests = []string{p.Test}
	s.Statistical.Level, s.Statistical.MinValues = 1, 1
	s.Statistical.Parameters.Effects = map[string]drift.Thresholds{}
	if p.Buckets > 0 {
		s.Statistical.Parameters.Buckets = map[string]int{drift.PSI: p.Buckets, drift.JensenShannon: p.Buckets}
	}
	r := drift.Detect(s, []*drift.Run{p.Before.profile()}, p.Now.profile())
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
		c.Metrics[name] = metrics.Parse(name, string(raw))
	}
	return &drift.Run{Profile: &metrics.TableProfile{RowCount: r.Rows, RowsRead: r.Rows, Columns: []metrics.ColumnProfile{c}}}
}
