package warehouse

import "context"

// Versioner is a warehouse that can tell whether rows changed without reading them.
type Versioner interface {
	// Versions says of each table which version its rows are of, in one statement at most. A table that
	// does not exist is absent from the result, but where the engine has one version for all tables.
	Versions(ctx context.Context, tables []TableRef) (map[TableRef]Version, error)
}

// Version is a version of a table's rows.
type Version struct {
	// Token differs from one read before where rows or columns may have changed since, and mostly not where
	// they did not. It begins with the engine's name, and is at most 255 bytes; empty where nothing is known.
	Token string
	Why   string // nothing is known
}
