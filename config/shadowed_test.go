package config

import (
	"fmt"
	"strings"
	"testing"
)

func TestAnEntryIsOnlyCalledUselessWhereItIs(t *testing.T) {
	const head = "source: {type: postgres, database: shop}\nstorage: {connection: {type: sqlite, filepath: h.db}}\n"
	const unless = "profiling.tables[1]: has no effect, unless discovery_options.%s cuts profiling.tables[0], which selects the same tables before it; take one of the two away"
	for _, tt := range []struct{ name, profiling, want string }{
		{"a limit may leave something", `tables: [{pattern: "*"}, {pattern: "z*"}]`, fmt.Sprintf(unless, "max_tables_per_pattern")},
		{"a limit that is an error leaves nothing", `tables: [{pattern: "*"}, {pattern: "z*"}], discovery_options: {discovery_limit_action: error}`,
			"profiling.tables[1]: has no effect: profiling.tables[0] selects the same tables before it; take one of the two away"},
		{"a limit of schemas", `tables: [{select_all_schemas: true, override_priority: 50}, {pattern: "z*"}]`, fmt.Sprintf(unless, "max_schemas_per_database")},
		{"no limit", `tables: [{select_schema: true, schema: a, override_priority: 50}, {pattern: "z*", schema: a}]`,
			"profiling.tables[1]: has no effect: profiling.tables[0] selects the same tables before it; take one of the two away"},
		{"schemas of another case are others", `tables: [{select_schema: true, schema_pattern: "Sales*", override_priority: 50}, {pattern: "a*", schema_pattern: "sales*"}]`, ""},
		{"equal but for the priority", `tables: [{pattern: "a*"}, {pattern: "a*", override_priority: 5}]`,
			"profiling.tables[1]: has no effect: profiling.tables[0] selects the same tables before it; take one of the two away"},
		{"another schema", `tables: [{select_schema: true, schema: a, override_priority: 50}, {pattern: "z*", schema: b}]`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, warnings, err := Parse([]byte(head+"profiling: {table_discovery: true, "+tt.profiling+"}"), "f.yml", "", WithEnviron(nil))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, w := range warnings {
				w.File, w.Line = "", 0
				got = append(got, strings.TrimPrefix(w.String(), ": "))
			}
			if strings.Join(got, "\n") != tt.want {
				t.Errorf("got  %s\nwant %s", strings.Join(got, "\n"), tt.want)
			}
		})
	}
}

// A comparison of pairs allocates with each, so that twice the entries would take four times as much.
func TestLookingForUselessEntriesGrowsWithTheirNumber(t *testing.T) {
	allocations := func(n int) float64 {
		entries := make([]TablePattern, n)
		for i := range entries {
			entries[i] = TablePattern{Table: fmt.Sprintf("t%d", i)}
		}
		entries[n-1] = entries[0]
		return testing.AllocsPerRun(1, func() {
			if by := Shadowed(entries, Default().Profiling.Discovery); len(by) != 1 || by[n-1].By != 0 {
				t.Errorf("got %v", by)
			}
		})
	}
	if few, many := allocations(2500), allocations(5000); many > 3*few {
		t.Errorf("%v allocations for 2500 entries, %v for 5000", few, many)
	}
}
