package metrics

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// distributionOf profiles floats with a budget of so many bytes.
func distributionOf(t *testing.T, values []float64, budget int) *Distribution {
	t.Helper()
	settings := DefaultSettings()
	settings.ColumnBudget = budget
	a := NewTableAccumulator([]Column{{Name: "c", Kind: KindFloat}}, settings)
	if err := a.Add(&Batch{Rows: len(values), Vectors: []Vector{{Floats: values}}}); err != nil {
		t.Fatal(err)
	}
	return a.Profile().Columns[0].Distribution
}

func TestADistributionHoldsHowManyValuesLieUpToAnyNumber(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	shapes := map[string]func() float64{
		"normal":     random.NormFloat64,
		"few values": func() float64 { return float64(random.IntN(100)) },
		"half zeros": func() float64 { return math.Max(0, random.NormFloat64()) },
		"log-normal": func() float64 { return math.Exp(3 * random.NormFloat64()) },
		"rounded":    func() float64 { return math.Round(random.NormFloat64() * 100) },
		"one value":  func() float64 { return 7 },
	}
	for name, draw := range shapes {
		for _, budget := range []int{DefaultColumnBudget, 64 << 10} {
			for _, n := range []int{1, 5, 127, 130, 1000, 50_000} {
				values := make([]float64, n)
				for i := range values {
					values[i] = draw()
				}
				d := distributionOf(t, values, budget)
				slices.Sort(values)
				if len(d.Knots) > mostKnots || d.Count() != int64(n) {
					t.Fatalf("%s of %d: %d knots of %d values", name, n, len(d.Knots), d.Count())
				}
				for range 200 {
					x := values[random.IntN(n)] + float64(random.IntN(3)-1)*1e-9
					truth := float64(sort.Search(n, func(i int) bool { return values[i] > x }))
					found := d.UpTo(x)
					if truth < found.Least || truth > found.Most {
						t.Errorf("%s of %d: %v values up to %v, between %v and %v", name, n, truth, x, found.Least, found.Most)
					}
					if d.Complete && found.Least != found.Most {
						t.Errorf("%s of %d: not sure at %v", name, n, x)
					}
					if found.Likely < found.Least || found.Likely > found.Most {
						t.Errorf("%s of %d: likely %v, between %v and %v", name, n, found.Likely, found.Least, found.Most)
					}
					below := float64(sort.Search(n, func(i int) bool { return values[i] >= x }))
					if found := d.Below(x); below < found.Least || below > found.Most {
						t.Errorf("%s of %d: %v values below %v, between %v and %v", name, n, below, x, found.Least, found.Most)
					}
					// The knots' own gap: what the error of ranks adds at both ends is left out.
					if gap := (found.Most-found.Least)/float64(n) - 2*d.RankError; gap > 1.0/100+2*d.RankError {
						t.Errorf("%s of %d: %v of the values between two knots", name, n, gap)
					}
				}
			}
		}
	}
}

func TestADistributionLeavesOutInfinitiesAndNaN(t *testing.T) {
	d := distributionOf(t, []float64{math.Inf(-1), 1, math.NaN(), 2, 2, math.Inf(1)}, DefaultColumnBudget)
	want := &Distribution{Complete: true, Knots: []Knot{{1, 0, 1}, {2, 1, 3}}}
	if diff := cmp.Diff(want, d); diff != "" {
		t.Error(diff)
	}
	if d := distributionOf(t, []float64{math.Inf(1), math.NaN()}, DefaultColumnBudget); d != nil {
		t.Errorf("got %v of no finite number", d)
	}
}

func TestADistributionIsTheSameAfterItsJSON(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	values := make([]float64, 3000)
	for i := range values {
		values[i] = random.NormFloat64()
	}
	for _, d := range []*Distribution{distributionOf(t, values, DefaultColumnBudget), distributionOf(t, values[:20], DefaultColumnBudget)} {
		text, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		var read Distribution
		if err := json.Unmarshal(text, &read); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(*d, read); diff != "" {
			t.Error(diff)
		}
	}
}

func TestWhatIsNoDistributionIsNotRead(t *testing.T) {
	for _, text := range []string{
		`{"values":[1,2],"through":[1]}`, `{"values":[2,1],"through":[1,2]}`, `{"values":[1,1],"through":[1,2]}`,
		`{"values":[1,2],"through":[2,1]}`, `{"values":[1],"through":[1],"below":[2]}`, `{"values":[1,2],"through":[3,4],"below":[0,2]}`, `{"values":"a"}`, `[`,
	} {
		var d Distribution
		if err := json.Unmarshal([]byte(text), &d); err == nil {
			t.Errorf("%s is read as %v", text, d)
		}
	}
}
