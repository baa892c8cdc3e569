package baselinefile_test

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/drift/baselinefile"
	"github.com/baselinr/baselinr-pipes/metrics"
)

// odd are texts that formats like to get wrong.
var odd = []string{
	"", " ", "null", "true", "~", "1", "1.10", "NaN", "2013-05-01", "2013-05-01 12:00:00", "- a", "a: b", "# c", "{", "'", `"`, `\`,
	"\x00", "\n", "\r\n", "\t", "\u0085", "\u2028", "\ufeff", "\ufffd", "\uffff", "é", "日本", "😀", "\U000e0001", "\xff", "a\xc3", "*a", "&a", "!!binary", "%", "@", "?", strings.Repeat("x", 2000),
}

func texts() *rapid.Generator[string] {
	return rapid.OneOf(rapid.SampledFrom(odd), rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }))
}

func singles() *rapid.Generator[metrics.Value] {
	return rapid.OneOf(
		rapid.Just(metrics.Value{}),
		rapid.Map(rapid.Int64(), metrics.Int),
		rapid.Map(rapid.Float64(), metrics.Float),
		rapid.Map(rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1), math.Copysign(0, -1), 5, 1e300, 5e-324, 1 << 60}), metrics.Float),
		rapid.Map(rapid.SampledFrom([]int64{math.MaxInt64, math.MinInt64, 1<<53 + 1}), metrics.Int),
		rapid.Map(rapid.Bool(), metrics.Bool),
		rapid.Map(texts(), metrics.Text),
		rapid.Just(metrics.Text("123456789012345678901234567890.12345678901234567890")),
	)
}

func amounts() *rapid.Generator[metrics.Value] {
	return rapid.OneOf(rapid.Map(rapid.Int64Min(0), metrics.Int), rapid.Map(rapid.Float64Min(0), metrics.Float), rapid.Just(metrics.Float(math.NaN())), rapid.Just(metrics.Value{}))
}

func binLists() *rapid.Generator[metrics.Value] {
	return rapid.Custom(func(t *rapid.T) metrics.Value {
		bins := metrics.Bins{}
		at := rapid.Float64Range(-1e9, 1e9).Draw(t, "start")
		for range rapid.IntRange(0, 12).Draw(t, "bins") {
			end := at + rapid.Float64Range(0, 1e6).Draw(t, "width")
			bins = append(bins, metrics.Bin{Start: at, End: end, Count: rapid.Int64Range(0, 1e9).Draw(t, "count")})
			at = end
		}
		return metrics.Structured(bins)
	})
}

func quantileSets() *rapid.Generator[metrics.Value] {
	return rapid.Custom(func(t *rapid.T) metrics.Value {
		var set metrics.QuantileSet
		for i := range set {
			set[i] = singles().Draw(t, "quantile")
		}
		return metrics.Structured(set)
	})
}

func valueCounts() *rapid.Generator[metrics.Value] {
	return rapid.Custom(func(t *rapid.T) metrics.Value {
		list := metrics.ValueCounts{}
		for range rapid.IntRange(0, 8).Draw(t, "values") {
			list = append(list, metrics.ValueCount{Value: singles().Draw(t, "value"), Count: rapid.Int64Range(0, 1e12).Draw(t, "count")})
		}
		return metrics.Structured(list)
	})
}

func distributions() *rapid.Generator[*metrics.Distribution] {
	return rapid.Custom(func(t *rapid.T) *metrics.Distribution {
		if rapid.Bool().Draw(t, "none") {
			return nil
		}
		d := &metrics.Distribution{Complete: rapid.Bool().Draw(t, "complete")}
		if rapid.Bool().Draw(t, "sketched") {
			d.RankError = rapid.Float64Range(0, 0.1).Draw(t, "rank error")
		}
		at, through := rapid.Float64Range(-1e9, 1e9).Draw(t, "least"), int64(0)
		for range rapid.IntRange(1, 20).Draw(t, "knots") {
			below := through + rapid.SampledFrom([]int64{0, 0, 3}).Draw(t, "between")
			through = below + rapid.Int64Range(1, 1000).Draw(t, "at")
			d.Knots = append(d.Knots, metrics.Knot{Value: at, Below: below, Through: through})
			at += rapid.Float64Range(0.001, 1e6).Draw(t, "step")
		}
		return d
	})
}

func runs(column []string) *rapid.Generator[*drift.Run] {
	return rapid.Custom(func(t *rapid.T) *drift.Run {
		rows := rapid.Int64Range(0, 1e9).Draw(t, "rows")
		run := &drift.Run{
			RunID:      texts().Draw(t, "run ID"),
			ProfiledAt: time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "second"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanosecond")).UTC(),
			Profile:    &metrics.TableProfile{RowCount: rows, RowsRead: rows},
		}
		switch rapid.IntRange(0, 3).Draw(t, "reading") {
		case 1:
			run.Reading = &drift.Reading{}
		case 2:
			run.Reading = &drift.Reading{Sampling: &drift.Sampling{Method: "random", Key: texts().Draw(t, "key"), Fraction: rapid.Float64Range(0, 1).Draw(t, "fraction"), MaxRows: 7}}
		case 3:
			run.Reading = &drift.Reading{Partition: &drift.Partition{Key: texts().Draw(t, "key"), Strategy: "recent_n", RecentN: 2, Values: []metrics.Value{singles().Draw(t, "partition"), {}}}}
		}
		for _, name := range column {
			if rapid.IntRange(0, 9).Draw(t, "missing") == 0 {
				run.Profile.Unread = append(run.Profile.Unread, metrics.Column{Name: name, Type: texts().Draw(t, "type"), Kind: metrics.KindText, Nullable: true})
				continue
			}
			c := metrics.ColumnProfile{
				Name: name, Type: rapid.SampledFrom([]string{"integer", "text", "timestamp", "numeric(10,2)", "\xff"}).Draw(t, "type"),
				Kind:     rapid.SampledFrom(append(metrics.Kinds(), "")).Draw(t, "kind"),
				Nullable: rapid.Bool().Draw(t, "nullable"), OtherKindCount: rapid.Int64Range(0, 2).Draw(t, "others"),
				Metrics: map[metrics.Name]metrics.Value{}, Distribution: distributions().Draw(t, "distribution"),
			}
			for _, n := range metrics.Names() {
				if rapid.IntRange(0, 3).Draw(t, "measured") == 0 {
					continue
				}
				of := amounts()
				switch n {
				case metrics.Min, metrics.Max, metrics.Mean, metrics.InferredType:
					of = singles()
				case metrics.Histogram:
					of = binLists()
				case metrics.Quantiles:
					of = quantileSets()
				case metrics.TopValues:
					of = valueCounts()
				}
				c.Metrics[n] = of.Draw(t, string(n))
			}
			if rapid.Bool().Draw(t, "estimated") {
				c.Estimates = map[metrics.Name]float64{metrics.DistinctCount: 0.0163, metrics.Mean: rapid.Float64Range(0, 10).Draw(t, "error")}
			}
			run.Profile.Columns = append(run.Profile.Columns, c)
		}
		return run
	})
}

// same compares values by their types too: 5 is not 5.0, and NaN is NaN.
var same = cmp.Options{
	cmp.Comparer(func(a, b metrics.Value) bool {
		x, whole := a.Int64()
		y, alsoWhole := b.Int64()
		s, text := a.Text()
		u, alsoText := b.Text()
		return whole == alsoWhole && x == y && text == alsoText && s == u && a.String() == b.String()
	}),
	cmpopts.EquateEmpty(),
}

func TestAFileReadsBackAsItWasWrittenAndIsWrittenAlike(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(texts(), 0, 4, rapid.ID).Draw(t, "columns")
		f := &baselinefile.File{}
		for _, name := range rapid.SliceOfNDistinct(texts(), 0, 3, rapid.ID).Draw(t, "tables") {
			f.Tables = append(f.Tables, baselinefile.Table{Schema: texts().Draw(t, "schema"), Name: name, Run: runs(names).Draw(t, "run")})
		}
		text := baselinefile.Encode(f)
		read, err := baselinefile.Decode("b.yml", text)
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		if again := baselinefile.Encode(read); !bytes.Equal(again, text) {
			t.Fatalf("written again it differs: %s", cmp.Diff(string(text), string(again)))
		}
		for _, written := range f.Tables {
			found, ok := read.Find(written.Schema, written.Name)
			if !ok {
				t.Fatalf("table %q is missing", written.ID())
			}
			if d := cmp.Diff(written, found, same); d != "" {
				t.Fatal(d)
			}
		}
	})
}

func TestAnyTextIsReadOrRefused(t *testing.T) {
	whole := string(baselinefile.Encode(example()))
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.IntRange(0, len(whole)).Draw(t, "at")
		length := rapid.IntRange(0, min(40, len(whole)-at)).Draw(t, "length")
		edited := whole[:at] + texts().Draw(t, "instead") + whole[at+length:]
		if f, err := baselinefile.Decode("b.yml", []byte(edited)); err == nil && f == nil {
			t.Fatal("neither a file nor an error")
		}
	})
}

func TestAFileThatWasCutOffIsRefused(t *testing.T) {
	whole := baselinefile.Encode(example())
	for n := range bytes.LastIndex(whole, []byte("true # the last line")) + len("true") {
		if _, err := baselinefile.Decode("b.yml", whole[:n]); err == nil {
			t.Fatalf("the first %d of %d bytes pass for the whole", n, len(whole))
		}
	}
}

// example is a small file of one table.
func example() *baselinefile.File {
	return &baselinefile.File{Tables: []baselinefile.Table{{Schema: "public", Name: "orders", Run: &drift.Run{
		RunID: "r1", ProfiledAt: time.Date(2013, 5, 31, 6, 0, 0, 0, time.UTC), Reading: &drift.Reading{},
		Profile: &metrics.TableProfile{RowCount: 4, RowsRead: 4, Columns: []metrics.ColumnProfile{{
			Name: "amount", Type: "double precision", Kind: metrics.KindFloat, Nullable: true,
			Metrics: map[metrics.Name]metrics.Value{
				metrics.Count: metrics.Int(4), metrics.NullRatio: metrics.Float(0.25), metrics.Min: metrics.Float(1.5), metrics.Max: metrics.Float(3),
				metrics.Histogram: metrics.Structured(metrics.Bins{{Start: 1.5, End: 3, Count: 3}}),
				metrics.TopValues: metrics.Structured(metrics.ValueCounts{{Value: metrics.Float(1.5), Count: 2}, {Value: metrics.Float(3), Count: 1}}),
			},
			Estimates:    map[metrics.Name]float64{},
			Distribution: &metrics.Distribution{Complete: true, Knots: []metrics.Knot{{Value: 1.5, Below: 0, Through: 2}, {Value: 3, Below: 2, Through: 3}}},
		}}},
	}}}}
}

func TestWhatIsAmissIsToldWithItsLine(t *testing.T) {
	whole := string(baselinefile.Encode(example()))
	line := func(text string) int {
		before, _, ok := strings.Cut(whole, text)
		if !ok {
			t.Fatalf("%q is not in the file", text)
		}
		return strings.Count(before, "\n") + 1
	}
	for _, test := range []struct {
		name, old, new string
		at             int
		want           string
	}{
		{"a newer version", "version: 1", "version: 2", line("version: 1"), "of version 2 of the form, and this binary reads 1"},
		{"another format", `format: "baselinr-pipes baseline"`, `format: "x"`, line("format:"), "no baseline file"},
		{"an unknown key", "row_count:", "rows:", line("row_count:"), `unknown key "rows"`},
		{"an unknown metric", "null_ratio:", "nul_ratio:", line("null_ratio:"), `unknown key "nul_ratio"`},
		{"a metric twice", "null_ratio:", "count:", line("null_ratio:"), "the key count is there twice"},
		{"a text for a number", "null_ratio: 0.25", "null_ratio: much", line("null_ratio:"), "null_ratio: much is no number"},
		{"a text without quotes", `type: "double precision"`, "type: double", line("type:"), "type: no text in quotes"},
		{"a negative count", "null_ratio: 0.25", "null_ratio: -1", line("null_ratio:"), "not what null_ratio can be"},
		{"a count that is no number", "row_count: 4", "row_count: four", line("row_count:"), `row_count: "four" is no whole number`},
		{"an unknown kind", `kind: "float"`, `kind: "flot"`, line("kind:"), `"flot" is no kind of column`},
		{"a distribution that falls", "values: [1.5, 3.0]", "values: [3.0, 1.5]", line("distribution:"), "distribution: distribution: value 2 of 2 does not rise"},
		{"bins that overlap", "[[1.5, 3.0, 3]]", "[[1.5, 3.0, 3], [2.0, 4.0, 1]]", line("histogram:"), "not what histogram can be"},
		{"a bin too short", "[[1.5, 3.0, 3]]", "[[1.5, 3.0]]", line("histogram:"), "a list of 2 values, where 3 belong"},
		{"a time that is none", "2013-05-31T06:00:00Z", "yesterday", line("profiled_at:"), "is no time"},
		{"no time", `    profiled_at: "2013-05-31T06:00:00Z"` + "\n", "", line("- table:"), "the key profiled_at is missing"},
		{"an anchor", "count: 4", "count: *x", line("  count: 4"), "no valid YAML"},
		{"a conflict of a merge", "    row_count: 4\n", "<<<<<<< HEAD\n    row_count: 4\n=======\n", 0, "merged with conflicts"},
		{"no last line", "\ncomplete: true", "\n# complete", line("distribution:"), "it was cut off"},
	} {
		t.Run(test.name, func(t *testing.T) {
			edited := strings.Replace(whole, test.old, test.new, 1)
			if edited == whole {
				t.Fatalf("%q is not in the file", test.old)
			}
			_, err := baselinefile.Decode("b.yml", []byte(edited))
			if err == nil {
				t.Fatal("it is read")
			}
			if !strings.HasPrefix(err.Error(), "b.yml:") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v; want %q", err, test.want)
			}
			if place := err.Error(); test.at > 0 && test.name != "an anchor" && !strings.HasPrefix(place, "b.yml:"+itoa(test.at)+":") {
				t.Errorf("%v; want line %d", err, test.at)
			}
		})
	}
	for _, text := range []string{"", "\n", "x", "[1]", "environment: dev\n", "{}", "\x00"} {
		if _, err := baselinefile.Decode("b.yml", []byte(text)); err == nil {
			t.Errorf("%q passes for a baseline file", text)
		}
	}
}

func itoa(i int) string { return metrics.Int(int64(i)).String() }

func TestATableOrAColumnTwiceIsRefused(t *testing.T) {
	f := example()
	f.Tables = append(f.Tables, f.Tables[0])
	if _, err := baselinefile.Decode("b.yml", baselinefile.Encode(f)); err == nil || !strings.Contains(err.Error(), `table "public.orders" is in the file twice`) {
		t.Error(err)
	}
	f = example()
	p := f.Tables[0].Run.Profile
	p.Columns = append(p.Columns, p.Columns[0])
	if _, err := baselinefile.Decode("b.yml", baselinefile.Encode(f)); err == nil || !strings.Contains(err.Error(), `column "amount" is in the table twice`) {
		t.Error(err)
	}
}

func TestASchemaThatOneSideDoesNotTellIsAny(t *testing.T) {
	f := example()
	for _, test := range []struct {
		schema, name string
		found        bool
	}{{"public", "orders", true}, {"", "orders", true}, {"sales", "orders", false}, {"public", "order", false}} {
		if _, ok := f.Find(test.schema, test.name); ok != test.found {
			t.Errorf("%q.%q: found %t", test.schema, test.name, ok)
		}
	}
	other := example().Tables[0]
	other.Schema = "sales"
	f.Tables = append(f.Tables, other)
	if _, ok := f.Find("", "orders"); ok {
		t.Error("which of two schemas is meant is guessed")
	}
}

func TestWithoutValuesNoValueOfTheTableIsInTheFile(t *testing.T) {
	f := example()
	c := &f.Tables[0].Run.Profile.Columns[0]
	secret := "SECRET"
	c.Metrics[metrics.Min], c.Metrics[metrics.Max] = metrics.Text(secret), metrics.Text(secret)
	c.Metrics[metrics.TopValues] = metrics.Structured(metrics.ValueCounts{{Value: metrics.Text(secret), Count: 1}})
	c.Metrics[metrics.Quantiles] = metrics.Structured(metrics.QuantileSet{metrics.Text(secret)})
	c.Distribution.Knots[1].Value = 424242
	f.Tables[0].Run.Reading.Partition = &drift.Partition{Key: "day", Strategy: "latest", Values: []metrics.Value{metrics.Text(secret)}}
	text := string(baselinefile.Encode(f.WithoutValues(false)))
	if strings.Contains(text, secret) || strings.Contains(text, "424242") {
		t.Errorf("a value is left:\n%s", text)
	}
	if !strings.Contains(text, "null_ratio: 0.25") || !strings.Contains(text, "values: false") {
		t.Errorf("what is no value is gone too:\n%s", text)
	}
	if !strings.Contains(string(baselinefile.Encode(f)), secret) {
		t.Error("the file itself was changed")
	}
}

func TestPartitionsThatTheConfigGivesAreToldApartWithoutTheirValues(t *testing.T) {
	of := func(values ...metrics.Value) *drift.Reading {
		return &drift.Reading{Partition: &drift.Partition{Key: "country", Strategy: "specific_values", Values: values}}
	}
	a, b := metrics.Text("SECRETLAND"), metrics.Text("OTHERLAND")
	f := example()
	f.Tables[0].Run.Reading = of(a, metrics.Value{})
	for _, meansToo := range []bool{false, true} {
		text := baselinefile.Encode(f.WithoutValues(meansToo))
		if strings.Contains(string(text), "SECRETLAND") {
			t.Errorf("a value is left:\n%s", text)
		}
		read, err := baselinefile.Decode("base.yml", text)
		if err != nil {
			t.Fatal(err)
		}
		if again := baselinefile.Encode(read); !bytes.Equal(again, text) {
			t.Errorf("written again:\n%s", again)
		}
		settings := drift.DefaultSettings().AgainstFile(drift.FileBaseline{Name: "base.yml", Run: read.Tables[0].Run})
		for _, test := range []struct {
			reading *drift.Reading
			same    bool
		}{{of(metrics.Value{}, a), true}, {of(a), false}, {of(b, metrics.Value{}), false}, {of(a, metrics.Text("")), false}, {&drift.Reading{}, false}} {
			now := *f.Tables[0].Run
			now.RunID, now.Reading = "now", test.reading
			note := drift.Detect(settings, nil, &now).Note
			if test.same != (note == "") || strings.Contains(note, "SECRETLAND") && !strings.Contains(test.reading.String(), "SECRETLAND") {
				t.Errorf("%s: %q", test.reading, note)
			}
		}
	}
}

// TestDriftAgainstTheFileIsDriftAgainstTheRun holds that a file loses nothing that a comparison looks at.
func TestDriftAgainstTheFileIsDriftAgainstTheRun(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(texts(), 1, 3, rapid.ID).Draw(t, "columns")
		before, now := runs(names).Draw(t, "before"), runs(names).Draw(t, "now")
		read, err := baselinefile.Decode("b.yml", baselinefile.Encode(&baselinefile.File{Tables: []baselinefile.Table{{Name: "t", Run: before}}}))
		if err != nil {
			t.Fatal(err)
		}
		found, _ := read.Find("", "t")
		s := drift.DefaultSettings()
		s.Strategy = rapid.SampledFrom(drift.Strategies()).Draw(t, "strategy")
		s.Statistical.Tests, s.Statistical.MinValues = drift.TestNames(), 1
		byRun := drift.Detect(s.Against(before.RunID), []*drift.Run{before}, now)
		byFile := drift.Detect(s.AgainstFile(drift.FileBaseline{Name: "b.yml", Run: found.Run}), []*drift.Run{found.Run}, now)
		told := func(r *drift.Report) *drift.Report {
			for i := range r.Findings {
				f := &r.Findings[i]
				f.BaselineMethod, f.Reason = "", strings.Split(f.Reason, ", against ")[0]
				f.Discreet = strings.Split(f.Discreet, ", against ")[0]
			}
			r.BaselineMethod, r.BaselineReason = "", ""
			r.Note = strings.Replace(r.Note, "the run of the baseline file", "the last run", 1)
			return r
		}
		if d := cmp.Diff(told(byRun), told(byFile), cmpopts.EquateNaNs(), cmpopts.EquateEmpty()); d != "" {
			t.Fatal(d)
		}
	})
}
