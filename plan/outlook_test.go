package plan

import (
	"slices"
	"strings"
	"testing"

	"github.com/baselinr/baselinr-pipes/config"
)

func ofOrders(t *testing.T, change func(*config.Config)) (*Plan, Table) {
	t.Helper()
	c := config.Default()
	c.Profiling.Tables = []config.TablePattern{{Table: "orders"}}
	change(&c)
	p := build(t, c, nil)
	return p, p.Tables[0]
}

func TestASwitchTakesAMetricOut(t *testing.T) {
	for name, change := range map[string]func(*config.Profiling){
		"approx_distinct_count":                    func(c *config.Profiling) { c.ApproxDistinct = false },
		"data_type_inferred":                       func(c *config.Profiling) { c.TypeInference = false },
		"approx_distinct_count data_type_inferred": func(c *config.Profiling) { c.Enriches = false },
		"histogram":                                func(c *config.Profiling) { c.ComputeHistograms = false },
		"":                                         func(*config.Profiling) {},
	} {
		_, table := ofOrders(t, func(c *config.Config) { change(&c.Profiling) })
		var missing []string
		for _, n := range config.MetricNames {
			if !slices.Contains(table.Metrics, n) {
				missing = append(missing, n)
			}
		}
		slices.Sort(missing)
		if strings.Join(missing, " ") != name {
			t.Errorf("%q is left out, want %q", missing, name)
		}
	}
}

func TestTheClosestRuleOfAnomaliesGoesFirst(t *testing.T) {
	no, yes := false, true
	rule := func(name string) []config.ColumnRule {
		return []config.ColumnRule{{Name: name, Anomaly: &config.ColumnAnomaly{Enabled: &no}}}
	}
	_, table := ofOrders(t, func(c *config.Config) {
		c.Datasets.Datasets = []config.Dataset{
			{Anomaly: &config.DatasetAnomaly{Enabled: &no, Columns: rule("everywhere")}},
			{Table: "orders", Anomaly: &config.DatasetAnomaly{Enabled: &yes, Columns: rule("here")}, Drift: &config.DatasetDrift{Columns: rule("drift")}, Columns: rule("read")},
		}
	})
	var names []string
	for _, r := range table.AnomalyColumns {
		names = append(names, r.Name)
	}
	if !table.Anomalies.DetectsAnomalies || strings.Join(names, " ") != "here drift everywhere read" {
		t.Errorf("enabled %v, rules %v", table.Anomalies.DetectsAnomalies, names)
	}
}

func TestWhatIsAskedOfEarlierRunsChangesTheSignature(t *testing.T) {
	signature := func(change func(*config.Config)) string {
		p, table := ofOrders(t, change)
		return p.TableSignature(table)
	}
	usual := signature(func(*config.Config) {})
	seen := map[string]string{usual: "the default"}
	for name, change := range map[string]func(*config.Config){
		"learning":  func(c *config.Config) { c.Storage.Learns = true },
		"a window":  func(c *config.Config) { c.Profiling.StabilityWindow = 9 },
		"anomalies": func(c *config.Config) { c.Storage.DetectsAnomalies = true },
		"a threshold": func(c *config.Config) {
			c.Storage.DetectsAnomalies, c.Storage.MADThreshold = true, 9
		},
	} {
		got := signature(change)
		if other, ok := seen[got]; ok {
			t.Errorf("%s changes nothing against %s", name, other)
		}
		seen[got] = name
	}
	if got := signature(func(c *config.Config) { c.Storage.MADThreshold = 9 }); got != usual {
		t.Error("a threshold of anomalies that nobody asks for changes the signature")
	}
}
