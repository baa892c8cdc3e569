package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/internal/testpg"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// only returns the only value of a statement's result.
func only(ctx context.Context, s *session, statement string, arguments ...[]byte) (value string, err error) {
	err = s.query(ctx, statement, arguments, nil, func(result *pgconn.ResultReader) error {
		for result.NextRow() {
			value = string(result.Values()[0])
		}
		return nil
	})
	return value, err
}

func scanOf(schema, table string, columns []metrics.Column) warehouse.Scan {
	return warehouse.Scan{Table: warehouse.TableRef{Schema: schema, Name: table}, Columns: columns}
}

func TestStatementsShareASnapshotWhileTheTableIsWrittenTo(t *testing.T) {
	server := testpg.Connect(t)
	for _, test := range []struct {
		name  string
		begin func(*session)
		want  string
	}{
		{"statements of a snapshot see the same rows", (*session).snapshot, "10 10 10"},
		{"statements without one see what was written meanwhile", func(*session) {}, "10 20 30"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w, schema := open(t, "CREATE TABLE t (i integer)", "INSERT INTO t SELECT generate_series(1, 10)")
			var got []string
			err := w.(*Warehouse).inSession(t.Context(), func(s *session) error {
				test.begin(s)
				for range 3 {
					count, err := only(t.Context(), s, "SELECT count(*) FROM "+schema+".t WHERE i > $1", []byte("0"))
					if err != nil {
						return err
					}
					got = append(got, count)
					server.Exec(t, "INSERT INTO "+schema+".t SELECT generate_series(1, 10)")
				}
				return nil
			})
			if err != nil || strings.Join(got, " ") != test.want {
				t.Errorf("counts %v, %v; want %s", got, err, test.want)
			}
			// The connection goes back to the pool as it was: outside a transaction.
			if _, err := w.Scan(t.Context(), scanOf(schema, "t", []metrics.Column{{Name: "i"}}), func(*metrics.Batch) error { return nil }); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAFailureInASnapshotIsThatOfItsStatement(t *testing.T) {
	w, schema := open(t)
	err := w.(*Warehouse).inSession(t.Context(), func(s *session) error {
		s.snapshot()
		_, err := only(t.Context(), s, "SELECT count(*) FROM "+schema+".nothing")
		return err
	})
	if !errors.Is(err, warehouse.ErrNoTable) {
		t.Errorf("error %v", err)
	}
	if _, err := w.Tables(t.Context(), nil); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestAScanSeesOneStateOfATableThatIsWrittenTo(t *testing.T) {
	server := testpg.Connect(t)
	w, schema := open(t, "CREATE TABLE t (i integer PRIMARY KEY, amount integer)", "INSERT INTO t SELECT i, 100 FROM generate_series(1, 20000) AS i")
	ctx, stop := context.WithCancel(t.Context())
	written := make(chan error, 1)
	go func() { written <- moveAmounts(ctx, server, schema) }()
	for range 20 {
		sum := int64(0)
		_, err := w.Scan(t.Context(), scanOf(schema, "t", []metrics.Column{{Name: "amount"}}), func(b *metrics.Batch) error {
			for _, amount := range b.Vectors[0].Ints {
				sum += amount
			}
			return nil
		})
		if err != nil || sum != 2_000_000 {
			t.Errorf("the amounts add up to %d, %v", sum, err)
		}
	}
	stop()
	if err := <-written; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// moveAmounts moves amounts from the first rows to the last, a transaction each, until the context ends.
func moveAmounts(ctx context.Context, server testpg.Server, schema string) error {
	conn, err := pgx.Connect(ctx, server.URL())
	if err != nil {
		return err
	}
	defer conn.Close(context.Background())
	for i := 0; ; i = (i + 1) % 1000 {
		_, err := conn.Exec(ctx, fmt.Sprintf(`BEGIN;
			UPDATE %[1]s.t SET amount = amount - 1 WHERE i = %[2]d;
			UPDATE %[1]s.t SET amount = amount + 1 WHERE i = %[3]d; COMMIT`, schema, 1+i, 20000-i))
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return err
		}
	}
}

// A scan of the latest partition reads which one that is, and then its rows: both of one state, in which each
// partition has its number of rows.
func TestAScanOfAPartitionSeesOneStateOfATableThatIsWrittenTo(t *testing.T) {
	server := testpg.Connect(t)
	w, schema := open(t, "CREATE TABLE t (day integer, i integer)", "INSERT INTO t SELECT 0, i FROM generate_series(1, 1000) AS i")
	ctx, stop := context.WithCancel(t.Context())
	written := make(chan error, 1)
	go func() { written <- replaceDays(ctx, server, schema) }()
	s := scanOf(schema, "t", []metrics.Column{{Name: "i"}})
	s.Partition = &warehouse.Partition{Key: "day", Strategy: config.PartitionLatest}
	for range 50 {
		coverage, err := w.Scan(t.Context(), s, func(*metrics.Batch) error { return nil })
		if err != nil || coverage.Read != 1000 || coverage.Statements != 2 {
			t.Errorf("%+v, %v", coverage, err)
		}
	}
	stop()
	if err := <-written; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// replaceDays replaces all rows by those of the next day, again and again until the context ends.
func replaceDays(ctx context.Context, server testpg.Server, schema string) error {
	conn, err := pgx.Connect(ctx, server.URL())
	if err != nil {
		return err
	}
	defer conn.Close(context.Background())
	for day := 1; ; day++ {
		_, err := conn.Exec(ctx, fmt.Sprintf("BEGIN; DELETE FROM %[1]s.t; INSERT INTO %[1]s.t SELECT %[2]d, i FROM generate_series(1, 1000) AS i; COMMIT", schema, day))
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return err
		}
	}
}

func TestAColumnMayChangeItsTypeAfterItWasDescribed(t *testing.T) {
	w, schema := open(t, "CREATE TABLE t (a integer, b text)", "INSERT INTO t VALUES (7, 'x')")
	ref := warehouse.TableRef{Schema: schema, Name: "t"}
	described, err := w.Describe(t.Context(), []warehouse.TableRef{ref})
	if err != nil {
		t.Fatal(err)
	}
	testpg.Connect(t).Exec(t, "ALTER TABLE "+schema+".t ALTER a TYPE interval USING make_interval(days => a)")
	var values []string
	_, err = w.Scan(t.Context(), warehouse.Scan{Table: ref, Columns: described[ref].Columns}, func(b *metrics.Batch) error {
		values = append(values, fmt.Sprint(b.Rows, len(b.Vectors[0].Ints), len(b.Vectors[1].Ints)))
		return nil
	})
	if err != nil || strings.Join(values, "; ") != "1 0 0" {
		t.Errorf("batches %v, %v", values, err)
	}
}

func TestAReceiverThatFailsEndsTheStatementOnTheServer(t *testing.T) {
	w, schema := open(t, "CREATE VIEW slow AS SELECT i, CASE WHEN i > 5000 THEN pg_sleep(60)::text END AS a FROM generate_series(1, 10000) AS i")
	full := errors.New("the receiver is full")
	begun := time.Now()
	_, err := w.Scan(t.Context(), scanOf(schema, "slow", []metrics.Column{{Name: "i"}, {Name: "a"}}), func(*metrics.Batch) error { return full })
	if took := time.Since(begun); !errors.Is(err, full) || took > 10*time.Second {
		t.Errorf("error %v after %v", err, took)
	}
}

func TestTheCatalogEstimatesRows(t *testing.T) {
	w, schema := open(t, "CREATE TABLE analysed AS SELECT generate_series(1, 1234) AS i", "ANALYZE analysed",
		"CREATE TABLE new AS SELECT generate_series(1, 1234) AS i", "CREATE VIEW v AS SELECT * FROM analysed")
	var refs []warehouse.TableRef
	for _, name := range []string{"analysed", "new", "v"} {
		refs = append(refs, warehouse.TableRef{Schema: schema, Name: name})
	}
	described, err := w.Describe(t.Context(), refs)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int64{1234, -1, -1} {
		if got := described[refs[i]].Rows; got != want {
			t.Errorf("%s: %d rows, want %d", refs[i].Name, got, want)
		}
	}
}

func TestTheServersOwnTimeoutIsToldApart(t *testing.T) {
	server := testpg.Connect(t)
	c := connection(t, server, server.Schema(t))
	c.ExtraParams = config.Params{"sslmode": "disable", "statement_timeout": "100"}
	server.Exec(t, "CREATE VIEW "+c.Schema+".slow AS SELECT pg_sleep(60)::text AS a")
	w, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	_, err = w.Scan(t.Context(), scanOf(c.Schema, "slow", []metrics.Column{{Name: "a"}}), func(*metrics.Batch) error { return nil })
	if !errors.Is(err, warehouse.ErrTimeout) || !strings.Contains(err.Error(), "source.extra_params.statement_timeout") || w.Transient(err) {
		t.Errorf("error %v", err)
	}
}

func TestWhatPassesIsTriedAgainAndNothingElse(t *testing.T) {
	w := &Warehouse{where: "db"}
	for _, code := range []string{"08000", "08003", "08006", "40001", "40P01", "53000", "53200", "53300", "55P03", "57P01", "57P02", "57P03"} {
		if err := w.explain(&pgconn.PgError{Code: code, Message: "m"}); !w.Transient(err) {
			t.Errorf("%s is not tried again: %v", code, err)
		}
	}
	for _, code := range []string{"22P02", "22012", "28P01", "3D000", "42501", "42P01", "42703", "53100", "53400", "57014", "XX000", "25006"} {
		if err := w.explain(&pgconn.PgError{Code: code, Message: "m"}); w.Transient(err) {
			t.Errorf("%s is tried again: %v", code, err)
		}
	}
	for _, err := range []error{io.ErrUnexpectedEOF, net.ErrClosed, &net.OpError{Op: "read", Err: errors.New("connection reset by peer")}, &net.DNSError{IsTemporary: true}} {
		if explained := w.explain(err); !w.Transient(explained) || !errors.Is(explained, warehouse.ErrUnreachable) {
			t.Errorf("%v is not tried again, or not told as the network's: %v", err, explained)
		}
	}
	for _, err := range []error{context.Canceled, context.DeadlineExceeded, warehouse.ErrTimeout, &net.DNSError{IsNotFound: true}, errLength} {
		if w.Transient(w.explain(err)) {
			t.Errorf("%v is tried again", err)
		}
	}
}
