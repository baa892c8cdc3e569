package profiler

import (
	"fmt"
	"slices"
	"strings"

	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// partitionKey returns the column whose values are the table's partitions; empty where the plan has no
// use for one.
func partitionKey(t plan.Table, columns []metrics.Column) (string, error) {
	if t.Partition == nil {
		return "", nil
	}
	if key := t.Partition.Key; key != "" {
		if slices.ContainsFunc(columns, func(c metrics.Column) bool { return c.Name == key }) {
			return key, nil
		}
		return "", fmt.Errorf("the table has no column %q, which is its partition.key in the config; it has %s", key, someNames(columns))
	}
	for _, c := range columns {
		if looksLikeKey(c) {
			return c.Name, nil
		}
	}
	return "", fmt.Errorf("no column looks like the key of the table's partitions; name it as partition.key in the config; the table has %s", someNames(columns))
}

// usualKeys are the names that the Python tool takes for a partition's key.
var usualKeys = []string{"date", "event_date", "partition_date", "created_at", "updated_at", "timestamp", "dt", "ds"}

// looksLikeKey follows the Python tool: a usual name, or a point in time that is named a date.
func looksLikeKey(c metrics.Column) bool {
	name := strings.ToLower(c.Name)
	return slices.Contains(usualKeys, name) ||
		(c.Kind == metrics.KindDate || c.Kind == metrics.KindTimestamp) && strings.Contains(name, "date")
}

// partitionOf returns the choice of rows in the warehouse's terms; nil where every row is meant.
func partitionOf(t plan.Table, key string) *warehouse.Partition {
	p := t.Partition
	if p == nil || t.EveryPartition() {
		return nil
	}
	return &warehouse.Partition{Key: key, Strategy: p.Strategy, Count: p.RecentN, Values: p.Values}
}

// partitionValues are values of the key as output shows them: PostgreSQL's text of bytes has a \x before the
// hexadecimal digits.
func (r *reading) partitionValues(values []metrics.Value) []metrics.Value {
	if r.keyKind != metrics.KindBytes {
		return values
	}
	shown := make([]metrics.Value, len(values))
	for i, v := range values {
		if shown[i] = v; !v.IsNull() {
			shown[i] = metrics.Text(strings.TrimPrefix(v.String(), `\x`))
		}
	}
	return shown
}

func someNames(columns []metrics.Column) string {
	const most = 10
	var list []string
	for i, c := range columns {
		if i == most {
			list = append(list, "…")
			break
		}
		list = append(list, c.Name)
	}
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}
