package plan_test

import (
	"strings"
	"testing"
	"time"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

func TestWhenATableIsDue(t *testing.T) {
	const before, other = "postgres:a", "postgres:b"
	scheduled := config.Default().Incremental
	scheduled.Scheduling.Overrides = map[string]int{"PUBLIC.quick": 60, "shop.public.slow": 3000, "other.slow": 60, "hasty": 5, "glacial": 99999}
	unscheduled, blind := scheduled, scheduled
	unscheduled.Scheduling.Enabled = false
	blind.ChangeDetection.Enabled = false
	// The defaults: 1 hour where data changed, a day where that is not known, two where it did not, never after a week.
	for _, test := range []struct {
		name     string
		settings config.Incremental
		table    string
		recorded string
		is       warehouse.Version
		data     plan.DataChange
		after    time.Duration // since the last profile; negative for never
	}{
		{"data that changed waits for the shortest interval", scheduled, "orders", before, warehouse.Version{Token: other}, plan.DataChanged, time.Hour},
		{"data that is not known to have changed waits for the default", scheduled, "orders", before, warehouse.Version{Why: "a view"}, plan.DataUnknown, 24 * time.Hour},
		{"data that did not change waits longer", scheduled, "orders", before, warehouse.Version{Token: before}, plan.DataUnchanged, 48 * time.Hour},
		{"an override takes the place of the default", scheduled, "quick", before, warehouse.Version{Why: "a view"}, plan.DataUnknown, time.Hour},
		{"an override holds back data that changed, too", scheduled, "slow", before, warehouse.Version{Token: other}, plan.DataChanged, 50 * time.Hour},
		{"no override is below the shortest interval", scheduled, "hasty", before, warehouse.Version{Token: other}, plan.DataChanged, time.Hour},
		{"no override is above the longest", scheduled, "glacial", before, warehouse.Version{Token: before}, plan.DataUnchanged, 7 * 24 * time.Hour},
		{"a version of another tool tells nothing", scheduled, "orders", "7|0|0|None", warehouse.Version{Token: other}, plan.DataUnknown, 24 * time.Hour},
		{"no version tells nothing", scheduled, "orders", "", warehouse.Version{Token: other}, plan.DataUnknown, 24 * time.Hour},
		{"without detection nothing is known", blind, "orders", before, warehouse.Version{Token: other}, plan.DataUnknown, 24 * time.Hour},
		{"without a schedule a change is enough", unscheduled, "orders", before, warehouse.Version{Token: other}, plan.DataChanged, 0},
		{"without a schedule time makes nothing due", unscheduled, "orders", before, warehouse.Version{Why: "a view"}, plan.DataUnknown, -1},
		{"without a schedule what did not change is not due", unscheduled, "orders", before, warehouse.Version{Token: before}, plan.DataUnchanged, -1},
	} {
		t.Run(test.name, func(t *testing.T) {
			profiled := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
			table := plan.Table{TableRef: warehouse.TableRef{Schema: "public", Name: test.table}}
			due := func(after time.Duration) *plan.Due {
				d := table.Due(test.settings, &plan.Seen{At: profiled, Version: test.recorded}, test.is, profiled.Add(after))
				if d.Data != test.data || d.Reason == "" {
					t.Errorf("data %s (%s), want %s", d.Data, d.Reason, test.data)
				}
				return d
			}
			if test.after < 0 {
				if d := due(1000 * time.Hour); d.Occasion != "" || !d.At.IsZero() {
					t.Errorf("due: %+v", d)
				}
				return
			}
			if test.after > 0 && due(test.after-time.Second).Occasion != "" {
				t.Errorf("due before %v", test.after)
			}
			if due(test.after).Occasion == "" {
				t.Errorf("not due after %v", test.after)
			}
		})
	}
}

func TestAnOccasionIsTheSameUntilTheTableIsProfiledOrAnIntervalHasPassed(t *testing.T) {
	settings := config.Default().Incremental
	profiled := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	at := func(profiled, now time.Time) string {
		table := plan.Table{TableRef: warehouse.TableRef{Name: "t"}}
		return table.Due(settings, &plan.Seen{At: profiled, Version: "sqlite:1"}, warehouse.Version{Token: "sqlite:2"}, now).Occasion
	}
	first := at(profiled, profiled.Add(60*time.Minute))
	if again := at(profiled, profiled.Add(119*time.Minute)); again != first {
		t.Errorf("another occasion within an interval: %q, %q", first, again)
	}
	if later := at(profiled, profiled.Add(121*time.Minute)); later == first {
		t.Errorf("a run that failed is not tried again: %q", later)
	}
	if next := at(profiled.Add(time.Minute), profiled.Add(62*time.Minute)); next == first {
		t.Errorf("the next profile has the same occasion: %q", next)
	}
}

func TestATableThatWasNeverProfiledIsDue(t *testing.T) {
	d := plan.Table{}.Due(config.Default().Incremental, nil, warehouse.Version{Token: "sqlite:1"}, time.Now())
	if d.Occasion == "" || !d.Last.IsZero() || !strings.Contains(d.Reason, "no profile") {
		t.Errorf("got %+v", d)
	}
}
