package config

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestContractsNameTheTablesOfAConfigurationThatNamesNone(t *testing.T) {
	const contract = "kind: DataContract\ndataset: [{name: a}, {name: b, physicalName: s.c}, {name: d, physicalName: x.s.e}]\n"
	for _, tt := range []struct{ name, contract, text, want string }{
		{"without tables", contract, "contracts: {}", "a s.c x.s.e"},
		{"with an empty list", contract, "contracts: {}\nprofiling: {tables: []}", "a s.c x.s.e"},
		{"with a table", contract, "contracts: {}\nprofiling: {tables: [{table: z}]}", "z"},
		{"without contracts", contract, "contracts: ~", ""},
		{"of another folder", contract, "contracts: {directory: other}", ""},
		{"with development's schema before production's", "kind: DataContract\nservers: {production: {schema: p}, development: {schema: d}}\ndataset: [{table: a}, {name: b, physicalName: s.b}]\n",
			"contracts: {}", "d.a s.b"},
		{"with production's schema", "kind: DataContract\nservers: {staging: {schema: x}, production: {schema: '${S}'}}\ndataset: [{name: a}]\n", "contracts: {}", "live.a"},
		{"without a kind, which the reference fills in", "apiVersion: v3.1.0\ndataset: [{name: a}]\n", "contracts: {}", "a"},
		{"with references that nobody reads", "kind: DataContract\ndescription: {purpose: '${UNSET}'}\ndataset: [{name: a, description: '${UNSET}'}]\n", "contracts: {}", "a"},
		{"without names, unchecked", "kind: DataContract\ndataset: [{columns: []}, {name: a}, {name: a}]\n", "contracts: {validate_on_load: false}", "a a"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := write(t, map[string]string{"contracts/a.odcs.yaml": tt.contract, "other/b.yaml": ""})
			cfg, problems, _ := parseIn(t, dir, least+tt.text, "S=live")
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			var got []string
			for _, table := range cfg.Profiling.Tables {
				got = append(got, strings.TrimLeft(table.Database+"."+table.Schema+"."+table.Table, "."))
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" {
				t.Error(diff)
			}
			if cfg.Contracts != nil {
				t.Error("the contracts' folder is kept")
			}
		})
	}
}

func TestContractsThatDisagreeAreTold(t *testing.T) {
	const sampled = "kind: DataContract\ndataset: [{name: t}]\ncustomProperties: [{property: baselinr.sampling, value: {enabled: true, fraction: 0.2}}]\n"
	for _, tt := range []struct{ name, other, text, want string }{
		{"two that say the same", sampled, "", ""},
		{"two that do not", strings.ReplaceAll(sampled, "0.2", "0.3"), "",
			"DIR/contracts/b.odcs.yaml:3:57: customProperties[0].value: disagrees with sampling of the same tables at DIR/contracts/a.odcs.yaml:3:57; keep one of them"},
		{"a contract and a dataset", sampled, "datasets: {datasets: [{table: t, profiling: {sampling: {enabled: false}}}]}",
			"DIR/contracts/a.odcs.yaml:3:57: customProperties[0].value: disagrees with sampling of the same tables at f.yml:4:56; keep one of them\n" +
				"DIR/contracts/b.odcs.yaml:3:57: customProperties[0].value: disagrees with sampling of the same tables at f.yml:4:56; keep one of them"},
		{"a name that stands twice", "kind: DataContract\ndataset: [{name: t}, {name: t}]\n", "", "DIR/contracts/b.odcs.yaml:2:22: dataset[1]: a second dataset of the same name; keep one of them"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := write(t, map[string]string{"contracts/a.odcs.yaml": sampled, "contracts/b.odcs.yaml": tt.other})
			_, problems, _ := parseIn(t, dir, least+"contracts: {}\n"+tt.text)
			if diff := cmp.Diff(tt.want, strings.Join(problems, "\n")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The reference's examples have keys where it ignores them.
func TestAMisplacedKeyOfTheReferencesExamplesLoadsAndSaysWhereItHasAnEffect(t *testing.T) {
	const ignored = "has no effect, here or in baselinr; write it below profiling"
	_, problems, warnings := parse(t, least+"contracts: {metrics: [null_percent], histogram_bins: 10}\n"+
		"profiling: {tables: [{select_all_schemas: true, exclude_schemas: [a]}]}")
	want := []string{
		"f.yml:4:49: profiling.tables[0].exclude_schemas: " + ignored + ".discovery_options",
		"f.yml:3:13: contracts.metrics: " + ignored,
		"f.yml:3:38: contracts.histogram_bins: " + ignored,
	}
	slices.Sort(want)
	slices.Sort(warnings)
	if diff := cmp.Diff(want, slices.DeleteFunc(warnings, func(w string) bool { return strings.Contains(w, "no such folder") })); diff != "" || len(problems) > 0 {
		t.Errorf("problems %v, warnings (-want +got):\n%s", problems, diff)
	}
}
