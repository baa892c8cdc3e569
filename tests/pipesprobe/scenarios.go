package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/baselinr/baselinr-pipes/pipes"
)

// scenarios are what the tests in tests/pipes ask for with --scenario.
var scenarios = map[string]func(ctx context.Context, session *pipes.Session, args arguments) error{
	"context":  reportContext,
	"metadata": reportMetadata,
	"messages": reportMessages,
	"assets":   reportAssets,
	"flood":    flood,
	"print":    printOutput,
	"fail": func(context.Context, *pipes.Session, arguments) error {
		return fmt.Errorf("load orders: %w", os.ErrPermission)
	},
	"panic":      func(context.Context, *pipes.Session, arguments) error { panic("the probe panics") },
	"wait":       wait,
	"large":      reportLarge,
	"die":        reportAndDie,
	"throughput": throughput,
}

func runScenario(ctx context.Context, args arguments, opts []pipes.Option) error {
	scenario, ok := scenarios[args.scenario]
	if !ok {
		return fmt.Errorf("no scenario is named %q", args.scenario)
	}
	return pipes.Run(ctx, func(ctx context.Context, session *pipes.Session) error {
		return scenario(ctx, session, args)
	}, opts...)
}

// reportContext reports what every accessor of the context returned.
func reportContext(ctx context.Context, session *pipes.Session, _ arguments) error {
	c := session.Context()
	seen := map[string]any{
		"run_id": c.RunID(), "retry_number": c.RetryNumber(), "is_asset_step": c.IsAssetStep(),
		"is_partition_step": c.IsPartitionStep(), "extras": c.Extras(),
	}
	note(seen, "job_name")(anyOf(c.JobName()))
	note(seen, "asset_key")(anyOf(c.AssetKey()))
	note(seen, "partition_key")(anyOf(c.PartitionKey()))
	note(seen, "partition_key_range")(anyOf(c.PartitionKeyRange()))
	keys, err := c.AssetKeys()
	note(seen, "asset_keys")(keys, err)
	if window, err := c.PartitionTimeWindow(); err != nil {
		note(seen, "partition_time_window")(nil, err)
	} else {
		seen["partition_time_window"] = []string{window.Start.UTC().Format(time.RFC3339), window.End.UTC().Format(time.RFC3339)}
	}
	for _, key := range keys {
		note(seen, "code_version of "+key)(anyOf(c.CodeVersion(key)))
		note(seen, "provenance of "+key)(anyOf(c.Provenance(key)))
	}
	return session.ReportCustomMessage(ctx, seen)
}

func anyOf[V any](value V, err error) (any, error) { return value, err }

// note notes a value, or that it is not in the context.
func note(seen map[string]any, name string) func(any, error) {
	return func(value any, err error) {
		switch {
		case errors.Is(err, pipes.ErrNotInContext):
			value = "not in the context"
		case err != nil:
			value = err.Error()
		}
		seen[name] = value
	}
}

// reportMetadata reports every type of metadata, over the assets of the step: one line holds at most some 3 KB, which
// Dagster's stock file reader always sees whole.
func reportMetadata(ctx context.Context, session *pipes.Session, _ arguments) error {
	keys, err := session.Context().AssetKeys()
	if err != nil {
		return err
	}
	all := everyMetadata()
	names := slices.Sorted(maps.Keys(all))
	for _, key := range keys {
		m := pipes.Materialization{AssetKey: key, DataVersion: "v1", Metadata: map[string]pipes.MetadataValue{}}
		for size := 0; len(names) > 0; names = names[1:] {
			raw, err := all[names[0]].MarshalJSON()
			if err != nil {
				return err
			}
			if size += len(raw); size > 3000 && len(m.Metadata) > 0 {
				break
			}
			m.Metadata[names[0]] = all[names[0]]
		}
		if err := session.ReportAssetMaterialization(ctx, m); err != nil {
			return err
		}
	}
	if len(names) > 0 {
		return fmt.Errorf("the step needs more assets: %d values are left", len(names))
	}
	return nil
}

// everyMetadata holds every type of metadata, with the values that are hard to carry.
func everyMetadata() map[string]pipes.MetadataValue {
	instant := time.Date(2024, 1, 2, 3, 4, 5, 600_000_000, time.UTC)
	columns := []pipes.Column{
		{Name: "id", Type: "int", Description: "the key", NotNull: true, Unique: true, Constraints: []string{"> 0"}, Tags: map[string]string{"pii": "no"}},
		{Name: "name"},
	}
	return map[string]pipes.MetadataValue{
		"text":              pipes.Text("hello"),
		"text empty":        pipes.Text(""),
		"text unicode":      pipes.Text("ü日😀\u2028\u0085\x00"),
		"text broken":       pipes.Text("a\xffb"),
		"url":               pipes.URL("https://dagster.io/?a=1&b=<2>"),
		"path":              pipes.Path("/dev/null"),
		"notebook":          pipes.Notebook("n.ipynb"),
		"md":                pipes.Markdown("**bold**"),
		"int":               pipes.Int(-1),
		"int past 2^53":     pipes.Int(int64(9007199254740993)),
		"int unsigned":      pipes.Int(uint64(math.MaxUint64)),
		"float":             pipes.Float(0.1),
		"float whole":       pipes.Float(1),
		"float large":       pipes.Float(1e300),
		"float nan":         pipes.Float(math.NaN()),
		"float infinite":    pipes.Float(math.Inf(-1)),
		"bool":              pipes.Bool(false),
		"null":              pipes.Null(),
		"zero":              {},
		"json":              pipes.JSON(map[string]any{"a": []any{1, 1.5, nil, true, "x"}, "b": map[string]any{}}),
		"json empty":        pipes.JSON(map[string]any{}),
		"json list":         pipes.JSON([]string{"a"}),
		"json null":         pipes.JSON(nil),
		"json string":       pipes.JSON("x"),
		"json number":       pipes.JSON(5),
		"json bool":         pipes.JSON(true),
		"json nan":          pipes.JSON([]float64{math.NaN(), 1}),
		"json deep":         pipes.JSON(nested(190)),
		"json digits":       pipes.JSON(json.Number("1" + string(make0(2999)))),
		"table":             pipes.Table(columns, [][]any{{1, "x"}, {nil, math.Inf(1)}, {uint64(math.MaxUint64), true}, {2.0, instant}}),
		"table empty":       pipes.Table(columns, nil),
		"table nothing":     pipes.Table(nil, nil),
		"table_schema":      pipes.TableSchema(columns),
		"table_lineage":     pipes.TableColumnLineage(map[string][]pipes.ColumnDependency{"total": {{AssetKey: "shop/orders", Column: "price"}, {AssetKey: "shop/orders", Column: "price"}, {AssetKey: pipes.JoinAssetKey("a/b"), Column: "tax"}}}),
		"dagster_run":       pipes.DagsterRun("db892d7f-0031-4747-973d-22e8b9095d9d"),
		"asset":             pipes.Asset("foo/bar"),
		"timestamp":         pipes.Timestamp(instant),
		"timestamp old":     pipes.Timestamp(time.Time{}),
		"infer text":        pipes.Infer("x"),
		"infer int":         pipes.Infer(7),
		"infer float":       pipes.Infer(2.0),
		"infer bool":        pipes.Infer(true),
		"infer null":        pipes.Infer(nil),
		"infer object":      pipes.Infer(map[string]int{"a": 1}),
		"infer list":        pipes.Infer([]int{1}),
		"infer nan":         pipes.Infer(math.NaN()),
		"dagster/row_count": pipes.Int(3),
		"":                  pipes.Text("the empty key"),
		"ü key\n":           pipes.Text("an odd key"),
	}
}

func nested(levels int) any {
	if levels == 0 {
		return "bottom"
	}
	return []any{nested(levels - 1)}
}

// make0 returns n zeros.
func make0(n int) []byte {
	zeros := make([]byte, n)
	for i := range zeros {
		zeros[i] = '0'
	}
	return zeros
}

// reportMessages sends one of each kind of message, logs through slog too.
func reportMessages(ctx context.Context, session *pipes.Session, _ arguments) error {
	logger := slog.New(pipes.NewSlogHandler(session, nil))
	err := logAll(ctx, session)
	logger.Warn("through slog", "rows", 3)
	return errors.Join(err,
		session.ReportAssetCheck(ctx, pipes.Check{Name: "passing", Passed: true, Metadata: map[string]pipes.MetadataValue{"rows": pipes.Int(3)}}),
		session.ReportAssetCheck(ctx, pipes.Check{Name: "warning", Severity: pipes.SeverityWarn}),
		session.ReportCustomMessage(ctx, nil),
		session.ReportCustomMessage(ctx, map[string]any{"nan": math.NaN(), "list": []int{}}),
		session.LogExternalStream(ctx, pipes.Stdout, "printed elsewhere\n"),
		session.ReportAssetMaterialization(ctx, pipes.Materialization{}),
	)
}

// reportAssets materializes every asset of the step, and tries what must fail.
func reportAssets(ctx context.Context, session *pipes.Session, _ arguments) error {
	keys, err := session.Context().AssetKeys()
	if err != nil {
		return err
	}
	if err := session.ReportAssetMaterialization(ctx, pipes.Materialization{}); !errors.Is(err, pipes.ErrAssetKey) {
		return fmt.Errorf("without a key: want ErrAssetKey, got %w", err)
	}
	for i, key := range keys {
		m := pipes.Materialization{AssetKey: key, Metadata: map[string]pipes.MetadataValue{"index": pipes.Int(i)}}
		if err := session.ReportAssetMaterialization(ctx, m); err != nil {
			return err
		}
		if err := session.ReportAssetMaterialization(ctx, m); !errors.Is(err, pipes.ErrAlreadyMaterialized) {
			return fmt.Errorf("twice: want ErrAlreadyMaterialized, got %w", err)
		}
	}
	return nil
}

// flood sends many custom messages from 64 goroutines.
func flood(ctx context.Context, session *pipes.Session, args arguments) error {
	const senders = 64
	errs := make([]error, senders)
	var group sync.WaitGroup
	for sender := range senders {
		group.Go(func() {
			for i := sender; i < args.count && errs[sender] == nil; i += senders {
				errs[sender] = session.ReportCustomMessage(ctx, i)
			}
		})
	}
	group.Wait()
	return errors.Join(errs...)
}

func printOutput(context.Context, *pipes.Session, arguments) error {
	fmt.Println("probe on stdout ü")
	fmt.Fprintln(os.Stderr, "probe on stderr")
	return nil
}

// wait ends with its context, which is what a signal ends.
func wait(ctx context.Context, session *pipes.Session, _ arguments) error {
	if err := session.ReportCustomMessage(ctx, "waiting"); err != nil {
		return err
	}
	<-ctx.Done()
	return ctx.Err()
}

// reportLarge sends one message of about count bytes.
func reportLarge(ctx context.Context, session *pipes.Session, args arguments) error {
	return session.ReportCustomMessage(ctx, string(make0(args.count)))
}

// reportAndDie ends the process without a word, after count reports.
func reportAndDie(ctx context.Context, session *pipes.Session, args arguments) error {
	for i := range args.count {
		if err := session.ReportCustomMessage(ctx, i); err != nil {
			return err
		}
	}
	os.Exit(9)
	return nil
}
