package notify

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/baselinr/baselinr-pipes/drift"
)

// hookFunc is a hook of a function.
type hookFunc func(context.Context, *Digest) error

func (f hookFunc) Send(ctx context.Context, d *Digest) error { return f(ctx, d) }

func TestHooksAreToldSideBySideAndNoneHoldsAnotherUp(t *testing.T) {
	forever := make(chan struct{})
	defer close(forever)
	meet := make(chan struct{})
	recipients := []Recipient{
		{Name: "deaf to its context", Timeout: time.Millisecond, Hook: hookFunc(func(context.Context, *Digest) error { <-forever; return nil })},
		{Name: "fails", Timeout: time.Hour, Hook: hookFunc(func(context.Context, *Digest) error { return errors.New("no") })},
		{Name: "panics", Timeout: time.Hour, Hook: hookFunc(func(context.Context, *Digest) error { panic("oh") })},
		{Name: "left", Timeout: time.Hour, Hook: hookFunc(func(context.Context, *Digest) error { meet <- struct{}{}; return nil })},
		{Name: "right", Timeout: time.Hour, Hook: hookFunc(func(context.Context, *Digest) error { <-meet; return nil })},
		{Name: "uninterested", Timeout: time.Hour, Filter: Filter{MinSeverity: drift.High}, Hook: hookFunc(func(context.Context, *Digest) error {
			t.Error("told of nothing")
			return nil
		})},
	}
	for i := range recipients[:5] {
		recipients[i].Filter = everything
	}
	got := Send(t.Context(), runOf(failed("a")), recipients)
	for i, want := range []string{"gave up after", "no", "the hook failed: oh", "", "", ""} {
		switch d := got[i]; {
		case d.Name != recipients[i].Name:
			t.Errorf("%s stands where %s was to be", d.Name, recipients[i].Name)
		case want == "" && d.Err != nil, want != "" && (d.Err == nil || !strings.Contains(d.Err.Error(), want)):
			t.Errorf("%s: error %v, want %q", d.Name, d.Err, want)
		case d.Sent != (want == "" && d.Name != "uninterested"):
			t.Errorf("%s: sent %v", d.Name, d.Sent)
		}
	}
}
