package plan

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

const manifest = "../tests/dbt/project/target/manifest.json"

// built is what a warehouse holds after dbt has built the project of the manifest, but for what is in
// main_staging.
func built() catalog {
	return held("history.customers_history", "main.api_export", "main.channels", "main.countries", "main.dim_customers", "main.fct_conversions",
		"main.fct_orders", "main.fct_refunds", "main.fct_revenue", "main.fct_visits", "main.orders_api_v1", "main.orders_api_v2",
		"main.rpt_growth", "main.rpt_monthly_revenue", "main_restricted.DIM_ACCOUNTS", "raw_crm.crm_accounts_v2", "raw_crm.customers")
}

func planned(t *testing.T, entry config.TablePattern, holds catalog) (*Plan, error) {
	t.Helper()
	c := config.Default()
	c.Source = config.Connection{Type: "postgres", Database: "shop"}
	entry.Origin = config.Origin{File: "f.yml", Path: "profiling.tables[0]"}
	c.Profiling.Tables = []config.TablePattern{entry}
	if entry.DBTManifestPath == "" && entry.DBTProjectPath == "" {
		c.Profiling.Discovery.DBTManifestPath = manifest
	}
	c.Profiling.Discovery.TagProvider = "dbt"
	return Build(t.Context(), &c, "public", func(context.Context) (Catalog, error) { return holds, nil })
}

func ref(name string) config.TablePattern { return config.TablePattern{DBT: config.DBT{DBTRef: name}} }

func selector(expression string) config.TablePattern {
	return config.TablePattern{DBT: config.DBT{DBTSelector: expression}}
}

func TestDbtSaysWhichTables(t *testing.T) {
	narrowed := selector("tag:nightly")
	narrowed.ExcludePatterns = []string{"rpt_*"}
	tagged := config.TablePattern{SelectAllSchemas: true, Filters: config.Filters{Tags: []string{"nightly", "finance"}}}
	tests := []struct {
		name           string
		entry          config.TablePattern
		want, warnings string
	}{
		{"a ref", ref("fct_orders"), "main.fct_orders", ""},
		{"the latest version", ref("orders_api"), "main.orders_api_v2", ""},
		{"a name in other case, as the engine folded it", ref("dim_accounts"), "main_restricted.DIM_ACCOUNTS", ""},
		{"a source, by its identifier", selector("source:crm.accounts"), "raw_crm.crm_accounts_v2", ""},
		{"a selector of selectors.yml", selector("selector:nightly"), "history.customers_history main.fct_refunds main.fct_revenue main.rpt_growth main.rpt_monthly_revenue", ""},
		{"what the filters keep", narrowed, "history.customers_history main.fct_refunds main.fct_revenue", ""},
		{"a whole project", config.TablePattern{DBT: config.DBT{DBTRef: "countries", DBTProjectPath: "../tests/dbt/project"}}, "main.countries", ""},
		{"tags", tagged, "main.fct_refunds main.fct_revenue main.rpt_monthly_revenue", ""},
		{"an ephemeral model", ref("int_orders"), "", "f.yml: profiling.tables[0]: int_orders is ephemeral, and left out"},
		{"ephemeral models", selector("config.materialized:ephemeral fct_orders"), "main.fct_orders", "f.yml: profiling.tables[0]: int_orders, stg_sessions are ephemeral, and left out"},
		{"a disabled model", ref("old_orders"), "", "f.yml: profiling.tables[0]: old_orders is disabled, and left out"},
		{"nothing", selector("zzz*"), "", "f.yml: profiling.tables[0]: dbt_selector: zzz* selects nothing"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p, err := planned(t, test.entry, built())
			if err != nil {
				t.Fatal(err)
			}
			if got := ids(p); got != test.want {
				t.Errorf("tables %s, want %s", got, test.want)
			}
			if got := strings.Join(p.Warnings, "|"); got != test.warnings {
				t.Errorf("warnings %q, want %q", got, test.warnings)
			}
		})
	}
}

func TestTheCatalogIsAskedAboutTheSchemasOfDbtAlone(t *testing.T) {
	c := config.Default()
	c.Profiling.Discovery.DBTManifestPath = manifest
	c.Profiling.Tables = []config.TablePattern{selector("fct_orders customers_history")}
	asked := &listening{catalog: built()}
	if _, err := Build(t.Context(), &c, "public", func(context.Context) (Catalog, error) { return asked, nil }); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(asked.schemas, " "); got != "history main" {
		t.Errorf("schemas %q", got)
	}
}

// listening keeps the schemas that it was asked about.
type listening struct {
	catalog
	schemas []string
}

func (l *listening) Tables(ctx context.Context, schemas []string) ([]warehouse.Table, error) {
	l.schemas = schemas
	return l.catalog.Tables(ctx, schemas)
}

func TestWhatIsWrongWithDbtIsOneLine(t *testing.T) {
	folder := t.TempDir()
	old := filepath.Join(folder, "old.json")
	if err := os.WriteFile(old, []byte(`{"metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v4.json"}}`), 0o644); err != nil {
		t.Fatal(err)
	}
	from := func(path string) config.TablePattern {
		return config.TablePattern{DBT: config.DBT{DBTRef: "a", DBTManifestPath: path}}
	}
	tests := []struct {
		name  string
		entry config.TablePattern
		want  string
	}{
		{"an unknown name", ref("fct_ordres"), `f.yml: profiling.tables[0].dbt_ref: the manifest has no model, seed or snapshot "fct_ordres"; did you mean "fct_orders"?`},
		{"an unknown tag", selector("tag:nigthly"), `f.yml: profiling.tables[0].dbt_selector: tag:nigthly: the manifest has no such tag; did you mean "nightly"?`},
		{"an unknown selector", selector("selector:nigthly"), `f.yml: profiling.tables[0].dbt_selector: no selector "nigthly" in the manifest; did you mean "nightly"?`},
		{"no manifest", from(filepath.Join(folder, "none.json")), `f.yml: profiling.tables[0]: manifest ` + folder + `/none.json: no such file; have dbt write it with dbt parse, or name another with dbt_manifest_path`},
		{"a folder", from(folder), `f.yml: profiling.tables[0]: manifest ` + folder + `: is a directory; have dbt write it with dbt parse, or name another with dbt_manifest_path`},
		{"an old manifest", from(old), `f.yml: profiling.tables[0]: manifest ` + old + `: manifest version 4 is too old, v7 to v12 are read; write it anew with dbt 1.3 or newer`},
		{"a table that is not there", ref("stg_orders"), `f.yml: profiling.tables[0]: model stg_orders is table main_staging.stg_orders, which the source does not have; have dbt build it, or leave it out of the selection`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := planned(t, test.entry, built()); err == nil || err.Error() != test.want {
				t.Errorf("error %v\nwant  %s", err, test.want)
			}
		})
	}
}
