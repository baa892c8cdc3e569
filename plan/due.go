package plan

import (
	"fmt"
	"strings"
	"time"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// Seen is what is recorded of the last profile of a table.
type Seen struct {
	At      time.Time // when its scan began
	Version string    // of the rows that it read; empty where none is recorded
}

// Due says whether a table is to be profiled again though its plan is the same.
type Due struct {
	Data   DataChange
	Reason string    // in words
	Last   time.Time // when it was profiled; zero where that is not recorded
	At     time.Time // from when on it is due; zero where time alone makes it never

	// Occasion is why it is due: the same text as long as it is for the same reason and since the same
	// profile, but for an attempt each shortest interval. It is empty where it is not due.
	Occasion string
}

// DataChange says whether the rows of a table changed since they were profiled.
type DataChange string

// What is known of a table's rows.
const (
	DataChanged   DataChange = "changed"
	DataUnchanged DataChange = "unchanged"
	DataUnknown   DataChange = "unknown"
)

// Due returns whether the table is due at a time; seen is nil where it is not recorded that it was ever profiled.
func (t Table) Due(c config.Incremental, seen *Seen, is warehouse.Version, now time.Time) *Due {
	s := c.Scheduling
	shortest, longest := minutes(s.Min), minutes(s.Max)
	if seen == nil {
		d := &Due{Data: DataUnknown, Reason: "no profile of it is recorded since incremental.enabled", Occasion: "never"}
		if s.Enabled {
			d.Occasion = fmt.Sprintf("never/%d", now.Unix()/int64(shortest.Seconds()))
		}
		return d
	}
	d := &Due{Last: seen.At}
	d.Data, d.Reason = compareData(c.ChangeDetection, seen.Version, is)
	if !s.Enabled {
		if d.Data == DataChanged {
			d.Occasion = fmt.Sprintf("%d/%s", seen.At.UnixMicro(), is.Token)
		}
		return d
	}
	own := minutes(s.Override(t.TableRef.ID(), t.Name))
	between := func(wait time.Duration) time.Duration { return min(max(wait, shortest), longest) }
	wait := shortest
	switch {
	case d.Data == DataChanged && own > 0:
		wait = between(own)
	case d.Data != DataChanged:
		if own == 0 {
			own = minutes(s.Default)
		}
		wait = between(own)
		if d.Data == DataUnchanged {
			wait = between(wait + minutes(s.Penalty))
		}
	}
	d.At = seen.At.Add(wait)
	if now.Before(d.At) {
		return d
	}
	d.Occasion = fmt.Sprintf("%d/%d", seen.At.UnixMicro(), now.Sub(d.At)/shortest)
	if d.Data != DataChanged {
		d.Reason = fmt.Sprintf("profiled %v ago, and due after %v; %s", now.Sub(seen.At).Round(time.Minute), wait, d.Reason)
	}
	return d
}

func minutes(n int) time.Duration { return time.Duration(n) * time.Minute }

// compareData says whether rows of a version that was recorded changed.
func compareData(c config.ChangeDetection, before string, is warehouse.Version) (DataChange, string) {
	engine, _, _ := strings.Cut(is.Token, ":")
	switch {
	case !c.Enabled:
		return DataUnknown, "incremental.change_detection.enabled is false"
	case is.Token == "":
		return DataUnknown, is.Why
	case before == "":
		return DataUnknown, "the version of the rows that were profiled is not recorded"
	case !strings.HasPrefix(before, engine+":"):
		return DataUnknown, "another tool recorded its last profile"
	case before != is.Token:
		return DataChanged, "its data changed since it was profiled"
	}
	return DataUnchanged, "its data did not change since it was profiled"
}
