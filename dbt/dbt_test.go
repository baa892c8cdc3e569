package dbt

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// shop is the manifest of the project that dbt itself is asked about in tests/dbt.
func shop(t testing.TB) *Manifest {
	t.Helper()
	data, err := os.ReadFile("../tests/dbt/project/target/manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	m, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestWhatIsNoManifestIsSaid(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"no JSON", "{", "not a dbt manifest: unexpected end of JSON input"},
		{"another JSON file", `{"a": 1}`, "not a dbt manifest: it has no metadata.dbt_schema_version; name the manifest.json of dbt's target folder"},
		{"another file of dbt's", `{"metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/catalog/v1.json"}}`, "not a dbt manifest: it has no metadata.dbt_schema_version; name the manifest.json of dbt's target folder"},
		{"too old", `{"metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v6.json"}}`, "manifest version 6 is too old, v7 to v12 are read; write it anew with dbt 1.3 or newer"},
		{"too new", `{"metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v13.json"}, "nodes": []}`, "manifest version 13 is newer than is known here, v7 to v12 are read; write it with an older dbt, or upgrade baselinr-pipes"},
		{"nodes of another form", `{"metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json"}, "nodes": []}`, "not a dbt manifest of version 12: json: cannot unmarshal array into Go struct field file.nodes of type map[string]*dbt.node"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := Parse([]byte(test.text)); err == nil || err.Error() != test.want {
				t.Errorf("got %v\nwant %s", err, test.want)
			}
		})
	}
}

func TestMistakesInAnExpressionAreOneLineWithTheNearestName(t *testing.T) {
	m := shop(t)
	tests := []struct{ expression, want string }{
		{"fct_order", `fct_order: the manifest has no such model, seed, snapshot or folder; did you mean "fct_orders"?`},
		{"+fct_reveneu", `fct_reveneu: the manifest has no such model, seed, snapshot or folder; did you mean "fct_revenue"?`},
		{"tag:nigthly", `tag:nigthly: the manifest has no such tag; did you mean "nightly"?`},
		{"source:web.order", `source:web.order: the manifest has no such source; did you mean "web.orders"?`},
		{"path:models/mart", `path:models/mart: the manifest has no such path; did you mean "models/marts"?`},
		{"package:shopp", `package:shopp: the manifest has no such package; did you mean "shop"?`},
		{"group:platforms", `group:platforms: the manifest has no such group; did you mean "platform"?`},
		{"exposure:board", `exposure:board: the manifest has no such exposure`},
		{"selector:nigthly", `no selector "nigthly" in the manifest; did you mean "nightly"?`},
		{"tags:nightly", `tags:nightly: unknown method "tags"; did you mean "tag"?`},
		{"state:modified", `state:modified compares with an earlier run of dbt, which is not known here; select by something else`},
		{"resource_type:models", `resource_type:models: unknown resource type; did you mean "model"?`},
		{"version:newest", `version:newest: wants latest, prerelease, old or none`},
		{"source:a.b.c.d", `source:a.b.c.d: has more than 3 parts`},
		{"@fct_orders+", `"@fct_orders+": @ before and + after contradict each other; keep one`},
		{"stg_orders --exclude tag:raw", `"--exclude" is an option of dbt's command line; write what follows --select, or name a selector with exclude as selector:name`},
		{" ", `selects nothing; write a name, or a method and a value as in tag:nightly`},
		{"tag:nightly,", `"" names nothing; write a name, or a method and a value as in tag:nightly`},
		{"99999999999999999999+a", `"99999999999999999999+a": 99999999999999999999 is no number of edges`},
	}
	for _, test := range tests {
		t.Run(test.expression, func(t *testing.T) {
			if _, _, err := m.Select(test.expression); err == nil || err.Error() != test.want {
				t.Errorf("got %v\nwant %s", err, test.want)
			}
		})
	}
}

func TestWhatSelectsNothingButIsNoMistakeGivesAWarning(t *testing.T) {
	m := shop(t)
	tests := []struct{ expression, want string }{
		{"zzz*", "zzz* selects nothing"},
		{"config.materialized:dynamic_table", "config.materialized:dynamic_table selects nothing"},
		{"old_orders", "old_orders selects only what is disabled, as model old_orders is"},
		{"tag:archived", "tag:archived selects only what is disabled, as model old_orders is"},
	}
	for _, test := range tests {
		resources, warnings, err := m.Select(test.expression)
		if err != nil || len(resources) > 0 || strings.Join(warnings, "|") != test.want {
			t.Errorf("%s: %v %q %v", test.expression, resources, warnings, err)
		}
	}
}

func TestAPlusWithinAWordUnitesAsInBaselinr(t *testing.T) {
	m := shop(t)
	for with, without := range map[string]string{
		"tag:finance+tag:seeded":   "tag:finance tag:seeded",
		"stg_orders+stg_pages":     "stg_orders stg_pages",
		"stg_orders + tag:finance": "stg_orders tag:finance",
	} {
		got, _, err := m.Select(strings.ReplaceAll(with, " + ", "+"))
		want, _, notWant := m.Select(without)
		if err != nil || notWant != nil || len(got) == 0 || !cmp.Equal(want, got) {
			t.Errorf("%s: %v, %v, %v", with, got, err, notWant)
		}
	}
}

func TestARefMeansWhatItDoesInDbt(t *testing.T) {
	m := shop(t)
	tests := []struct{ name, want string }{
		{"fct_orders", "shop.main.fct_orders"},
		{"shop.fct_orders", "shop.main.fct_orders"},
		{"dim_dates", "shop.main.dim_dates"},
		{"shared.dim_dates", "shop.main.dim_dates"},
		{"stg_channels", "shop.main_staging.channel_names"}, // an alias
		{"dim_accounts", "shop.main_restricted.dim_accounts"},
		{"countries", "shop.main.countries"}, // a seed
		{"customers_history", "shop.history.customers_history"},
		{"orders_api", "shop.main.orders_api_v2"}, // the latest version
		{"orders_api.v1", "shop.main.orders_api_v1"},
		{"stg_sessions", "ephemeral"},
		{"old_orders", "disabled"},
		{"fct_order", `error: the manifest has no model, seed or snapshot "fct_order"; did you mean "fct_orders"?`},
		{"shop.fct_order", `error: the manifest has no model, seed or snapshot "shop.fct_order"; did you mean "fct_orders"?`},
		{"accounts", `error: "accounts" is a source; write dbt_selector: source:crm.accounts`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r, err := m.Ref(test.name)
			got := r.Relation.String()
			if err != nil {
				got = "error: " + err.Error()
			} else if r.NoTable != "" {
				got = r.NoTable
			}
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestTagsAreThoseOfTheTable(t *testing.T) {
	tags := shop(t).Tags()
	for relation, want := range map[Relation][]string{
		{"shop", "main", "fct_revenue"}:          {"finance", "marts", "nightly"},
		{"shop", "raw_crm", "crm_accounts_v2"}:   {"raw", "sensitive"},
		{"shop", "main", "standalone"}:           nil,
		{"shop", "main_staging", "stg_accounts"}: {"sensitive", "staging"},
	} {
		got, ok := tags[relation]
		slices.Sort(got)
		if !ok || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v; want %v", relation, got, ok, want)
		}
	}
	if _, ok := tags[Relation{"shop", "main_staging", "stg_sessions"}]; ok {
		t.Error("an ephemeral model has an entry")
	}
}

// selecting returns a manifest of nothing but selectors.
func selecting(definitions string) (*Manifest, error) {
	return Parse([]byte(`{"metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json"}, "selectors": {` + definitions + `}}`))
}

func TestMistakesInSelectorsAreSaid(t *testing.T) {
	tests := []struct{ name, definition, want string }{
		{"two excludes", `{"union": [{"exclude": ["a"]}, {"exclude": ["b"]}]}`, `selector "s": exclude stands twice in one list; keep one`},
		{"no list", `{"union": "a"}`, `selector "s": a union and an intersection want a list`},
		{"itself", `{"method": "selector", "value": "s"}`, `selector "s": selector "s" is defined by itself`},
		{"another", `{"method": "selector", "value": "t"}`, `selector "s": no selector "t" in the manifest; did you mean "s"?`},
		{"no value", `{"method": "tag", "parents": true}`, `selector "s": a definition wants a method and a value, not method, parents`},
		{"a number", `7`, `selector "s": a definition is text, a union, an intersection, or a method and its value, not float64`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m, err := selecting(`"s": {"definition": ` + test.definition + `}`)
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := m.Select("selector:s"); err == nil || err.Error() != test.want {
				t.Errorf("got %v\nwant %s", err, test.want)
			}
		})
	}
}

func TestPathsMatchAsPythonsGlob(t *testing.T) {
	tests := []struct {
		pattern, path string
		want          bool
	}{
		{"models/*.sql", "models/a.sql", true},
		{"models/*.sql", "models/b/a.sql", false},
		{"models/**/a.sql", "models/a.sql", true},
		{"models/**/a.sql", "models/b/c/a.sql", true},
		{"**/a.sql", "a.sql", true},
		{"**/a.sql", "models/b/a.sql", true},
		{"**", "models/b", true},
		{"models/**", "models", true},
		{"models/[!a]*", "models/b", true},
		{"models/[!a]*", "models/a", false},
		{"models/[b", "models/[b", true},
		{"a.b", "axb", false},
	}
	for _, test := range tests {
		if got := glob(test.pattern).MatchString(test.path); got != test.want {
			t.Errorf("%s on %s: %v", test.pattern, test.path, got)
		}
	}
}

// What Python's fnmatch says of these, which dbt asks.
func TestNamesMatchAsPythonsFnmatch(t *testing.T) {
	for _, test := range []struct {
		text, pattern string
		want          bool
	}{
		{"a\nb", "a*", true}, {"A", "a", false}, {"a.b", "a?b", true}, {"]", "[]]", true}, {"x", "[!]]", true},
		{"[a", "[a", true}, {"^", "[^a]", true}, {"b", "[^a]", false}, {`\`, `[\]`, true}, {"b", "[z-a]", false}, {"ü", "?", true},
	} {
		if got := fnmatch(test.text, test.pattern); got != test.want {
			t.Errorf("%q on %q: %v", test.pattern, test.text, got)
		}
	}
}

func FuzzSelect(f *testing.F) {
	m := shop(f)
	for _, expression := range []string{"1+tag:nightly,@path:models/** source:crm+2", "[!a-]*", "selector:nested", "config.meta.owner:x", "a+b"} {
		f.Add(expression)
	}
	f.Fuzz(func(t *testing.T, expression string) {
		if resources, _, err := m.Select(expression); err == nil && strings.Contains(fmt.Sprint(resources), "test.") {
			t.Errorf("%q selects a test", expression)
		}
	})
}
