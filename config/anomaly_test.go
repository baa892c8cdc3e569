package config

import (
	"slices"
	"strings"
	"testing"
)

func TestAContractsPropertyJudgesAColumn(t *testing.T) {
	const contract = "kind: DataContract\ndataset: [{name: a}, {name: b}]\ncustomProperties:\n"
	for _, tt := range []struct{ name, property, value, want, problem, warning string }{
		{name: "of one table", property: "baselinr.anomaly.b.id", value: "{enabled: false}", want: "b.id"},
		{name: "of every table", property: "baselinr.anomaly.id", value: "{methods: [iqr]}", want: "a.id b.id"},
		{name: "of a table that is not there", property: "baselinr.anomaly.c.id", value: "{enabled: false}",
			warning: "customProperties[0]: has no effect: write baselinr.anomaly.TABLE.COLUMN, or .COLUMN for every table"},
		{name: "of no column", property: "baselinr.anomaly", value: "{enabled: false}",
			warning: "customProperties[0]: has no effect: write baselinr.anomaly.TABLE.COLUMN, or .COLUMN for every table"},
		{name: "with a mistake", property: "baselinr.anomaly.b.id", value: "{method: [iqr]}", problem: `customProperties[0].value.method: unknown key; did you mean "methods"?`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := write(t, map[string]string{"contracts/a.odcs.yaml": contract + "  - {property: " + tt.property + ", value: " + tt.value + "}\n"})
			cfg, problems, warnings := parseIn(t, dir, least+"contracts: {}")
			for _, said := range []struct {
				got  []string
				want string
			}{{problems, tt.problem}, {warnings, tt.warning}} {
				if (said.want == "") != (len(said.got) == 0) || said.want != "" && !strings.HasSuffix(said.got[0], said.want) {
					t.Fatalf("got %v, want %q", said.got, said.want)
				}
			}
			if tt.problem != "" {
				return
			}
			var got []string
			for _, d := range cfg.Datasets.Datasets {
				if d.Anomaly != nil {
					got = append(got, d.Table+"."+d.Anomaly.Columns[0].Name)
				}
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("got %v, want %s", got, tt.want)
			}
		})
	}
}

func TestAColumnChangesWhatItSaysAndNothingElse(t *testing.T) {
	four := 4.0
	table := Default().Storage.Anomalies
	got := table.WithColumn(&ColumnAnomaly{Methods: []string{"mad"}, Thresholds: &AnomalyThresholds{MAD: &four}})
	if !slices.Equal(got.AnomalyMethods, []string{"mad"}) || got.MADThreshold != 4 || got.IQRThreshold != table.IQRThreshold || got.ShiftSensitivity != table.ShiftSensitivity {
		t.Errorf("%+v", got)
	}
	if same := table.WithColumn(nil); same.MADThreshold != 3 {
		t.Errorf("%+v", same)
	}
}
