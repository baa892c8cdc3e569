package warehouse

import (
	"fmt"
	"strings"
)

// Insert is a statement that inserts rows into a table of the history.
type Insert struct {
	Table    string // quoted, or a name that needs no quotes
	Columns  []string
	Rows     int
	Existing *Existing // nil where no row can be there already
}

// Existing says what becomes of a row whose key is there already.
type Existing struct {
	Key   []string // the columns of the key
	Renew []string // the columns that take the values of the new row; none to leave the row as it is
	Newer string   // of Renew, the column whose value may not be greater than the new row's for that; empty for always
	Count string   // a column that says how often the row was renewed; empty for none
}

// Values is the text of the statement up to its rows, with ? for each parameter, and these.
func (i Insert) Values() string {
	row := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(i.Columns)), ", ") + ")"
	return fmt.Sprintf("INSERT INTO %s (%s) VALUES %s", i.Table, strings.Join(i.Columns, ", "), strings.TrimSuffix(strings.Repeat(row+", ", i.Rows), ", "))
}

// OnConflict is the statement in the SQL that PostgreSQL and SQLite share.
func (i Insert) OnConflict() string {
	e := i.Existing
	switch {
	case e == nil:
		return i.Values()
	case len(e.Renew) == 0:
		return i.Values() + " ON CONFLICT DO NOTHING"
	}
	var set []string
	for _, column := range e.Renew {
		set = append(set, column+" = excluded."+column)
	}
	if e.Count != "" {
		set = append(set, fmt.Sprintf("%[1]s = coalesce(%[2]s.%[1]s, 0) + 1", e.Count, i.Table))
	}
	statement := fmt.Sprintf("%s ON CONFLICT (%s) DO UPDATE SET %s", i.Values(), strings.Join(e.Key, ", "), strings.Join(set, ", "))
	if e.Newer != "" {
		statement += fmt.Sprintf(" WHERE %[2]s.%[1]s IS NULL OR %[2]s.%[1]s <= excluded.%[1]s", e.Newer, i.Table)
	}
	return statement
}

// CreateIndex is the statement that makes an index where there is none of its name, in the SQL that PostgreSQL and SQLite
// share. Names and columns are quoted, where they need it.
func CreateIndex(name, table string, columns []string) string {
	return fmt.Sprintf("CREATE INDEX IF NOT EXISTS %s ON %s (%s)", name, table, strings.Join(columns, ", "))
}
