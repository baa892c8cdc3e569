package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/warehouse"
	"github.com/baselinr/baselinr-pipes/warehouse/mysql"
	"github.com/baselinr/baselinr-pipes/warehouse/postgres"
	"github.com/baselinr/baselinr-pipes/warehouse/sqlite"
)

// engine is a database engine that is built in, as source and as history.
type engine struct {
	name string

	// defaultSchema is the schema of a table named without one, as far as the config alone tells.
	defaultSchema func(config.Connection) string
	openSource    func(context.Context, config.Connection, ...warehouse.Option) (warehouse.Warehouse, error)
	openHistory   func(ctx context.Context, c config.Connection, create bool) (*warehouse.History, error)
	mayCreate     func(config.Connection) error // whether a missing history could be made; nil where it never is
	transient     func(error) bool              // whether opening that failed so may succeed a moment later
	cheapCatalog  bool                          // a plan asks the catalog though it was asked a moment ago
}

// engines lists every engine that is built in.
var engines = []engine{
	{
		name:          sqlite.Type,
		defaultSchema: func(config.Connection) string { return "" },
		openSource:    sqlite.Open,
		openHistory:   sqlite.OpenHistory,
		mayCreate:     sqlite.MayCreate,
		transient:     sqlite.Transient,
		cheapCatalog:  true,
	},
	{
		name: postgres.Type,
		defaultSchema: func(c config.Connection) string {
			if c.Schema != "" {
				return c.Schema
			}
			return "public"
		},
		openSource:  postgres.Open,
		openHistory: postgres.OpenHistory,
		transient:   postgres.Transient,
	},
	{
		name:          mysql.Type,
		defaultSchema: mysql.DefaultSchema,
		openSource:    mysql.Open,
		openHistory:   mysql.OpenHistory,
		transient:     mysql.Transient,
	},
}

func engineNames() []string {
	names := make([]string, len(engines))
	for i, e := range engines {
		names[i] = e.name
	}
	return names
}

// engineOf returns the engine of a connection; key names the connection's place in the config.
func engineOf(c config.Connection, key string) (engine, error) {
	for _, e := range engines {
		if e.name == c.Type {
			return e, nil
		}
	}
	return engine{}, fmt.Errorf("%s.type: %s is not built into this binary; it has %s", key, c.Type, strings.Join(engineNames(), ", "))
}
