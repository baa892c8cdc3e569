package cache

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

var (
	_ plan.Catalog = (*Known)(nil)
	_ plan.Catalog = keeping{}
)

// Known is a catalog that answers with what was kept, as the source's own did. What it does not know fails
// with ErrUnknown.
type Known struct {
	cache         *Cache
	defaultSchema string
	at            time.Time
}

// Known returns what is known of the source, however old.
func (c *Cache) Known() (*Known, error) {
	a, err := c.load(question{Kind: aboutDefaultSchema})
	if err != nil {
		return nil, err
	}
	return &Known{cache: c, defaultSchema: a.DefaultSchema, at: a.At}, nil
}

// At is when the source gave the oldest of the answers so far.
func (k *Known) At() time.Time { return k.at }

// DefaultSchema implements plan.Catalog.
func (k *Known) DefaultSchema() string { return k.defaultSchema }

// Tables implements plan.Catalog. Since the answer was given, tables have aged.
func (k *Known) Tables(_ context.Context, schemas []string) ([]warehouse.Table, error) {
	a, err := k.load(question{Kind: aboutTables, Schemas: schemas})
	if err != nil {
		return nil, err
	}
	aged := max(k.cache.now().Sub(a.At), 0)
	for i := range a.Tables {
		if t := &a.Tables[i]; t.Age >= 0 {
			t.Age += aged
		}
	}
	return a.Tables, nil
}

// TablesWithColumns implements plan.Catalog.
func (k *Known) TablesWithColumns(_ context.Context, schemas, columns []string) (map[warehouse.TableRef][]string, error) {
	a, err := k.load(question{Kind: aboutColumns, Schemas: schemas, Columns: columns})
	if err != nil {
		return nil, err
	}
	has := make(map[warehouse.TableRef][]string, len(a.Columns))
	for key, columns := range a.Columns {
		var table warehouse.TableRef
		if err := json.Unmarshal([]byte(key), &table); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrUnknown, err)
		}
		has[table] = columns
	}
	return has, nil
}

func (k *Known) load(q question) (*answer, error) {
	a, err := k.cache.load(q)
	if err == nil && a.At.Before(k.at) {
		k.at = a.At
	}
	return a, err
}

// keeping is a catalog whose answers are kept.
type keeping struct {
	plan.Catalog
	cache *Cache
	lost  func(error)
}

// Keeping returns a catalog that answers as the source's does, and keeps what it answers. Where that cannot
// be kept, lost is told.
func (c *Cache) Keeping(source plan.Catalog, lost func(error)) plan.Catalog {
	return keeping{source, c, lost}
}

// Tables implements plan.Catalog.
func (k keeping) Tables(ctx context.Context, schemas []string) ([]warehouse.Table, error) {
	tables, err := k.Catalog.Tables(ctx, schemas)
	if err != nil {
		return nil, err
	}
	err = k.cache.save(question{Kind: aboutTables, Schemas: schemas}, answer{Tables: tables})
	if err == nil { // last, so that what is there has its tables
		err = k.cache.save(question{Kind: aboutDefaultSchema}, answer{DefaultSchema: k.DefaultSchema()})
	}
	if err == nil {
		err = prune(k.cache.folder, k.cache.now())
	}
	if err != nil {
		k.lost(err)
	}
	return tables, nil
}

// TablesWithColumns implements plan.Catalog.
func (k keeping) TablesWithColumns(ctx context.Context, schemas, columns []string) (map[warehouse.TableRef][]string, error) {
	has, err := k.Catalog.TablesWithColumns(ctx, schemas, columns)
	if err != nil {
		return nil, err
	}
	kept := make(map[string][]string, len(has))
	for table, names := range has {
		key, err := json.Marshal(table)
		if err != nil {
			k.lost(err)
			return has, nil
		}
		kept[string(key)] = names
	}
	if err := k.cache.save(question{Kind: aboutColumns, Schemas: schemas, Columns: columns}, answer{Columns: kept}); err != nil {
		k.lost(err)
	}
	return has, nil
}
