package drift

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/baselinr/baselinr-pipes/metrics"
)

func TestTwoNumbersThatDifferNeverReadTheSame(t *testing.T) {
	for _, test := range []struct {
		a, b         float64
		wantA, wantB string
	}{
		{100000.04, 100003.89, "100000.04", "100003.89"},
		{10240.5, 20241, "10240", "20241"}, // half a row in ten thousand
		{99999.6, 100000, "99999.6", "100000"},
		{9007199254740991, 9007199254740990, "9007199254740991", "9007199254740990"},
		{9007199254740992, 9007199254740994, "9007199254740992", "9007199254740994"},
		{2.2661e-9, 2.2664e-9, "2.2661e-09", "2.2664e-09"},
		{0.5, 0.75, "0.5", "0.75"},
		{math.Copysign(0, -1), 0, "0", "0"},
		{1e15, 2e15, "1000000000000000", "2000000000000000"},
	} {
		if a, b := pair(test.a, test.b); a != test.wantA || b != test.wantB {
			t.Errorf("%v and %v read %s and %s, want %s and %s", test.a, test.b, a, b, test.wantA, test.wantB)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		a := r.NormFloat64() * math.Pow(10, float64(r.IntN(40)-20))
		b := a + r.NormFloat64()*math.Abs(a)*math.Pow(10, -float64(r.IntN(16)))
		s, u := pair(a, b)
		x, errA := strconv.ParseFloat(s, 64)
		y, errB := strconv.ParseFloat(u, 64)
		if errA != nil || errB != nil || a != b && math.Abs((x-y)-(a-b)) > 0.011*math.Abs(a-b) {
			t.Fatalf("%v and %v read %s and %s", a, b, s, u)
		}
	}
}

// The shares that a sentence tells of values hold at the number that it tells, counted in the values themselves.
func TestSharesHoldAtTheBoundThatIsTold(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, test := range []struct {
		name       string
		shift, per float64 // values are whole multiples of 1/per
	}{{"hundredths", 100000, 100}, {"all digits", 100000, 0}, {"hundredths near 0", 0, 100}, {"small ones", 0, 1e12}} {
		t.Run(test.name, func(t *testing.T) {
			values := func(by float64) []float64 {
				list := make([]float64, 500)
				for i := range list {
					x := test.shift + by + 2*r.NormFloat64()
					if test.per == 1e12 {
						x *= 1e-9
					}
					if test.per > 0 {
						x = math.Round(x*test.per) / test.per
					}
					list[i] = x
				}
				return list
			}
			before, now := values(0), values(3)
			found := tested(spread(before), spread(now), KSTest, PSI)
			if len(found.Findings) != 2 {
				t.Fatalf("%+v", found)
			}
			for _, f := range found.Findings {
				for i, list := range [][]float64{before, now} {
					told := []float64{f.Baseline, f.Current}[i]
					counted := shareWithin(t, f.Reason, list)
					rough := strings.Contains(f.Reason, []string{" went from about ", " % to about "}[i])
					if off := math.Abs(counted - told); off > 0.02 || !rough && off > 1e-9 {
						t.Errorf("%s: of run %d %v lie there", f.Reason, i, counted)
					}
				}
				if f.Bounds == nil {
					t.Errorf("%s: no bounds", f.Reason)
				}
			}
		})
	}
}

// spread is a run with a column of the values, of which it knows every fourth.
func spread(values []float64) *Run {
	sorted := slices.Sorted(slices.Values(values))
	d := &metrics.Distribution{}
	for i := 0; i < len(sorted); {
		j := i
		for j < len(sorted) && sorted[j] == sorted[i] {
			j++
		}
		if n := len(d.Knots); n == 0 || j == len(sorted) || int64(j)-d.Knots[n-1].Through >= 4 {
			d.Knots = append(d.Knots, metrics.Knot{Value: sorted[i], Below: int64(i), Through: int64(j)})
		}
		i = j
	}
	r := one(int64(len(values)), metrics.KindFloat, map[metrics.Name]metrics.Value{metrics.NullCount: metrics.Int(0)})
	r.Profile.Columns[0].Distribution = d
	return r
}

// shareWithin counts the values that a sentence names.
func shareWithin(t *testing.T, sentence string, values []float64) float64 {
	t.Helper()
	words := strings.Fields(sentence[strings.Index(sentence, "values "):strings.Index(sentence, " went ")])
	low, high, strict := math.Inf(-1), math.Inf(1), false
	for i := 0; i+1 < len(words); i++ {
		x, err := strconv.ParseFloat(words[i+1], 64)
		if err != nil {
			continue
		}
		switch words[i] {
		case "above":
			low = x
		case "to":
			high = x
		case "below":
			high, strict = x, true
		}
	}
	n := 0.0
	for _, x := range values {
		if x > low && (x < high || !strict && x == high) {
			n++
		}
	}
	return n / float64(len(values))
}
