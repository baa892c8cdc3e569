package engines

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

func catalog(t *testing.T, e engine) {
	p := e.start(t)
	p.exec(t, e.fill("numbers", 2000)...)
	p.exec(t, "CREATE TABLE other (id integer, i integer)", "CREATE VIEW seen AS SELECT i FROM numbers")
	if e.sql.update != "" {
		p.exec(t, fmt.Sprintf(e.sql.update, "numbers"))
	}
	w := e.opened(t, p.connection)
	if w.Type() != e.name || w.DefaultSchema() != p.schema {
		t.Errorf("type %q with the default schema %q, want %q with %q", w.Type(), w.DefaultSchema(), e.name, p.schema)
	}
	listed, err := w.Tables(t.Context(), nonEmpty(p.schema))
	if err != nil {
		t.Fatal(err)
	}
	types := map[string]config.TableType{}
	var order []string
	for _, l := range listed {
		types[l.Name] = l.Type
		order = append(order, l.Name)
		// InnoDB's estimate comes from a few pages.
		if l.Name == "numbers" && (l.Rows < 1000 || l.Rows > 4000) {
			t.Errorf("numbers has an estimated %d rows, of 2,000", l.Rows)
		}
		if l.Type == config.TypeView && l.Rows != -1 {
			t.Errorf("the view %s has an estimated %d rows", l.Name, l.Rows)
		}
	}
	want := map[string]config.TableType{"numbers": config.TypeTable, "other": config.TypeTable, "seen": config.TypeView}
	if diff := cmp.Diff(want, types); diff != "" || !slices.IsSorted(order) {
		t.Errorf("tables, in the order %v (-want +got):\n%s", order, diff)
	}
	found, err := w.TablesWithColumns(t.Context(), nonEmpty(p.schema), []string{"i", "id", "nothing"})
	if err != nil {
		t.Fatal(err)
	}
	has := map[string]int{}
	for ref, columns := range found {
		has[ref.Name] = len(columns)
	}
	if diff := cmp.Diff(map[string]int{"numbers": 1, "other": 2, "seen": 1}, has); diff != "" {
		t.Errorf("tables with the columns (-want +got):\n%s", diff)
	}
	columns := described(t, w, p.table("numbers"))
	if len(columns) != 2 || columns[0].Nullable || !columns[1].Nullable || columns[0].Kind != metrics.KindInteger || columns[1].Kind != metrics.KindText {
		t.Errorf("columns %+v", columns)
	}
}

func schemas(t *testing.T, e engine) {
	p := e.start(t)
	other := p.another(t)
	q := e.sql.quote
	p.exec(t, "CREATE TABLE here (a integer)", "CREATE TABLE both_of (a integer)",
		"CREATE TABLE "+q(other)+"."+q("there")+" (a integer)", "CREATE TABLE "+q(other)+"."+q("both_of")+" (b integer)",
		"INSERT INTO "+q(other)+"."+q("both_of")+" VALUES (7)")
	w := e.opened(t, p.connection)
	for _, test := range []struct {
		asked []string
		want  []string
	}{
		{[]string{p.schema}, []string{p.schema + ".both_of", p.schema + ".here"}},
		{[]string{other}, []string{other + ".both_of", other + ".there"}},
		{[]string{p.schema, other}, []string{p.schema + ".both_of", p.schema + ".here", other + ".both_of", other + ".there"}},
		{[]string{"nowhere"}, nil},
	} {
		listed, err := w.Tables(t.Context(), test.asked)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, l := range listed {
			got = append(got, l.ID())
		}
		slices.Sort(test.want)
		if !slices.Equal(got, test.want) {
			t.Errorf("schemas %v hold %v, want %v", test.asked, got, test.want)
		}
	}
	every, err := w.Tables(t.Context(), nil)
	for _, ref := range []warehouse.TableRef{p.table("here"), {Schema: other, Name: "there"}} {
		if err != nil || !slices.ContainsFunc(every, func(l warehouse.Table) bool { return l.TableRef == ref }) {
			t.Errorf("all schemas lack %s; %v", ref.ID(), err)
		}
	}
	profile := profiled(t, w, warehouse.TableRef{Schema: other, Name: "both_of"})
	if c := profile.Columns[0]; c.Name != "b" || c.Metrics[metrics.Max].String() != "7" {
		t.Errorf("the table of the other schema has %s with %s", c.Name, c.Metrics[metrics.Max])
	}
}

func comments(t *testing.T, e engine) {
	p := e.start(t)
	p.exec(t, "CREATE TABLE told (a integer)", "CREATE TABLE untold (a integer)", fmt.Sprintf(e.sql.remark, "told", literal("tags: 'a', żółć")))
	listed, err := e.opened(t, p.connection).Tables(t.Context(), nonEmpty(p.schema))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, l := range listed {
		got[l.Name] = l.Comment
	}
	if diff := cmp.Diff(map[string]string{"told": "tags: 'a', żółć", "untold": ""}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func missingTable(t *testing.T, e engine) {
	p := e.start(t)
	p.exec(t, "CREATE TABLE here (a integer)")
	w := e.opened(t, p.connection)
	all, err := w.Describe(t.Context(), []warehouse.TableRef{p.table("here"), p.table("missing")})
	if _, ok := all[p.table("missing")]; err != nil || ok || len(all) != 1 {
		t.Errorf("described %v, %v; want the table that is there alone", all, err)
	}
	_, err = w.Scan(t.Context(), warehouse.Scan{Table: p.table("missing"), Columns: []metrics.Column{{Name: "a"}}}, func(*metrics.Batch) error { return nil })
	if !errors.Is(err, warehouse.ErrNoTable) || w.Transient(err) {
		t.Errorf("got %v, want one that is %v and does not pass", err, warehouse.ErrNoTable)
	}
	_, err = w.Scan(t.Context(), warehouse.Scan{Table: p.table("here"), Columns: []metrics.Column{{Name: "missing"}}}, func(*metrics.Batch) error { return nil })
	if err == nil || w.Transient(err) {
		t.Errorf("a column that is not there: got %v, want one that does not pass", err)
	}
}
