package profiler

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/warehouse"
	"github.com/baselinr/baselinr-pipes/warehouse/sqlite"
)

// days is a SQLite file whose table t has rows of 40 days, in the order of their days or not, among them some
// without a day, and columns of several kinds, of which two have more values than a small budget takes.
func days(t *testing.T, rows int, inOrder bool) (warehouse.Warehouse, plan.Table) {
	t.Helper()
	c := config.Connection{Database: filepath.Join(t.TempDir(), "source.db")}
	writer, err := sqlite.OpenHistory(t.Context(), c, true)
	if err != nil {
		t.Fatal(err)
	}
	tx, err := writer.DB.Begin()
	if err != nil {
		t.Fatal(err)
	}
	exec := func(statement string, arguments ...any) {
		if _, err := tx.Exec(statement, arguments...); err != nil {
			t.Fatal(err)
		}
	}
	exec("CREATE TABLE t (day DATE, i INTEGER, x REAL, s TEXT, few TEXT, mixed)")
	random := rand.New(rand.NewPCG(1, uint64(rows)))
	start := time.Date(2024, 1, 10, 0, 0, 0, 0, time.UTC)
	for row := range rows {
		at := random.IntN(40)
		if inOrder {
			at = row * 40 / rows
		}
		day := any(start.AddDate(0, 0, at).Format(time.DateOnly))
		if random.IntN(50) == 0 {
			day = nil
		}
		var mixed any = random.IntN(5)
		switch random.IntN(4) {
		case 0:
			mixed = nil
		case 1:
			mixed = fmt.Sprint("m", at%3)
		}
		exec("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?)", day, random.IntN(10*rows), random.NormFloat64()*float64(1+at), fmt.Sprint("text ", random.IntN(rows)), string(rune('a'+at%7)), mixed)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	writer.DB.Close()
	w, err := sqlite.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w, plan.Table{TableRef: warehouse.TableRef{Name: "t"}, Metrics: texts(metrics.Names()), EstimatedRows: -1}
}

func texts(names []metrics.Name) (list []string) {
	for _, n := range names {
		list = append(list, string(n))
	}
	return list
}

// exact is a profile as JSON, without what follows from the order in which rows come: the inferred type.
func exact(t *testing.T, p *metrics.TableProfile) string {
	t.Helper()
	for _, c := range p.Columns {
		delete(c.Metrics, metrics.InferredType)
	}
	text, err := json.MarshalIndent(p, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestAnyWindowEqualsAFreshProfileOfIt merges the stored partitions of random windows, and profiles the rows of
// the same days anew.
func TestAnyWindowEqualsAFreshProfileOfIt(t *testing.T) {
	for name, inOrder := range map[string]bool{"rows in the order of days": true, "rows in no order": false} {
		t.Run(name, func(t *testing.T) {
			w, table := days(t, 5000, inOrder)
			s := settings(1, 0)
			plain := run(t, w, []plan.Table{table}, s)["t"]
			table.Partition = &config.Partition{Key: "day", Strategy: config.PartitionAll, KeepProfiles: true}
			kept := run(t, w, []plan.Table{table}, s)["t"]
			if kept.Statements != plain.Statements {
				t.Errorf("%d statements, without keeping partitions %d", kept.Statements, plain.Statements)
			}
			if diff := cmp.Diff(exact(t, plain.Profile), exact(t, kept.Profile)); diff != "" {
				t.Errorf("the table's own profile differs where partitions are kept (-want +got):\n%s", diff)
			}
			if n := len(kept.Partitions.List); n != 41 || !kept.Partitions.Every {
				t.Fatalf("%d partitions, want 40 days and the rows without one", n)
			}
			random := rand.New(rand.NewPCG(3, 4))
			for range 20 {
				from := random.IntN(40)
				to := from + random.IntN(40-from)
				start := time.Date(2024, 1, 10, 0, 0, 0, 0, time.UTC)
				day := func(i int) string { return start.AddDate(0, 0, i).Format(time.DateOnly) }
				fresh := table
				fresh.Partition = &config.Partition{Key: "day", Strategy: config.PartitionValues}
				for i := from; i <= to; i++ {
					fresh.Partition.Values = append(fresh.Partition.Values, day(i))
				}
				want := run(t, w, []plan.Table{fresh}, s)["t"].Profile
				got := windowOf(t, kept.Partitions.List, day(from)+".."+day(to), s.Metrics)
				if diff := cmp.Diff(exact(t, want), exact(t, got)); diff != "" {
					t.Fatalf("%s to %s (-profiled afresh +merged):\n%s", day(from), day(to), diff)
				}
			}
		})
	}
}

func windowOf(t *testing.T, list []PartitionProfile, text string, s metrics.Settings) *metrics.TableProfile {
	t.Helper()
	span, err := drift.ParseSpan(text, true)
	if err != nil {
		t.Fatal(err)
	}
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b PartitionProfile) int { return strings.Compare(a.Value.String(), b.Value.String()) })
	window := drift.NewWindow(span, "day")
	for _, p := range list {
		if !span.Contains(p.Value.String()) {
			continue
		}
		var a metrics.TableAccumulator
		if err := a.UnmarshalBinary(p.Data); err != nil {
			t.Fatal(err)
		}
		if a.Rows() != p.Rows {
			t.Errorf("partition %s has %d rows, and says %d", p.Value, a.Rows(), p.Rows)
		}
		if err := window.Add(p.Value.String(), time.Time{}, &a); err != nil {
			t.Fatal(err)
		}
	}
	run, err := window.Run(s, func(string) ([]metrics.Name, bool) { return metrics.Names(), true })
	if err != nil {
		t.Fatal(err)
	}
	return run.Profile
}

// accumulate runs the rows of a table through partitions with little memory.
func accumulate(t *testing.T, inOrder bool, open, kept int) (*partitions, *metrics.TableProfile, []PartitionProfile) {
	t.Helper()
	w, table := days(t, 30_000, inOrder)
	described, err := w.Describe(t.Context(), []warehouse.TableRef{table.TableRef})
	if err != nil {
		t.Fatal(err)
	}
	columns := described[table.TableRef].Columns
	s := metrics.DefaultSettings()
	p := newPartitions(metrics.NewPartitionKey(columns[0], true), 0, columns, s)
	p.openLimit, p.keptLimit = open, kept
	pipe := newPipeline(p.divide, len(columns), len(columns), time.Now)
	p.drain = pipe.drain
	_, err = w.Scan(t.Context(), warehouse.Scan{Table: table.TableRef, Columns: columns, Marked: true}, func(b *metrics.Batch) error {
		p.unseen = batchesUnseen // memory is looked at before each batch
		p.lookAtMemory()
		return pipe.add(b)
	})
	pipe.close()
	if err != nil {
		t.Fatal(err)
	}
	whole, list, err := p.finish()
	if err != nil {
		t.Fatal(err)
	}
	return p, whole.Profile(), list
}

func TestPartitionsInOrderNeedLittleMemory(t *testing.T) {
	_, want, _ := accumulate(t, true, mostOpenBytes, mostKeptBytes)
	p, got, list := accumulate(t, true, 1<<20, mostKeptBytes)
	if p.gaveUp != nil || len(list) != 41 {
		t.Fatalf("%d partitions, given up: %v", len(list), p.gaveUp)
	}
	if diff := cmp.Diff(exact(t, want), exact(t, got)); diff != "" {
		t.Errorf("closing partitions changes the table (-want +got):\n%s", diff)
	}
	var rows int64
	for _, one := range list {
		rows += one.Rows
	}
	if rows != got.RowCount || rows != 30_000 {
		t.Errorf("the partitions have %d rows, the table %d", rows, got.RowCount)
	}
}

func TestPartitionsThatReturnAreMerged(t *testing.T) {
	_, want, whole := accumulate(t, false, mostOpenBytes, mostKeptBytes)
	p, got, list := accumulate(t, false, 2<<20, mostKeptBytes)
	if p.gaveUp != nil || p.reopened == 0 {
		t.Fatalf("given up: %v, reopened: %d", p.gaveUp, p.reopened)
	}
	if diff := cmp.Diff(exact(t, want), exact(t, got)); diff != "" {
		t.Errorf("the table (-want +got):\n%s", diff)
	}
	s := metrics.DefaultSettings()
	if diff := cmp.Diff(exact(t, windowOf(t, whole, "2024-01", s)), exact(t, windowOf(t, list, "2024-01", s))); diff != "" {
		t.Errorf("January (-want +got):\n%s", diff)
	}
}

func TestPartitionsThatTakeTooMuchAreGivenUpAndTheTableIsWhole(t *testing.T) {
	_, want, _ := accumulate(t, true, mostOpenBytes, mostKeptBytes)
	p, got, list := accumulate(t, true, 1<<20, 100<<10)
	if p.gaveUp == nil || list != nil {
		t.Fatalf("%d partitions, given up: %v", len(list), p.gaveUp)
	}
	if diff := cmp.Diff(exact(t, want), exact(t, got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSinglePointsInTimeAreNoDays(t *testing.T) {
	columns := []metrics.Column{{Name: "at", Kind: metrics.KindTimestamp}}
	table := plan.Table{Partition: &config.Partition{Key: "at", Strategy: config.PartitionLatest, KeepProfiles: true}, Metrics: []string{"count"}}
	r, err := newReading(table, columns, settings(1, 0))
	if err != nil || r.keep != nil || len(r.warnings) != 1 || !strings.Contains(r.warnings[0], "no whole days") {
		t.Errorf("kept %v, warnings %q, %v", r.keep, r.warnings, err)
	}
}

// TestAWindowOfEstimatesDiffersFromAFreshProfileInRanksAlone gives columns so little memory that their values are not
// counted each. Sums, extremes, histograms and sketches of distinct values do not depend on the order of rows, nor on
// how these were divided; quantiles and frequent values do, within bounds that metrics' tests hold.
func TestAWindowOfEstimatesDiffersFromAFreshProfileInRanksAlone(t *testing.T) {
	w, table := days(t, 20_000, false)
	s := settings(1, 0)
	s.Metrics.ColumnBudget = 4 << 10
	keep := table
	keep.Partition = &config.Partition{Key: "day", Strategy: config.PartitionAll, KeepProfiles: true}
	list := run(t, w, []plan.Table{keep}, s)["t"].Partitions.List
	fresh := table
	fresh.Partition = &config.Partition{Key: "day", Strategy: config.PartitionValues}
	for day := 20; day <= 29; day++ {
		fresh.Partition.Values = append(fresh.Partition.Values, fmt.Sprint("2024-01-", day))
	}
	want := run(t, w, []plan.Table{fresh}, s)["t"].Profile
	got := windowOf(t, list, "2024-01-20..2024-01-29", s.Metrics)
	estimated := 0
	for i, c := range want.Columns {
		other := got.Columns[i]
		estimated += len(c.Estimates)
		if diff := cmp.Diff(c.Estimates, other.Estimates); diff != "" && c.Name != "s" { // a text that was frequent may have been left out
			t.Errorf("the bounds of %s (-profiled afresh +merged):\n%s", c.Name, diff)
		}
		for name, value := range c.Metrics {
			switch name {
			case metrics.Quantiles, metrics.TopValues, metrics.InferredType:
				continue
			case metrics.Mean, metrics.StdDev, metrics.AvgLength:
				x, known := value.Float64()
				y, _ := other.Metrics[name].Float64()
				if known && math.Abs(x-y) > 1e-12*max(math.Abs(x), 1) {
					t.Errorf("%s of %s is %v afresh, and merged %v", name, c.Name, value, other.Metrics[name])
				}
			default:
				if value.String() != other.Metrics[name].String() {
					t.Errorf("%s of %s is %v afresh, and merged %v", name, c.Name, value, other.Metrics[name])
				}
			}
		}
	}
	if estimated == 0 {
		t.Error("nothing was estimated")
	}
}
