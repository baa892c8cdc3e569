package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"

	"github.com/baselinr/baselinr-pipes/pipes"
)

// answer does what a test of the public suite expects.
func answer(ctx context.Context, session *pipes.Session, args arguments) error {
	if err := checkContext(session.Context(), args); err != nil {
		return err
	}
	switch args.testName {
	case "test_components":
		return session.ReportCustomMessage(ctx, "Hello from external process!")
	case "test_extras":
		return nil
	case "test_error_reporting":
		//lint:ignore ST1005 the suite's own words
		return errors.New("Very bad error has happened!")
	case "test_message_log":
		return logAll(ctx, session)
	case "test_message_report_custom_message":
		var message struct {
			Payload json.RawMessage `json:"payload"`
		}
		if err := readJSON(args.customPayload, &message); err != nil {
			return err
		}
		return session.ReportCustomMessage(ctx, message.Payload)
	case "test_message_report_asset_materialization":
		var told struct{ DataVersion, AssetKey string }
		if err := readJSON(args.materialization, &told); err != nil {
			return err
		}
		return session.ReportAssetMaterialization(ctx, pipes.Materialization{
			AssetKey: told.AssetKey, DataVersion: told.DataVersion, Metadata: suiteMetadata(),
		})
	case "test_message_report_asset_check":
		var told struct {
			Passed                        bool
			Severity, CheckName, AssetKey string
		}
		if err := readJSON(args.check, &told); err != nil {
			return err
		}
		return session.ReportAssetCheck(ctx, pipes.Check{
			AssetKey: told.AssetKey, Name: told.CheckName, Passed: told.Passed,
			Severity: pipes.Severity(told.Severity), Metadata: suiteMetadata(),
		})
	}
	return fmt.Errorf("no test is named %q", args.testName)
}

// checkContext compares the context with what the flags say it must be.
func checkContext(c *pipes.Context, args arguments) error {
	if args.jobName != "" {
		name, err := c.JobName()
		if err != nil {
			return err
		}
		if name != args.jobName {
			return fmt.Errorf("job name: want %q, got %q", args.jobName, name)
		}
	}
	if args.extras == "" {
		return nil
	}
	var want map[string]any
	if err := readJSON(args.extras, &want); err != nil {
		return err
	}
	if got := c.Extras(); len(got) != len(want) {
		return fmt.Errorf("extras: want %d, got %d", len(want), len(got))
	}
	for name, value := range want {
		var got any
		if err := c.Extra(name, &got); err != nil {
			return err
		}
		if !reflect.DeepEqual(got, value) {
			return fmt.Errorf("extra %q: want %v, got %v", name, value, got)
		}
	}
	return nil
}

func logAll(ctx context.Context, session *pipes.Session) error {
	return errors.Join(
		session.Log(ctx, pipes.LevelDebug, "Debug message"),
		session.Log(ctx, pipes.LevelInfo, "Info message"),
		session.Log(ctx, pipes.LevelWarning, "Warning message"),
		session.Log(ctx, pipes.LevelError, "Error message"),
		session.Log(ctx, pipes.LevelCritical, "Critical message"),
	)
}

// suiteMetadata is the metadata that the suite expects of every report.
func suiteMetadata() map[string]pipes.MetadataValue {
	return map[string]pipes.MetadataValue{
		"bool_true":   pipes.Bool(true),
		"bool_false":  pipes.Bool(false),
		"float":       pipes.Float(0.1),
		"int":         pipes.Int(1),
		"url":         pipes.URL("https://dagster.io"),
		"path":        pipes.Path("/dev/null"),
		"null":        pipes.Null(),
		"md":          pipes.Markdown("**markdown**"),
		"json":        pipes.JSON(map[string]any{"quux": map[string]int{"a": 1, "b": 2}, "corge": nil, "qux": []int{1, 2, 3}, "foo": "bar", "baz": 1}),
		"text":        pipes.Text("hello"),
		"asset":       pipes.Asset("foo/bar"),
		"dagster_run": pipes.DagsterRun("db892d7f-0031-4747-973d-22e8b9095d9d"),
		"notebook":    pipes.Notebook("notebook.ipynb"),
	}
}

func readJSON(path string, into any) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, into)
}
