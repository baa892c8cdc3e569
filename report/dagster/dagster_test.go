package dagster

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/baselinr/baselinr-pipes/metrics"
)

func TestEstimatesAreMarkedAsSuch(t *testing.T) {
	p := &metrics.TableProfile{Columns: []metrics.ColumnProfile{
		{
			Name: "id", Kind: metrics.KindInteger,
			Metrics: map[metrics.Name]metrics.Value{
				metrics.DistinctCount: metrics.Int(24975), metrics.Min: metrics.Int(3), metrics.Mean: metrics.Float(7.5), metrics.NullRatio: metrics.Float(0),
			},
			Estimates: map[metrics.Name]float64{metrics.Quantiles: 0.01, metrics.Mean: 0.06, metrics.DistinctCount: 0.9},
		},
		{Name: "exact", Kind: metrics.KindInteger, Metrics: map[metrics.Name]metrics.Value{metrics.DistinctCount: metrics.Int(12)}},
	}}
	text := columnProfiles(p).String()
	var table struct {
		Records []map[string]any `json:"records"`
	}
	if err := json.Unmarshal([]byte(text), &table); err != nil || len(table.Records) != 2 {
		t.Fatalf("%s: %v", text, err)
	}
	if got := table.Records[0]["estimated"]; got != "distinct_count, mean" {
		t.Errorf("estimated %q", got)
	}
	if got := table.Records[1]["estimated"]; got != "" {
		t.Errorf("of exact figures: estimated %q", got)
	}
	if !strings.Contains(text, `"distinct_count":24975,`) {
		t.Errorf("a count is no whole number: %s", text)
	}
}

func TestFiguresHaveTheDigitsThatAPersonReads(t *testing.T) {
	for x, want := range map[float64]float64{
		0.020842982862436313: 0.02084298, 123456.789012: 123456.8, 123456789.123: 123456789, -2.5: -2.5, 0: 0, 1e300: 1e300,
	} {
		if got := shown(x); got != want {
			t.Errorf("%v is shown as %v, want %v", x, got, want)
		}
	}
	if inf := math.Inf(1); shown(inf) != inf || !math.IsNaN(shown(math.NaN())) {
		t.Error("what is no number is shown as one")
	}
}
