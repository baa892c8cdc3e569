package cli

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/report"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

func TestAnInterruptedRunTellsWhatItFound(t *testing.T) {
	told := filepath.Join(t.TempDir(), "told.json")
	c := impatient(config.Connection{Type: "sqlite", Database: filepath.Join(t.TempDir(), "history.db")})
	c.Hooks.Hooks = []config.Hook{{Type: config.HookExec, Enabled: true, Timeout: 10, OnFailure: true, Command: config.Command{"sh", "-c", "cat > " + told}}}
	r, log := newRunner(t, c)
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	table := func(name string) plan.Table { return plan.Table{TableRef: warehouse.TableRef{Name: name}} }
	r.outcome = &report.Run{ID: r.invocation, Tables: []report.Table{
		{Plan: table("a"), Status: report.Failed, Error: &report.Failure{Kind: "error", Message: "no"}},
		{Plan: table("b"), Status: report.Skipped, Error: &report.Failure{Kind: "interrupted"}},
	}}
	r.failure = ctx.Err()
	r.app.tellHooks(ctx, c, "unused", r, ctx.Err())
	got, err := os.ReadFile(told)
	if err != nil || !strings.Contains(string(got), `"summary":"development: 1 of 2 tables failed, the run was interrupted, 1 table skipped"`) {
		t.Errorf("%v %s %s", err, got, log)
	}
	if !strings.Contains(string(got), r.invocation) {
		t.Errorf("not the run's own ID: %s", got)
	}
}
