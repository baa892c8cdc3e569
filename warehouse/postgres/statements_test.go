package postgres

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/internal/testpg"
	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// tracer keeps the statements that are sent.
type tracer struct {
	mutex      sync.Mutex
	statements []string
}

func (t *tracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.statements = append(t.statements, q.SQL)
	return ctx
}

func (t *tracer) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// traced returns a warehouse over a new schema whose statements are kept.
func traced(t *testing.T, statements ...string) (*Warehouse, string, *tracer) {
	t.Helper()
	server := testpg.Connect(t)
	schema := server.Schema(t)
	server.Exec(t, append([]string{"SET search_path = " + schema}, statements...)...)
	settings, err := poolConfig(connection(t, server, schema))
	if err != nil {
		t.Fatal(err)
	}
	kept := &tracer{}
	settings.ConnConfig.Tracer = kept
	pool, err := pgxpool.NewWithConfig(t.Context(), settings)
	if err != nil {
		t.Fatal(err)
	}
	w := &Warehouse{pool: pool, schema: schema, options: warehouse.NewOptions(nil)}
	t.Cleanup(func() { w.Close() })
	return w, schema, kept
}

func TestAPlanTakesTwoStatementsOfTheCatalogAtMost(t *testing.T) {
	w, schema, sent := traced(t,
		"CREATE TABLE orders (id integer, day date)", "COMMENT ON TABLE orders IS 'Orders. tags: critical, finance'",
		"CREATE TABLE leads (id integer)", "COMMENT ON TABLE leads IS 'critical'", "CREATE VIEW seen AS SELECT id, day FROM orders")
	for _, test := range []struct {
		name       string
		tables     string
		statements int
		want       string
	}{
		{"every table named", "[{table: orders}, {table: leads, exclude_patterns: [x]}]", 0, "leads orders"},
		{"twenty patterns", "[" + strings.Repeat(`{pattern: "o*"}, `, 19) + "{select_schema: true, table_types: [view]}]", 1, "orders seen"},
		{"tags in comments", "[{pattern: '*', tags: [critical]}, {pattern: '*', tags_any: [finance, x]}]", 1, "leads orders"},
		{"required columns, of several patterns", "[{pattern: 'o*', required_columns: [day, id]}, {pattern: 's*', required_columns: [day]}, {pattern: 'l*', required_columns: [day]}]", 2, "orders seen"},
		{"a named table with a filter", "[{table: orders, table_types: [view]}, {table: seen, table_types: [view]}]", 1, "seen"},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := "source: {type: postgres, database: x}\nstorage: {connection: {type: sqlite, database: h}}\nprofiling: {discovery_options: {include_table_types: []}, tables: " + test.tables + "}\n"
			c, _, err := config.Parse([]byte(text), "f.yml", "")
			if err != nil {
				t.Fatal(err)
			}
			sent.statements = nil
			p, err := plan.Build(t.Context(), c, schema, func(context.Context) (plan.Catalog, error) { return w, nil })
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, table := range p.Tables {
				got = append(got, table.Name)
			}
			if len(sent.statements) != test.statements || strings.Join(got, " ") != test.want {
				t.Errorf("tables %s by %d statements, want %s by %d:\n%s", got, len(sent.statements), test.want, test.statements, fmt.Sprint(sent.statements))
			}
		})
	}
}
