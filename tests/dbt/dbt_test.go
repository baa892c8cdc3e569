// Package dbt holds what our reading of dbt's manifests is compared with: dbt itself. make.py has dbt make it.
package dbt

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/baselinr/baselinr-pipes/dbt"
)

func manifest(t *testing.T, path string) *dbt.Manifest {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m, err := dbt.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// listed reads what dbt lists, by expression.
func listed(t *testing.T) map[string][]string {
	t.Helper()
	data, err := os.ReadFile("dbt_ls.json")
	if err != nil {
		t.Fatal(err)
	}
	var listed map[string][]string
	if err := json.Unmarshal(data, &listed); err != nil {
		t.Fatal(err)
	}
	return listed
}

func TestSelectionsAreThoseOfDbt(t *testing.T) {
	m := manifest(t, "project/target/manifest.json")
	expressions := listed(t)
	if len(expressions) < 100 {
		t.Errorf("dbt was asked for %d expressions only", len(expressions))
	}
	for expression, want := range expressions {
		t.Run(expression, func(t *testing.T) {
			got := []string{}
			resources, _, err := m.Select(expression)
			for _, r := range resources {
				got = append(got, r.ID)
			}
			if err != nil && !strings.Contains(err.Error(), "the manifest has no such") {
				t.Fatal(err) // a name that is known nowhere selects nothing in dbt
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-dbt +ours):\n%s", diff)
			}
		})
	}
}

// What dbt 1.3 to 1.7 write of the project, without the parts that are newer than they are.
func TestManifestsOfOlderVersionsMeanTheSame(t *testing.T) {
	newest := manifest(t, "project/target/manifest.json")
	newer := func(r dbt.Resource) bool { return r.Name == "orders_api" || r.Name == "api_export" }
	for version := 7; version <= 11; version++ {
		m := manifest(t, fmt.Sprintf("manifests/v%d.json", version))
		if m.Version != version {
			t.Errorf("version %d is read as %d", version, m.Version)
		}
		for _, expression := range []string{"*", "tag:nightly", "path:models/marts", "config.materialized:table", "source:*", "@int_orders", "1+exposure:revenue_board", "selector:nested", "1+test_name:unique"} {
			want, _, err := newest.Select(expression)
			if err != nil {
				t.Fatal(err)
			}
			var wanted []dbt.Resource
			for _, r := range want {
				if !newer(r) {
					wanted = append(wanted, r)
				}
			}
			got, _, err := m.Select(expression)
			if err != nil {
				t.Fatalf("v%d: %s: %v", version, expression, err)
			}
			// Older adapters for DuckDB call its database otherwise.
			databases := cmp.FilterPath(func(p cmp.Path) bool { return p.String() == "Relation.Database" }, cmp.Ignore())
			if diff := cmp.Diff(wanted, got, databases); diff != "" {
				t.Errorf("v%d: %s (-v12 +v%d):\n%s", version, expression, version, diff)
			}
		}
	}
}
