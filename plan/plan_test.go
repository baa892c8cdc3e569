package plan

import (
	"context"
	"strings"
	"testing"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// catalog is what a warehouse holds.
type catalog []warehouse.Table

func (c catalog) Tables(context.Context, []string) ([]warehouse.Table, error) { return c, nil }
func (c catalog) DefaultSchema() string                                       { return "public" }
func (c catalog) TablesWithColumns(_ context.Context, _, columns []string) (map[warehouse.TableRef][]string, error) {
	has := map[warehouse.TableRef][]string{}
	for _, t := range c {
		for _, column := range columns {
			if strings.HasPrefix(t.Name, column) { // a table's columns are named after it
				has[t.TableRef] = append(has[t.TableRef], column)
			}
		}
	}
	return has, nil
}

func held(ids ...string) catalog {
	var c catalog
	for _, id := range ids {
		schema, name, _ := strings.Cut(id, ".")
		c = append(c, warehouse.Table{TableRef: warehouse.TableRef{Schema: schema, Name: name}, Type: config.TypeTable, Rows: 7})
	}
	return c
}

func build(t *testing.T, c config.Config, held catalog) *Plan {
	t.Helper()
	p, err := Build(t.Context(), &c, "public", func(context.Context) (Catalog, error) {
		if held == nil {
			t.Fatal("the catalog was asked for")
		}
		return held, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func ids(p *Plan) string {
	var list []string
	for _, t := range p.Tables {
		list = append(list, t.ID())
	}
	return strings.Join(list, " ")
}

func TestSelection(t *testing.T) {
	warehouseHolds := held("public.orders", "public.orders_2024", "public.customers", "sales.orders", "sales.leads", "odd.two\nlines")
	tests := []struct {
		name     string
		patterns []config.TablePattern
		want     string
	}{
		{"a table without a schema is in the default one", []config.TablePattern{{Table: "x"}}, "public.x"},
		{"tables are sorted and named once", []config.TablePattern{{Table: "b"}, {Table: "a"}, {Schema: "public", Table: "b"}}, "public.a public.b"},
		{"a wildcard matches the whole name", []config.TablePattern{{Pattern: "orders"}}, "public.orders"},
		{"a star matches any text", []config.TablePattern{{Pattern: "orders*"}}, "public.orders public.orders_2024"},
		{"a star matches a line's end, too", []config.TablePattern{{Schema: "odd", Pattern: "t*s"}}, "odd.two\nlines"},
		{"a question mark matches one character", []config.TablePattern{{Pattern: "orders_202?"}}, "public.orders_2024"},
		{"a set matches one of it", []config.TablePattern{{Pattern: "[!o]*"}}, "public.customers"},
		{"a regular expression matches from the start", []config.TablePattern{{Pattern: "ord", PatternType: config.PatternRegex}}, "public.orders public.orders_2024"},
		{"a pattern of a schema stays in it", []config.TablePattern{{Schema: "sales", Pattern: "*"}}, "sales.leads sales.orders"},
		{"a whole schema", []config.TablePattern{{Schema: "sales", SelectSchema: true}}, "sales.leads sales.orders"},
		{"schemas by a pattern", []config.TablePattern{{SchemaPattern: "s*", Pattern: "o*"}}, "sales.orders"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := config.Default()
			c.Profiling.Tables = test.patterns
			if got := ids(build(t, c, warehouseHolds)); got != test.want {
				t.Errorf("tables %s, want %s", got, test.want)
			}
		})
	}
}

func TestTheCatalogIsLeftAloneWhereEveryTableIsNamed(t *testing.T) {
	c := config.Default()
	c.Profiling.Tables = []config.TablePattern{{Table: "a"}, {Schema: "s", Table: "b"}}
	if got := ids(build(t, c, nil)); got != "public.a s.b" {
		t.Errorf("tables %s", got)
	}
}

func TestAPatternThatMatchesNothingGivesAWarning(t *testing.T) {
	c := config.Default()
	c.Profiling.Tables = []config.TablePattern{{Pattern: "zzz*"}}
	p := build(t, c, held("public.a"))
	if len(p.Tables) != 0 || len(p.Warnings) != 1 || !strings.Contains(p.Warnings[0], `profiling.tables[0]: pattern "zzz*" matches no table`) {
		t.Errorf("warnings %q", p.Warnings)
	}
}

func TestAnotherDatabaseIsAnErrorUntilItIsBuilt(t *testing.T) {
	c := config.Default()
	c.Profiling.Tables = []config.TablePattern{{Database: "elsewhere", Table: "a"}}
	if _, err := Build(t.Context(), &c, "public", nil); err == nil || !strings.Contains(err.Error(), "elsewhere") {
		t.Errorf("error %v", err)
	}
}

func TestTheSignatureChangesWithTheResultAndWithNothingElse(t *testing.T) {
	base := func() config.Config {
		c := config.Default()
		c.Profiling.Tables = []config.TablePattern{{Table: "a"}}
		return c
	}
	original := build(t, base(), nil).Signature()
	for name, change := range map[string]func(*config.Config){
		"a table more": func(c *config.Config) {
			c.Profiling.Tables = append(c.Profiling.Tables, config.TablePattern{Table: "b"})
		},
		"other metrics":     func(c *config.Config) { c.Profiling.Metrics = []string{"count"} },
		"other bins":        func(c *config.Config) { c.Profiling.HistogramBins = 20 },
		"another threshold": func(c *config.Config) { c.Drift.AbsoluteThreshold.High = 90 },
		"a schema change that is not told": func(c *config.Config) {
			c.SchemaChange.Suppression = []config.Suppression{{Table: "a", ChangeType: "column_added"}}
		},
		"another environment": func(c *config.Config) { c.Environment = "production" },
	} {
		c := base()
		change(&c)
		if build(t, c, nil).Signature() == original {
			t.Errorf("%s does not change the signature", name)
		}
	}
	for name, change := range map[string]func(*config.Config){
		"the config's path": func(c *config.Config) { c.Path = "/somewhere/else.yml" },
		"a secret":          func(c *config.Config) { c.Source.Password = config.NewSecret("x") },
		"a schema change of another table": func(c *config.Config) {
			c.SchemaChange.Suppression = []config.Suppression{{Table: "b"}}
		},
		"workers":                     func(c *config.Config) { c.Execution.MaxWorkers = 9 },
		"the path of a baseline file": func(c *config.Config) { c.Drift.Baselines.File = "base.yml" },
	} {
		c := base()
		change(&c)
		if build(t, c, nil).Signature() != original {
			t.Errorf("%s changes the signature", name)
		}
	}
}

func TestEachSettingOfATableIsThatOfTheClosestEntry(t *testing.T) {
	half := &config.Sampling{Enabled: true, Method: config.SamplingRandom, Fraction: 0.5}
	off := &config.Sampling{Method: config.SamplingRandom, Fraction: 0.5}
	latest := &config.Partition{Key: "d", Strategy: config.PartitionLatest}
	c := config.Default()
	c.Profiling.Tables = []config.TablePattern{{Schema: "public", Table: "a"}, {Schema: "public", Table: "b"}, {Schema: "s", Table: "a"}}
	c.Profiling.DefaultSampleRatio = 0.1
	c.Datasets.Datasets = []config.Dataset{
		{Schema: "public", Table: "a", Profiling: &config.DatasetProfiling{Partition: latest, Sampling: off}},
		{Schema: "public", Profiling: &config.DatasetProfiling{Sampling: half, Metrics: []string{"count"}}},
		{Table: "a", Columns: []config.ColumnRule{{Name: "x"}}},
		{Table: "gone"},
	}
	p := build(t, c, nil)
	want := map[string]struct {
		fraction float64
		metrics  int
		columns  int
		latest   bool
	}{
		"public.a": {0, 1, 1, true}, "public.b": {0.5, 1, 0, false}, "s.a": {0.1, len(config.MetricNames), 1, false},
	}
	for _, table := range p.Tables {
		w, fraction := want[table.ID()], 0.0
		if table.Sampling != nil {
			fraction = table.Sampling.Fraction
		}
		if fraction != w.fraction || len(table.Metrics) != w.metrics || len(table.Columns) != w.columns || (table.Partition != nil) != w.latest {
			t.Errorf("%s: %+v, want %+v", table.ID(), table, w)
		}
	}
	if len(p.Warnings) != 1 || !strings.Contains(p.Warnings[0], "datasets.datasets[3]: the plan has no table gone") {
		t.Errorf("warnings %q", p.Warnings)
	}
}

func TestASettingOfOneTableChangesItsSignatureAlone(t *testing.T) {
	c := config.Default()
	c.Profiling.Tables = []config.TablePattern{{Table: "a"}, {Table: "b"}}
	before := build(t, c, nil)
	for name, settings := range map[string]config.Dataset{
		"columns":    {Table: "a", Columns: []config.ColumnRule{{Name: "x", Metrics: []string{"count"}}}},
		"metrics":    {Table: "a", Profiling: &config.DatasetProfiling{Metrics: []string{"count"}}},
		"partitions": {Table: "a", Profiling: &config.DatasetProfiling{Partition: &config.Partition{Strategy: config.PartitionLatest}}},
		"a sample":   {Table: "a", Profiling: &config.DatasetProfiling{Sampling: &config.Sampling{Enabled: true, Method: config.SamplingRandom, Fraction: 0.5}}},
	} {
		c.Datasets.Datasets = []config.Dataset{settings}
		after := build(t, c, nil)
		if after.TableSignature(after.Tables[0]) == before.TableSignature(before.Tables[0]) {
			t.Errorf("%s do not change the signature", name)
		}
		if after.TableSignature(after.Tables[1]) != before.TableSignature(before.Tables[1]) {
			t.Errorf("%s change another table's signature", name)
		}
	}
	c.Datasets.Datasets = []config.Dataset{{Table: "a", Profiling: &config.DatasetProfiling{
		Partition: &config.Partition{Key: "d", Strategy: config.PartitionAll}, Sampling: &config.Sampling{Enabled: true, Method: config.SamplingRandom, Fraction: 1},
	}}}
	if build(t, c, nil).Signature() != before.Signature() {
		t.Error("to ask for every row changes the signature")
	}
}
