package drift

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// The wanted numbers are what ColumnRenamer.calculate_similarity of the Python tool 0.9.0 returns.
func TestTheSimilarityOfNamesIsThatOfThePythonTool(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want float64
	}{
		{"id", "name", 0},
		{"customer_id", "customer_name", 0.8307692307692307},
		{"email", "email_address", 0.4615384615384615},
		{"Amount", "amount", 1},
		{"order_total", "total_order", 0.09090909090909094},
		{"ts", "timestamp", 0.24444444444444444},
		{"created_at", "updated_at", 0.84},
		{"start_date", "end_date", 0.6},
		{"prénom", "prenom", 1},
		{"aa", "aaa", 0.9333333333333333},
		{"user_name", "username", 1},
		{"x", "y", 0},
		{"phone", "phone_number", 0.5},
	} {
		if got := nameSimilarity(test.a, test.b); math.Abs(got-test.want) > 1e-12 {
			t.Errorf("%s, %s: %v, want %v", test.a, test.b, got, test.want)
		}
	}
}

func TestTheSimilarityOfNamesIsSymmetricAndWithinItsRange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.String().Draw(t, "a"), rapid.String().Draw(t, "b")
		s := nameSimilarity(a, b)
		if s < 0 || s > 1 || s != nameSimilarity(b, a) || nameSimilarity(a, a) != 1 {
			t.Errorf("similarity %v", s)
		}
	})
}

// of makes a column with these metrics: pairs of a name and a number.
func of(name, declared string, kind metrics.Kind, pairs ...any) metrics.ColumnProfile {
	c := metrics.ColumnProfile{Name: name, Type: declared, Kind: kind, Metrics: map[metrics.Name]metrics.Value{}}
	for i := 0; i < len(pairs); i += 2 {
		c.Metrics[pairs[i].(metrics.Name)] = metrics.Float(pairs[i+1].(float64))
	}
	return c
}

func TestWhatCountsAsARename(t *testing.T) {
	for _, test := range []struct {
		name    string
		was, is metrics.ColumnProfile
		want    bool
	}{
		{"similar names of one type", of("customer_id", "integer", ""), of("customer_no", "integer", ""), true},
		{"similar names of types that are alike", of("amount", "real", ""), of("amount_", "numeric(10,2)", ""), true},
		{"similar names of two types", of("customer_id", "integer", ""), of("customer_ids", "text", ""), false},
		{"names that have nothing in common", of("id", "integer", ""), of("name", "integer", ""), false},
		{
			"a key, and a category with a similar name",
			of("customer_id", "text", metrics.KindText, metrics.DistinctCount, 1000., metrics.UniqueRatio, 1.),
			of("customer_in", "text", metrics.KindText, metrics.DistinctCount, 4., metrics.UniqueRatio, .004), false,
		},
		{
			"a key of a table that grew tenfold",
			of("customer_id", "text", metrics.KindText, metrics.DistinctCount, 1000., metrics.UniqueRatio, 1.),
			of("customer_no", "text", metrics.KindText, metrics.DistinctCount, 10000., metrics.UniqueRatio, 1.), true,
		},
		{
			"a category of a table that grew tenfold",
			of("order_state", "text", metrics.KindText, metrics.DistinctCount, 5., metrics.UniqueRatio, .005),
			of("order_status", "text", metrics.KindText, metrics.DistinctCount, 5., metrics.UniqueRatio, .0005), true,
		},
		{
			"the same, of which only one number was measured",
			of("order_state", "text", metrics.KindText, metrics.DistinctCount, 5.),
			of("order_status", "text", metrics.KindText, metrics.DistinctCount, 50.), false,
		},
		{
			"a column without nulls, and one with a third of them",
			of("closed_at", "date", metrics.KindDate, metrics.NullRatio, 0.),
			of("closed_on", "date", metrics.KindDate, metrics.NullRatio, .33), false,
		},
		{
			"numbers of two magnitudes",
			of("price_net", "real", metrics.KindFloat, metrics.Mean, 100., metrics.StdDev, 20.),
			of("price_tax", "real", metrics.KindFloat, metrics.Mean, 19., metrics.StdDev, 4.), false,
		},
		{
			"numbers of one magnitude",
			of("price_net", "real", metrics.KindFloat, metrics.Mean, 100., metrics.StdDev, 20.),
			of("price_nett", "real", metrics.KindFloat, metrics.Mean, 104., metrics.StdDev, 22.), true,
		},
		{
			"numbers and words in columns that are declared alike",
			of("code_a", "", metrics.KindInteger, metrics.NullRatio, 0.), of("code_b", "", metrics.KindText, metrics.NullRatio, 0.), false,
		},
		{
			"long texts and short ones",
			of("body_text", "text", metrics.KindText, metrics.AvgLength, 800.),
			of("body_type", "text", metrics.KindText, metrics.AvgLength, 9.), false,
		},
	} {
		changes := schemaChanges([]metrics.ColumnProfile{test.was}, []metrics.ColumnProfile{test.is}, 0.7)
		if got := changes[0].Type == ColumnRenamed; got != test.want {
			t.Errorf("%s: %v", test.name, changes)
		}
		if want := map[bool]int{true: 1, false: 2}[test.want]; len(changes) != want {
			t.Errorf("%s: %d changes, want %d: %v", test.name, len(changes), want, changes)
		}
	}
}

func TestTheMostSimilarPairIsTheRename(t *testing.T) {
	before := []metrics.ColumnProfile{of("amount_eu", "real", ""), of("amount_usd", "real", ""), of("kept", "text", "")}
	now := []metrics.ColumnProfile{of("kept", "text", ""), of("amount_eur", "real", ""), of("amount_us", "real", "")}
	got := fmt.Sprint(schemaChanges(before, now, 0.7))
	want := "[column amount_eu renamed to amount_eur column amount_usd renamed to amount_us]"
	if got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// Whatever the columns: each is told once, and what is told leads from the columns before to those now.
func TestSchemaChangesLeadFromBeforeToNow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		columns := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) metrics.ColumnProfile {
			return of(rapid.StringMatching("[ab]{1,4}").Draw(t, "name"), rapid.SampledFrom([]string{"integer", "text", "date"}).Draw(t, "type"), "")
		}), 0, 8, func(c metrics.ColumnProfile) string { return c.Name })
		before, now := columns.Draw(t, "before"), columns.Draw(t, "now")
		types := map[string]string{}
		for _, c := range before {
			types[c.Name] = c.Type
		}
		changes := schemaChanges(before, now, rapid.Float64Range(0, 1).Draw(t, "similarity"))
		for _, c := range changes { // first what goes: a new name may be an old one elsewhere
			switch c.Type {
			case ColumnRemoved:
				delete(types, c.Column)
			case ColumnRenamed:
				delete(types, c.OldColumn)
			}
		}
		for _, c := range changes {
			if _, exists := types[c.Column]; c.Type != ColumnRemoved && exists != (c.Type == TypeChanged) {
				t.Fatalf("%v in %v", c, changes)
			}
			if c.Type != ColumnRemoved {
				types[c.Column] = c.NewType
			}
		}
		if len(types) != len(now) {
			t.Fatalf("%v of %v lead to %v, not to %v", changes, before, types, now)
		}
		for _, c := range now {
			if types[c.Name] != c.Type {
				t.Fatalf("%v of %v lead to %v, not to %v", changes, before, types, now)
			}
		}
	})
}

func TestTablesThatShareNothingAreNotSearchedForRenames(t *testing.T) {
	var before, now []metrics.ColumnProfile
	for i := range 300 {
		before = append(before, of(fmt.Sprintf("old_%d", i), "text", ""))
		now = append(now, of(fmt.Sprintf("new_%d", i), "text", ""))
	}
	if changes := schemaChanges(before, now, 0.1); len(changes) != 600 {
		t.Errorf("%d changes, want 600", len(changes))
	}
}
