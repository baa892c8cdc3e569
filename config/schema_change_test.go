package config

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/baselinr/baselinr-pipes/drift"
)

func TestASchemaChangeIsNotToldWhereOneEntryFitsIt(t *testing.T) {
	cfg, problems, warnings := parse(t, least+`
schema_change:
  similarity_threshold: 0.8
  suppression:
    - {table: orders, schema: sales, change_type: column_added}
    - {schema: scratch}
    - {table: items, change_type: ~}
    - {change_type: partition_changed}
`)
	if len(problems)+len(warnings) > 0 {
		t.Fatal(problems, warnings)
	}
	for table, want := range map[[2]string][]drift.ChangeType{
		{"sales", "orders"}:  {drift.ColumnAdded, drift.PartitionChanged},
		{"public", "orders"}: {drift.PartitionChanged},
		{"scratch", "a"}:     drift.ChangeTypes(),
		{"", "items"}:        drift.ChangeTypes(),
	} {
		got := cfg.SchemaChange.Of(table[0], table[1])
		if diff := cmp.Diff(drift.SchemaSettings{Enabled: true, Similarity: 0.8, Suppressed: want}, got); diff != "" {
			t.Errorf("%v (-want +got):\n%s", table, diff)
		}
	}
}
