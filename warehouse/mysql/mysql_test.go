package mysql

import (
	"strconv"
	"testing"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/internal/testmysql"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

func connection(t *testing.T, s testmysql.Server, schema string) config.Connection {
	t.Helper()
	port, err := strconv.Atoi(s.Port)
	if err != nil {
		t.Fatal(err)
	}
	return config.Connection{
		Type: Type, Host: s.Host, Port: port, Database: schema, Username: s.User, Password: config.NewSecret(s.Password),
	}
}

// open returns a warehouse whose database is new and holds what the statements make.
func open(t *testing.T, statements ...string) (warehouse.Warehouse, string) {
	t.Helper()
	server := testmysql.Connect(t)
	schema := server.Schema(t)
	server.Exec(t, schema, statements...)
	w, err := Open(t.Context(), connection(t, server, schema))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w, schema
}

func profile(t *testing.T, w warehouse.Warehouse, ref warehouse.TableRef) map[string]metrics.ColumnProfile {
	t.Helper()
	described, err := w.Describe(t.Context(), []warehouse.TableRef{ref})
	if err != nil {
		t.Fatal(err)
	}
	if described[ref].Err != nil {
		t.Fatal(described[ref].Err)
	}
	a := metrics.NewTableAccumulator(described[ref].Columns, metrics.DefaultSettings())
	if _, err := w.Scan(t.Context(), warehouse.Scan{Table: ref, Columns: described[ref].Columns}, a.Add); err != nil {
		t.Fatal(err)
	}
	columns := map[string]metrics.ColumnProfile{}
	for _, c := range a.Profile().Columns {
		columns[c.Name] = c
	}
	return columns
}
