// Package store keeps the history: it saves a table's profile with its drift in one transaction, and
// reads earlier runs back. Its tables are the Python tool baselinr's, with its columns, and some of
// ours beside them.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/baselinr/baselinr-pipes/warehouse"
)

// Store is an open history. Its methods may be called from several goroutines.
type Store struct {
	db      *sql.DB
	dialect warehouse.Dialect
	tables  Tables

	// Damaged is told, a line each, of rows that cannot be read, and are left out; it may be nil.
	Damaged func(text string)
	told    sync.Map // of what it was told
}

// New returns the store over an open history database.
func New(h *warehouse.History, t Tables) *Store {
	return &Store{db: h.DB, dialect: h.Dialect, tables: t}
}

// Close closes the history database.
func (s *Store) Close() error { return s.db.Close() }

// Transient reports whether what failed with err may succeed a moment later. A save that is tried again
// stores nothing twice, even where the first one's answer was lost.
func (s *Store) Transient(err error) bool { return s.dialect.Transient(err) }

// ErrNoRun is wrapped where a run that was asked for is not in the history.
var ErrNoRun = errors.New("no such run")

// fail names the history as the subject of an error.
func (s *Store) fail(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("history: %w", s.dialect.Explain(err))
}

// inTransaction runs work in one transaction, which is kept only where work returns no error.
func (s *Store) inTransaction(ctx context.Context, work func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return s.fail(err)
	}
	if err := work(tx); err != nil {
		return s.fail(errors.Join(err, ignoreDone(tx.Rollback())))
	}
	return s.fail(tx.Commit())
}

// ignoreDone leaves out the error of ending a transaction that has ended already.
func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

// sql replaces every ? of a statement by the dialect's placeholder.
func (s *Store) sql(format string, arguments ...any) string {
	statement := fmt.Sprintf(format, arguments...)
	out := make([]byte, 0, len(statement)+16)
	n := 0
	for i := range len(statement) {
		if statement[i] == '?' {
			n++
			out = append(out, s.dialect.Placeholder(n)...)
			continue
		}
		out = append(out, statement[i])
	}
	return string(out)
}

// insert is the text of a statement that inserts.
func (s *Store) insert(i warehouse.Insert) string { return s.sql("%s", s.dialect.Insert(i)) }

func (s *Store) runs() string    { return s.dialect.Quote(s.tables.Runs) }
func (s *Store) results() string { return s.dialect.Quote(s.tables.Results) }

// stampLayout is how the Python tool writes a time: UTC, without a zone, to the microsecond.
const stampLayout = "2006-01-02 15:04:05.000000"

func stamp(t time.Time) string { return t.UTC().Format(stampLayout) }

// timestamp scans a time of the history, which a driver gives as a time or as text.
type timestamp struct{ time.Time }

// Scan implements sql.Scanner.
func (t *timestamp) Scan(value any) error {
	switch v := value.(type) {
	case nil:
		t.Time = time.Time{}
		return nil
	case time.Time:
		// The drivers take a time without a zone for UTC, or for a zone of their own.
		t.Time = time.Date(v.Year(), v.Month(), v.Day(), v.Hour(), v.Minute(), v.Second(), v.Nanosecond(), time.UTC)
		return nil
	case string:
		for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02T15:04:05", time.RFC3339} {
			if parsed, err := time.Parse(layout, v); err == nil {
				t.Time = parsed.UTC()
				return nil
			}
		}
	}
	return notATime{value}
}
