package drift

import (
	"github.com/baselinr/baselinr-pipes/metrics"
)

// The tests of the strategy statistical, under the names that configs use.
const (
	KSTest        = "ks_test"
	PSI           = "psi"
	ZScore        = "z_score"
	ChiSquare     = "chi_square"
	Entropy       = "entropy"
	TopK          = "top_k"
	Wasserstein   = "wasserstein"
	JensenShannon = "jensen_shannon"
	NullRatioTest = "null_ratio"
	RowCountTest  = "row_count"
	Freshness     = "freshness"
)

// test compares what two profiles hold of a column's values.
type test interface {
	// name is the test's name in configs and findings.
	name() string

	// metric is what the test's findings are about.
	metric() metrics.Name

	// applies reports whether the test means something for the column.
	applies(c *metrics.ColumnProfile) bool

	// size is how many of what the test is about a sample has: rows, or values.
	size(s Sample) float64

	// compare tests a column. It fails where what is kept of it cannot carry the test; the error then says
	// why, as it is told.
	compare(p Parameters, before, now Sample) (result, error)
}

// result is what a test found.
type result struct {
	statistic         float64
	pValue            *float64 // nil where the test has none
	effect            float64  // how large the change is, in the unit of the test's thresholds
	leastEffect       float64  // how large it is at least, wherever values lie between those that are known; 0 where that is not told
	baseline, current float64  // the figures of both runs that a finding shows
	change            *float64 // relative, where the finding is about a change in percent
	bounds            *Bounds  // of the numbers that the figures are shares of
	sentence          string   // what changed, from what to what
	discreet          string   // the same without values of the table; empty where the sentence has none
	ofValues          bool     // baseline and current are values of the table, or follow from them
}

// tests lists the tests, in the order of their findings.
func tests() []test {
	return []test{
		nullRatioTest{}, ksTest{}, psiTest{}, wassersteinTest{}, jensenShannonTest{}, zScoreTest{},
		chiSquareTest{}, entropyTest{}, topKTest{}, freshnessTest{},
	}
}

// TestNames lists the names of the tests, of columns and of tables.
func TestNames() []string {
	var names []string
	for _, t := range tests() {
		names = append(names, t.name())
	}
	for _, t := range tableTests() {
		names = append(names, t.name())
	}
	return names
}

// MetricOf returns the metric of which a test's findings are, and false where there is no such test.
func MetricOf(name string) (metrics.Name, bool) {
	for _, t := range tests() {
		if t.name() == name {
			return t.metric(), true
		}
	}
	for _, t := range tableTests() {
		if t.name() == name {
			return t.metric(), true
		}
	}
	return "", false
}

// DefaultParameters are the sizes of effects that docs/drift.md gives reasons for.
func DefaultParameters() Parameters {
	return Parameters{
		Alpha:   map[string]float64{},
		Buckets: map[string]int{PSI: 10, JensenShannon: 10},
		TopK:    10,
		Effects: map[string]Thresholds{
			KSTest:        {0.05, 0.1, 0.2},
			PSI:           {0.2, 0.3, 0.5},
			ZScore:        {2, 2.5, 3},
			ChiSquare:     {0.05, 0.1, 0.2},
			Entropy:       {0.1, 0.2, 0.3},
			TopK:          {0.3, 0.5, 0.7},
			Wasserstein:   {0.1, 0.25, 0.5},
			JensenShannon: {0.1, 0.2, 0.3},
			NullRatioTest: {0.1, 0.3, 0.6},
			RowCountTest:  {0.1, 0.25, 0.5},
			Freshness:     {0.5, 1.5, 3.5}, // a run late, two and four; runs are not on the minute
		},
	}
}
