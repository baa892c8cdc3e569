package engines

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// oddNames are names that have to be quoted, and that SQL could take for something else.
var oddNames = []string{
	"plain", "MixedCase", "sp ace", " leading", `quo"te`, "back`tick", "apos'trophe", "żółć", "日本語", "e\u0301", "select", "a.b", "per%cent",
	"under_score", "semi;colon", "ques?tion", "dollar$1", "colon:x", `back\slash`, "tab\there", "-- comment", "/* comment */", "[bracket]", "new\nline",
}

func names(t *testing.T, e engine) {
	p := e.start(t)
	q := e.sql.quote
	var columns, values, statements []string
	for j, name := range oddNames {
		columns = append(columns, q(name)+" integer")
		values = append(values, fmt.Sprint(j))
	}
	for _, name := range oddNames {
		statements = append(statements, "CREATE TABLE "+q(name)+" ("+strings.Join(columns, ", ")+")",
			"INSERT INTO "+q(name)+" ("+quotedList(q, oddNames)+") VALUES ("+strings.Join(values, ", ")+")")
	}
	p.exec(t, statements...)
	w := e.opened(t, p.connection)
	listed, err := w.Tables(t.Context(), nonEmpty(p.schema))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range oddNames {
		ref := p.table(name)
		if !slices.ContainsFunc(listed, func(l warehouse.Table) bool { return l.TableRef == ref }) {
			t.Errorf("table %q is not in the catalog", name)
		}
		profile := profiled(t, w, ref)
		for j, c := range profile.Columns {
			if c.Name != oddNames[j] || c.Metrics[metrics.Max].String() != fmt.Sprint(j) {
				t.Errorf("table %q: column %q has %s, want %q to have %d", name, c.Name, c.Metrics[metrics.Max], oddNames[j], j)
			}
		}
	}
	for j, name := range oddNames { // as keys of partitions, and of samples
		s := warehouse.Scan{
			Table: p.table("plain"), Columns: []metrics.Column{{Name: name}},
			Partition: &warehouse.Partition{Key: name, Strategy: config.PartitionLatest}, Sample: &warehouse.Sample{Method: config.SamplingStratified, Fraction: 0.5, MaxRows: 5, Key: name},
		}
		coverage, err := w.Scan(t.Context(), s, func(*metrics.Batch) error { return nil })
		if err != nil || len(coverage.Partitions) != 1 || coverage.Partitions[0].String() != fmt.Sprint(j) {
			t.Errorf("key %q: partitions %v, %v", name, coverage.Partitions, err)
		}
	}
	found, err := w.TablesWithColumns(t.Context(), nonEmpty(p.schema), oddNames)
	if err != nil || len(found) != len(oddNames) || len(found[p.table("plain")]) != len(oddNames) {
		t.Errorf("%d tables have the columns, want %d; %v", len(found), len(oddNames), err)
	}
}

func namesOfOtherCase(t *testing.T, e engine) {
	p := e.start(t)
	q := e.sql.quote
	p.exec(t, "CREATE TABLE "+q("orders")+" (a integer)", "CREATE TABLE "+q("Orders")+" (b integer)", "CREATE TABLE "+q("ORDERS")+" (c integer)")
	w := e.opened(t, p.connection)
	for name, column := range map[string]string{"orders": "a", "Orders": "b", "ORDERS": "c"} {
		if columns := described(t, w, p.table(name)); len(columns) != 1 || columns[0].Name != column {
			t.Errorf("%s has %v, want column %s alone", name, columns, column)
		}
	}
	all, err := w.Describe(t.Context(), []warehouse.TableRef{p.table("oRDERS")})
	if err != nil || len(all) != 0 {
		t.Errorf("oRDERS is described: %v, %v", all, err)
	}
}

// nonEmpty is a list of the text, where it is not empty.
func nonEmpty(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}
