package plan

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// shop is what a warehouse with some of everything holds, sorted as a catalog is.
func shop() catalog {
	table := func(schema, name string, kind config.TableType, rows int64, comment string, age time.Duration) warehouse.Table {
		return warehouse.Table{TableRef: warehouse.TableRef{Schema: schema, Name: name}, Type: kind, Rows: rows, Bytes: rows, Comment: comment, Age: age}
	}
	const day = 24 * time.Hour
	return catalog{
		table("hr", "people", config.TypeTable, 50, "Everybody. Tags: private, hr\nkept for ever", 9*day),
		table("public", "a_tmp", config.TypeTable, 0, "", day),
		table("public", "orders", config.TypeTable, 5000, "tags: critical,finance", 0),
		table("public", "orders_day", config.TypeMaterializedView, 30, "critical", 3*day),
		table("public", "orders_view", config.TypeView, -1, "", -1),
		table("sales", "leads", config.TypeForeignTable, -1, "leads, open, of sales", -1),
	}
}

func TestFiltersKeepSomeOfWhatAnEntrySelects(t *testing.T) {
	everything := func(f config.Filters) config.TablePattern {
		return config.TablePattern{SelectAllSchemas: true, PatternType: config.PatternWildcard, Filters: f}
	}
	tests := []struct {
		name  string
		entry config.TablePattern
		want  string
	}{
		{"all schemas", everything(config.Filters{}), "hr.people public.a_tmp public.orders public.orders_day public.orders_view sales.leads"},
		{"excluded names", everything(config.Filters{ExcludePatterns: []string{"*_tmp", "orders*"}}), "hr.people sales.leads"},
		{"an empty exclusion excludes nothing", everything(config.Filters{ExcludePatterns: []string{"", "o*"}}), "hr.people public.a_tmp sales.leads"},
		{"excluded names by a regular expression, from the start", config.TablePattern{SelectSchema: true, PatternType: config.PatternRegex, Filters: config.Filters{ExcludePatterns: []string{"orders_"}}}, "public.a_tmp public.orders"},
		{"types", everything(config.Filters{TableTypes: []config.TableType{config.TypeView, config.TypeMaterializedView}}), "public.orders_day public.orders_view"},
		{"at least so many rows, or unknown", everything(config.Filters{MinRows: 50}), "hr.people public.orders public.orders_view sales.leads"},
		{"at most so many rows, or unknown", everything(config.Filters{MaxRows: 50}), "hr.people public.a_tmp public.orders_day public.orders_view sales.leads"},
		{"modified lately, or unknown", everything(config.Filters{ModifiedSinceDays: 3}), "public.a_tmp public.orders public.orders_view sales.leads"},
		{"all required columns", everything(config.Filters{RequiredColumns: []string{"orders", "orders_"}}), "public.orders_day public.orders_view"},
		{"all tags", everything(config.Filters{Tags: []string{"critical", "finance"}}), "public.orders"},
		{"a comment that is a list as a whole", everything(config.Filters{Tags: []string{"open"}}), "sales.leads"},
		{"tags end with their line", everything(config.Filters{TagsAny: []string{"hr", "kept for ever"}}), "hr.people"},
		{"one of some tags", everything(config.Filters{TagsAny: []string{"critical", "private"}}), "hr.people public.orders public.orders_day"},
		{"a table that is named and passes", config.TablePattern{Table: "orders", Filters: config.Filters{MinRows: 10}}, "public.orders"},
		{"a table that is named and does not pass", config.TablePattern{Table: "orders", Filters: config.Filters{MaxRows: 10}}, ""},
		{"a table that is named and is not there", config.TablePattern{Table: "gone", Filters: config.Filters{MaxRows: 10}}, "public.gone"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := config.Default()
			c.Profiling.Discovery.IncludeTableTypes = nil // all
			c.Profiling.Tables = []config.TablePattern{test.entry}
			if got := ids(build(t, c, shop())); got != test.want {
				t.Errorf("tables %s, want %s", got, test.want)
			}
		})
	}
}

func TestTheDiscoverySaysWhereToLook(t *testing.T) {
	all, public := config.TablePattern{SelectAllSchemas: true}, config.TablePattern{Pattern: "*"}
	tests := []struct {
		name  string
		entry config.TablePattern
		set   func(*config.Discovery)
		want  string
	}{
		{"included schemas", all, func(d *config.Discovery) { d.IncludeSchemas = []string{"hr", "sales"} }, "hr.people sales.leads"},
		{"excluded schemas", all, func(d *config.Discovery) { d.ExcludeSchemas = []string{"public"} }, "hr.people sales.leads"},
		{"the default schema, included", public, func(d *config.Discovery) { d.IncludeSchemas = []string{"public"} }, "public.a_tmp public.orders public.orders_day public.orders_view"},
		{"a table that is named, whatever is excluded", config.TablePattern{Table: "orders", Filters: config.Filters{MinRows: 1}}, func(d *config.Discovery) { d.ExcludeSchemas = []string{"public"} }, "public.orders"},
		{"included types", all, func(d *config.Discovery) { d.IncludeTableTypes = []config.TableType{config.TypeView} }, "public.orders_view"},
		{"excluded types", public, func(d *config.Discovery) { d.ExcludeTableTypes = []config.TableType{config.TypeView} }, "public.a_tmp public.orders public.orders_day"},
		{"an entry's types before those of the discovery", config.TablePattern{Pattern: "*", Filters: config.Filters{TableTypes: []config.TableType{config.TypeView}}}, func(d *config.Discovery) { d.ExcludeTableTypes = []config.TableType{config.TypeView} }, "public.orders_view"},
		{"the first tables up to the limit", public, func(d *config.Discovery) { d.MaxTables = 2 }, "public.a_tmp public.orders"},
		{"the first schemas up to the limit", all, func(d *config.Discovery) { d.MaxSchemas, d.ExcludeSchemas = 1, []string{"hr"} }, "public.a_tmp public.orders public.orders_day public.orders_view"},
		{"tags of a provider that is not built", config.TablePattern{Pattern: "*", Filters: config.Filters{Tags: []string{"critical"}}}, func(d *config.Discovery) { d.TagProvider = "snowflake" }, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := config.Default()
			c.Profiling.Discovery.IncludeTableTypes = nil // all
			c.Profiling.Tables = []config.TablePattern{test.entry}
			test.set(&c.Profiling.Discovery)
			if got := ids(build(t, c, shop())); got != test.want {
				t.Errorf("tables %s, want %s", got, test.want)
			}
		})
	}
}

func TestWhereNoTypesAreNamedViewsAreLeftOut(t *testing.T) {
	c := config.Default()
	c.Profiling.Tables = []config.TablePattern{{Pattern: "*"}, {Table: "orders_view"}}
	if got := ids(build(t, c, shop())); got != "public.a_tmp public.orders public.orders_view" {
		t.Errorf("tables %s", got)
	}
}

// parsed is a config of the text below profiling, which looks for tables of every type.
func parsed(t *testing.T, profiling string) config.Config {
	t.Helper()
	c, _, err := config.Parse([]byte("source: {type: postgres, database: shop}\nstorage: {connection: {type: sqlite, database: h}}\nprofiling:\n"+profiling), "f.yml", "")
	if err != nil {
		t.Fatal(err)
	}
	c.Profiling.Discovery.IncludeTableTypes = nil
	return *c
}

func TestWhatIsWrongWithAnEntryIsToldWithItsPlace(t *testing.T) {
	for name, test := range map[string]struct{ profiling, want string }{
		"a pattern that is too broad": {"  discovery_options: {max_tables_per_pattern: 3, discovery_limit_action: error}\n  tables:\n    - {table: x}\n    - {pattern: '*'}\n",
			`f.yml:7:7: profiling.tables[1]: pattern "*" matches 4 tables, more than discovery_options.max_tables_per_pattern, which is 3; make it narrower, or raise max_tables_per_pattern`},
		"too many schemas": {"  discovery_options: {max_schemas_per_database: 2, discovery_limit_action: error}\n  tables: [{select_all_schemas: true}]\n",
			`f.yml:5:12: profiling.tables[0]: select_all_schemas takes 3 schemas, more than discovery_options.max_schemas_per_database, which is 2; leave some out with exclude_schemas, or raise max_schemas_per_database`},
		"a regular expression that nobody checked": {"  discovery_options: {validate_regex: false}\n  tables: [{pattern: '(', pattern_type: regex}]\n",
			"f.yml:5:12: profiling.tables[0].pattern: pattern \"(\": error parsing regexp: missing closing ): `(`"},
		"nothing named and no discovery": {"  table_discovery: false\n  tables: [{pattern: 'a'}]\n", `f.yml: profiling.tables: no table is named, and table_discovery is false; name the tables to profile`},
	} {
		t.Run(name, func(t *testing.T) {
			c := parsed(t, test.profiling)
			_, err := Build(t.Context(), &c, "public", func(context.Context) (Catalog, error) { return shop(), nil })
			var problems config.Problems
			if !errors.As(err, &problems) || err.Error() != test.want {
				t.Errorf("error %v\nwant  %s", err, test.want)
			}
		})
	}
}

func TestATableBelongsToTheEntryOfTheHighestPriority(t *testing.T) {
	c := parsed(t, `  tables:
    - {select_all_schemas: true}
    - {select_schema: true}
    - {pattern: "o*"}
    - {pattern: "orders_*", tags: [critical]}
    - {table: orders}
    - {schema: sales, select_schema: true, override_priority: 0}
`)
	p := build(t, c, shop())
	want := "hr.people 0, public.a_tmp 1, public.orders 4, public.orders_day 3, public.orders_view 2, sales.leads 0"
	var got []string
	for _, table := range p.Tables {
		got = append(got, fmt.Sprintf("%s %s", table.ID(), strings.Trim(strings.TrimPrefix(table.SelectedBy, "profiling.tables"), "[]")))
	}
	if strings.Join(got, ", ") != want {
		t.Errorf("tables %s, want %s", strings.Join(got, ", "), want)
	}
	if len(p.Warnings) != 0 { // that the last entry has no effect is told by the config
		t.Errorf("warnings %q", p.Warnings)
	}
}

func TestAnEntryOfWhichOthersLeaveNothingGivesAWarning(t *testing.T) {
	p := build(t, parsed(t, "  tables:\n    - {pattern: 'orders_*'}\n    - {pattern: 'ord*'}\n    - {pattern: '*_day'}\n"), shop())
	want := `f.yml:7:7: profiling.tables[2]: pattern "*_day" has no effect: what it selects is selected before it by profiling.tables[0]; take it away, or give it an override_priority`
	if len(p.Warnings) != 1 || p.Warnings[0] != want {
		t.Errorf("warnings %q", p.Warnings)
	}
}

// A table of this catalog has every column that its name begins with.
func TestRequiredColumnsThatLeaveNoTableAreNamed(t *testing.T) {
	for entry, want := range map[string]string{
		"{select_all_schemas: true, required_columns: [o, updated_att]}": `select_all_schemas matches no table: the entry's filters leave out the 6 of its names; 6 of them lack "updated_att" of required_columns`,
		"{select_all_schemas: true, required_columns: [o, p]}":           `select_all_schemas matches no table: the entry's filters leave out the 6 of its names; 6 of them lack one or another of required_columns, "o", "p"`,
		"{select_schema: true, min_rows: 1, required_columns: [a]}":      `select_schema matches no table: the entry's filters leave out the 4 of its names; 3 of them lack "a" of required_columns`,
		"{pattern: 'a*', required_columns: [a, b, c]}":                   `pattern "a*" matches no table: the entry's filters leave out the 1 of its names; public.a_tmp lacks "b", "c" of required_columns`,
		"{table: orders, required_columns: [id]}":                        `table "orders" is left out by the entry's filters; public.orders lacks "id" of required_columns`,
		"{pattern: 'a*', min_rows: 1, required_columns: [a]}":            `pattern "a*" matches no table: the entry's filters leave out the 1 of its names`,
	} {
		p := build(t, parsed(t, "  tables: ["+entry+"]\n"), shop())
		if want = "f.yml:4:12: profiling.tables[0]: " + want; len(p.Warnings) != 1 || p.Warnings[0] != want {
			t.Errorf("%s: warnings %q, want %s", entry, p.Warnings, want)
		}
	}
}

func TestWhatTheCatalogDoesNotKnowIsKeptWithAWarning(t *testing.T) {
	p := build(t, parsed(t, "  tables:\n    - {select_all_schemas: true, min_rows: 1, modified_since_days: 1}\n"), shop())
	if got := ids(p); got != "public.orders public.orders_view sales.leads" {
		t.Errorf("tables %s", got)
	}
	if len(p.Warnings) != 2 || !strings.Contains(p.Warnings[0], "how many rows 2 tables (public.orders_view, sales.leads) have, which min_rows") || !strings.Contains(p.Warnings[1], "when 2 tables (public.orders_view, sales.leads) were modified") {
		t.Errorf("warnings %q", p.Warnings)
	}
}

// asked counts what a catalog is asked for.
type asked struct {
	catalog
	tables, columns int
	schemas         []string
}

func (a *asked) Tables(_ context.Context, schemas []string) ([]warehouse.Table, error) {
	a.tables++
	a.schemas = schemas
	return a.catalog, nil
}

func (a *asked) TablesWithColumns(ctx context.Context, schemas, columns []string) (map[warehouse.TableRef][]string, error) {
	a.columns++
	return a.catalog.TablesWithColumns(ctx, schemas, columns)
}

func TestTheCatalogIsAskedForNoMoreThanThePlanNeeds(t *testing.T) {
	for profiling, want := range map[string]string{
		"{tables: [{table: orders}, {table: b, exclude_patterns: [x]}]}":                       "0 0 []",
		"{tables: [{table: orders, min_rows: 1}, {schema: hr, table: b}]}":                     "1 0 [public]",
		"{tables: [{pattern: a}, {pattern: b}, {schema: hr, select_schema: true}]}":            "1 0 [hr public]",
		"{tables: [{pattern: a}, {schema_pattern: h, pattern: b}]}":                            "1 0 []",
		"{tables: [{pattern: a, required_columns: [x]}, {pattern: b, required_columns: [y]}]}": "1 1 [public]",
	} {
		c, held := parsed(t, "  "+strings.TrimSuffix(strings.TrimPrefix(profiling, "{"), "}")+"\n"), &asked{catalog: shop()}
		if _, err := Build(t.Context(), &c, "public", func(context.Context) (Catalog, error) { return held, nil }); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintln(held.tables, held.columns, held.schemas); strings.TrimSpace(got) != want {
			t.Errorf("%s: asked %s, want %s", profiling, got, want)
		}
	}
}

func TestATableHasItsDatabaseInItsNameWhereTheEntryNamesIt(t *testing.T) {
	c := config.Default()
	c.Source = config.Connection{Type: "postgres", Database: "shop"}
	c.Profiling.Tables = []config.TablePattern{{Database: "shop", Pattern: "o*"}, {Table: "leads", Schema: "sales"}}
	p := build(t, c, shop())
	if got := ids(p); got != "sales.leads shop.public.orders" {
		t.Errorf("tables %s", got)
	}
	if _, ok := p.Find("shop.public.orders"); !ok {
		t.Error("the table is not found by its ID")
	}
	c.Source = config.Connection{Type: "sqlite", Database: "shop.db"}
	c.Profiling.Tables = []config.TablePattern{{Database: "shop.db", Table: "orders"}}
	sqlite, err := Build(t.Context(), &c, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := ids(sqlite); got != "orders" {
		t.Errorf("tables of a file %s", got)
	}
}

func TestAnEntryWhoseNamesAreAllExcludedSaysSo(t *testing.T) {
	c := config.Default()
	c.Profiling.Tables = []config.TablePattern{{Pattern: "orders*", Filters: config.Filters{ExcludePatterns: []string{"*"}}}}
	want := `profiling.tables[0]: pattern "orders*" matches no table: exclude_patterns leave out the 3 of its names`
	if p := build(t, c, shop()); len(p.Warnings) != 1 || !strings.HasSuffix(p.Warnings[0], want) {
		t.Errorf("got %q, want %s", p.Warnings, want)
	}
}
