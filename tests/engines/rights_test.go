package engines

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

func permissions(t *testing.T, e engine) {
	p := e.start(t)
	p.exec(t, "CREATE TABLE granted (a integer)", "CREATE TABLE closed (a integer)", "INSERT INTO granted VALUES (1)")
	w := e.opened(t, p.reader(t, "granted"))
	none := func(*metrics.Batch) error { return nil }
	for _, probe := range []bool{false, true} {
		s := warehouse.Scan{Table: p.table("closed"), Columns: []metrics.Column{{Name: "a"}}, Probe: probe}
		if _, err := w.Scan(t.Context(), s, none); !errors.Is(err, warehouse.ErrPermission) || w.Transient(err) || !strings.Contains(err.Error(), "grant SELECT") {
			t.Errorf("probe %t: got %v, want one that is %v, does not pass, and says what to grant", probe, err, warehouse.ErrPermission)
		}
	}
	if profile := profiled(t, w, p.table("granted")); profile.RowCount != 1 {
		t.Errorf("%d rows of the table that may be read", profile.RowCount)
	}
}

func wrongConnection(t *testing.T, e engine) {
	p := e.start(t)
	p.exec(t, "CREATE TABLE t (a integer)")
	for _, test := range p.wrong {
		t.Run(test.name, func(t *testing.T) {
			c := p.connection
			test.change(&c)
			check := func(what string, err error, closeIt func() error) {
				if err == nil {
					closeIt()
					t.Fatalf("%s: it was opened", what)
				}
				if !errors.Is(err, test.want) || e.transient(err) != test.passes {
					t.Errorf("%s: got %v, which passes: %t; want one that is %v and passes: %t", what, err, e.transient(err), test.want, test.passes)
				}
				for _, secret := range []string{wrongPassword, p.connection.Password.Reveal()} {
					if secret != "" && strings.Contains(err.Error(), secret) {
						t.Errorf("%s: %v holds a secret", what, err)
					}
				}
			}
			w, err := e.openSource(t.Context(), c)
			check("source", err, func() error { return w.Close() })
			if test.want != warehouse.ErrNoDatabase || p.schema != "" { // a file is made where it is missing
				h, err := e.openHistory(t.Context(), c, false)
				check("history", err, func() error { return h.DB.Close() })
			}
		})
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if w, err := e.openSource(ended, p.connection); err == nil {
		w.Close()
	} else if e.transient(err) {
		t.Errorf("the end of the context passes: %v", err)
	}
}
