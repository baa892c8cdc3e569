package profiler

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/plan"
)

// slicesOf are days from the first on.
func slicesOf(first time.Time, days int) (list []metrics.Slice) {
	for i := range days {
		at := first.AddDate(0, 0, i)
		list = append(list, metrics.Slice{Name: at.Format(time.DateOnly), By: "day", Start: at, End: at.AddDate(0, 0, 1)})
	}
	return list
}

// TestASliceEqualsAProfileOfItsRowsAlone reads thirty days in one scan, and each of them again by itself.
func TestASliceEqualsAProfileOfItsRowsAlone(t *testing.T) {
	for name, inOrder := range map[string]bool{"rows in the order of days": true, "rows in no order": false} {
		t.Run(name, func(t *testing.T) {
			w, table := days(t, 5000, inOrder)
			table.PartitionKey = "day"
			s := settings(1, 0)
			s.Slices = slicesOf(time.Date(2024, 1, 15, 0, 0, 0, 0, time.UTC), 40) // the last five have no row
			got := run(t, w, []plan.Table{table}, s)["t"]
			if got.Err != nil || len(got.Slices) != 40 || got.Statements != 1 {
				t.Fatalf("%d slices by %d statements, %v", len(got.Slices), got.Statements, got.Err)
			}
			s.Slices = nil
			var rows int64
			for _, one := range got.Slices {
				alone := table
				alone.Partition = &config.Partition{Key: "day", Strategy: config.PartitionValues, Values: []any{one.Slice.Name}}
				want := run(t, w, []plan.Table{alone}, s)["t"].Profile
				if diff := cmp.Diff(exact(t, want), exact(t, one.Profile)); diff != "" {
					t.Fatalf("%s (-by itself +in one scan):\n%s", one.Slice.Name, diff)
				}
				rows += one.Profile.RowCount
			}
			if got.Profile.RowCount != rows {
				t.Errorf("the profile of all has %d rows, the slices have %d", got.Profile.RowCount, rows)
			}
		})
	}
}

func TestAKeyThatIsNotMeasuredStillDivides(t *testing.T) {
	w, table := days(t, 1000, true)
	table.PartitionKey = "day"
	no := false
	table.Columns = []config.ColumnRule{{Name: "day", Profiling: &config.ColumnProfiling{Enabled: &no}}}
	s := settings(1, 0)
	s.Slices = slicesOf(time.Date(2024, 1, 15, 0, 0, 0, 0, time.UTC), 2)
	got := run(t, w, []plan.Table{table}, s)["t"]
	if got.Err != nil || got.Slices[0].Profile.RowCount == 0 {
		t.Fatalf("%+v, %v", got.Slices, got.Err)
	}
	for _, c := range got.Slices[0].Profile.Columns {
		if c.Name == "day" {
			t.Error("the key is measured, which the config leaves out")
		}
	}
}

func TestTooManySlicesAtOnceFail(t *testing.T) {
	r := &reading{slices: &sliced{list: make([]metrics.Slice, 3)}}
	if _, err := r.sliced(&PartitionProfiles{GaveUp: metrics.ErrBinary}); err == nil || !strings.Contains(err.Error(), "profile fewer of them in a run") {
		t.Errorf("got %v", err)
	}
}

func TestATableWithoutAKeySaysWhatToWrite(t *testing.T) {
	w, table := days(t, 100, true)
	s := settings(1, 0)
	s.Slices = slicesOf(time.Date(2024, 1, 15, 0, 0, 0, 0, time.UTC), 1)
	if got := run(t, w, []plan.Table{table}, s)["t"]; got.Err == nil || !strings.Contains(got.Err.Error(), "partition: {key: COLUMN, strategy: all}") {
		t.Errorf("got %v", got.Err)
	}
	table.PartitionKey = "dya"
	if got := run(t, w, []plan.Table{table}, s)["t"]; got.Err == nil || !strings.Contains(got.Err.Error(), `no column "dya"`) {
		t.Errorf("got %v", got.Err)
	}
}
