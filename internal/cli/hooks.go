package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/notify"
	"github.com/baselinr/baselinr-pipes/report"
	"github.com/baselinr/baselinr-pipes/report/document"
	"github.com/baselinr/baselinr-pipes/report/terminal"
	"github.com/baselinr/baselinr-pipes/store"
)

// How long all hooks of a run may take together; and how long after an interrupt.
const (
	hooksWithin          = config.HooksWithin * time.Second
	hooksWithinInterrupt = 5 * time.Second
)

// newHook returns the hook that a config describes: one case a type.
func (a *app) newHook(c *config.Config, h config.Hook, at string) (notify.Hook, error) {
	switch h.Type {
	case config.HookLogging:
		return &notify.Logging{Logger: a.logger, Level: logLevels[h.LogLevel]}, nil
	case config.HookSQL, config.HookSnowflake:
		return a.sqlHook(c, h, at)
	case config.HookSlack:
		return &notify.Slack{URL: h.WebhookURL.Reveal(), Channel: h.Channel, Username: h.Username}, nil
	case config.HookWebhook:
		headers := map[string]string{}
		for name, value := range h.Headers {
			headers[name] = value.Reveal()
		}
		return &notify.Webhook{URL: h.URL.Reveal(), Secret: h.Secret.Reveal(), Headers: headers, Now: a.now}, nil
	case config.HookExec:
		return &notify.Exec{Command: h.Command}, nil
	default:
		return nil, fmt.Errorf("hooks of the type %s are not built", h.Type)
	}
}

// logLevels are those of the config; CRITICAL is Dagster's.
var logLevels = map[string]slog.Level{
	"DEBUG": slog.LevelDebug, "INFO": slog.LevelInfo, "WARNING": slog.LevelWarn, "ERROR": slog.LevelError, "CRITICAL": slog.LevelError + 4,
}

// sqlHook writes to the hook's own connection, else to the history's.
func (a *app) sqlHook(c *config.Config, h config.Hook, at string) (notify.Hook, error) {
	connection, key := c.Storage.Connection, "storage.connection"
	if h.Connection != nil {
		connection, key = *h.Connection, at+".connection"
	}
	e, err := engineOf(connection, key)
	if err != nil {
		return nil, err
	}
	return &notify.SQL{Transient: e.transient, Open: func(ctx context.Context) (*store.EventLog, error) {
		opened, err := e.openHistory(ctx, connection, true)
		if err != nil {
			return nil, err
		}
		return store.NewEventLog(opened, h.TableName), nil
	}}, nil
}

// recipients returns those whom the config's hooks tell. What is turned off is left out, and what names a Python
// class, of which the config's warning tells.
func (a *app) recipients(c *config.Config) (list []notify.Recipient) {
	if !c.Hooks.Enabled {
		return nil
	}
	for i, h := range c.Hooks.Hooks {
		if !h.Enabled || h.Type == config.HookCustom {
			continue
		}
		hook, err := a.newHook(c, h, fmt.Sprintf("hooks.hooks[%d]", i))
		if err != nil {
			hook = refused{err}
		}
		list = append(list, notify.Recipient{
			Name: hookName(i, h), Hook: hook, Timeout: seconds(h.Timeout),
			Filter: notify.Filter{MinSeverity: drift.Severity(h.MinSeverity), Drift: h.OnDrift, SchemaChanges: h.OnSchema, Failures: h.OnFailure},
		})
	}
	return list
}

func hookName(i int, h config.Hook) string { return fmt.Sprintf("hooks.hooks[%d] (%s)", i, h.Type) }

// refused is a hook that cannot be made.
type refused struct{ err error }

// Send implements notify.Hook.
func (r refused) Send(context.Context, *notify.Digest) error { return r.err }

// tellHooks tells the hooks of a run that has ended, with the error given; r is nil where no table's turn came.
// What a hook fails at is a warning: it changes neither the outcome nor the exit code.
func (a *app) tellHooks(ctx context.Context, c *config.Config, invocation string, r *runner, err error) {
	recipients := a.recipients(c)
	var usage usageError
	if len(recipients) == 0 || r == nil && errors.As(err, &usage) { // who runs it sees what is wrong with the usage
		return
	}
	run := &notify.Run{ID: invocation, Environment: c.Environment, StartedAt: a.now(), Interrupted: ctx.Err() != nil}
	failure := err
	if r != nil {
		run.ID = r.invocation
		for _, t := range r.late {
			late := toldOf(t)
			late.Late = true
			run.Tables = append(run.Tables, late)
		}
	}
	if r != nil && r.outcome != nil {
		failure = r.failure
		run.StartedAt, run.Seconds = r.outcome.StartedAt, r.outcome.Seconds
		for _, t := range r.outcome.Tables {
			run.Tables = append(run.Tables, toldOf(t))
		}
	}
	if failure != nil && !run.Interrupted {
		run.Error = failure.Error()
	}
	ctx, cancel := telling(ctx)
	defer cancel()
	for _, d := range notify.Send(ctx, run, recipients) {
		if d.Err != nil {
			a.logger.Warn(fmt.Sprintf("%s was not told of the run: %v", d.Name, d.Err))
		}
	}
}

// telling returns a context for the hooks, which goes on after the run's own for a while.
func telling(run context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(run), hooksWithin)
	release := context.AfterFunc(run, func() { time.AfterFunc(hooksWithinInterrupt, cancel) })
	return ctx, func() {
		release()
		cancel()
	}
}

// toldOf is what hooks are told of a table.
func toldOf(t report.Table) notify.Table {
	table := notify.Table{ID: t.Title(), Schema: t.Plan.Schema, Name: t.Plan.Name, RunID: t.RunID, ProfiledAt: t.ProfiledAt}
	switch {
	case t.Status == report.Failed:
		table.Failure = &notify.Failure{Kind: t.Error.Kind, Message: t.Error.Message}
	case t.Status == report.Skipped:
		table.Skipped = true
	default:
		table.RowCount, table.Drift = t.Profile.RowCount, t.Drift
	}
	return table
}

func (a *app) hooksCommand() *cobra.Command {
	c := &cobra.Command{Use: "hooks", Short: "Tries the hooks that are told of runs"}
	c.AddCommand(a.hooksTestCommand())
	return c
}

func (a *app) hooksTestCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "test",
		Short: "Sends a made-up digest to each hook of the config",
		Long: "Sends a made-up digest, marked as a test, to each hook of the config that is enabled. What a hook of SQL\n" +
			"writes is rolled back. The exit code is 1 where a hook failed.",
	}
	form := outputFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error { return a.hooksTest(c.Context(), *form) }
	return c
}

// hookTest is what became of a hook's test.
type hookTest struct {
	Name    string  `json:"name"`
	Type    string  `json:"type"`
	Status  string  `json:"status"` // sent, failed, disabled, never sent, or nothing to send
	Seconds float64 `json:"seconds"`
	Error   *string `json:"error"`
}

func (a *app) hooksTest(ctx context.Context, form output) error {
	c, err := a.loadConfig()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, hooksWithin)
	defer cancel()
	became := map[string]notify.Delivery{}
	for _, d := range notify.Send(ctx, notify.Sample(uuid.NewString(), c.Environment, a.now()), a.recipients(c)) {
		became[d.Name] = d
	}
	tests, failed := []hookTest{}, 0
	for i, h := range c.Hooks.Hooks {
		test := hookTest{Name: fmt.Sprintf("hooks.hooks[%d]", i), Type: string(h.Type), Status: "disabled"}
		if h.Type == config.HookCustom && h.Enabled {
			test.Status = "never sent"
		}
		if d, ok := became[hookName(i, h)]; ok {
			test.Seconds = d.Took.Seconds()
			switch {
			case d.Err != nil:
				text := d.Err.Error()
				test.Status, test.Error = "failed", &text
				failed++
			case d.Sent:
				test.Status = "sent"
			default:
				test.Status = "nothing to send"
			}
		}
		tests = append(tests, test)
	}
	if form == outputJSON {
		err = document.Write(a.Out, struct {
			Version int        `json:"version"`
			Hooks   []hookTest `json:"hooks"`
		}{document.Version, tests})
	} else {
		a.printHookTests(tests)
	}
	switch {
	case err != nil:
		return err
	case len(became) == 0:
		return errors.New("the config has no hook that is enabled: see hooks.enabled and hooks.hooks")
	case failed > 0:
		return quietError{fmt.Errorf("%d of %d hooks failed", failed, len(became))}
	}
	return nil
}

func (a *app) printHookTests(tests []hookTest) {
	if len(tests) == 0 {
		return
	}
	t := terminal.NewTable(a.Out, "hook", "type", "status", "seconds")
	for _, test := range tests {
		t.AppendRow([]any{test.Name, test.Type, test.Status, fmt.Sprintf("%.2f", test.Seconds)})
	}
	t.Render()
	for _, test := range tests {
		if test.Error != nil {
			fmt.Fprintf(a.Out, "%s failed: %s\n", test.Name, *test.Error)
		}
	}
}
