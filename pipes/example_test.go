package pipes_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"time"

	"github.com/baselinr/baselinr-pipes/pipes"
)

// The examples print what Dagster would get: messages go to standard output, as PipesEnvContextInjector and a message
// reader of the standard streams ask for. In a program that Dagster launches this option is left out.
func inDagster(contextData string) pipes.Option {
	env := map[string]string{}
	for name, params := range map[string]any{
		pipes.EnvContext:  map[string]any{"data": json.RawMessage(contextData)},
		pipes.EnvMessages: map[string]any{"stdio": "stdout"},
	} {
		encoded, err := pipes.EncodeParams(params)
		if err != nil {
			log.Fatal(err)
		}
		env[name] = encoded
	}
	return pipes.WithParams(pipes.FromEnv(func(name string) (string, bool) {
		value, ok := env[name]
		return value, ok
	}))
}

const orders = `{"asset_keys": ["orders"], "run_id": "0b1c", "retry_number": 0, "extras": {"limit": 100}}`

func ExampleRun() {
	err := pipes.Run(context.Background(), func(ctx context.Context, session *pipes.Session) error {
		rows := 42 // the work
		return session.ReportAssetMaterialization(ctx, pipes.Materialization{
			Metadata: map[string]pipes.MetadataValue{"dagster/row_count": pipes.Int(rows)},
		})
	}, inDagster(orders))
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// {"__dagster_pipes_version":"0.1","method":"opened","params":{"extras":{}}}
	// {"__dagster_pipes_version":"0.1","method":"report_asset_materialization","params":{"asset_key":"orders","data_version":null,"metadata":{"dagster/row_count":{"raw_value":42,"type":"int"}}}}
	// {"__dagster_pipes_version":"0.1","method":"closed","params":{}}
}

func ExampleRun_failure() {
	err := pipes.Run(context.Background(), func(context.Context, *pipes.Session) error {
		return errors.New("the warehouse is closed on Sundays")
	}, inDagster(orders))
	fmt.Println(err) // and exit with a code that is not 0
	// Output:
	// {"__dagster_pipes_version":"0.1","method":"opened","params":{"extras":{}}}
	// {"__dagster_pipes_version":"0.1","method":"closed","params":{"exception":{"message":"the warehouse is closed on Sundays","name":"error","stack":[],"cause":null,"context":{}}}}
	// the warehouse is closed on Sundays
}

func ExampleOpen() {
	ctx := context.Background()
	session, err := pipes.Open(ctx, inDagster(orders))
	if err != nil {
		log.Fatal(err)
	}
	reportErr := session.Log(ctx, pipes.LevelInfo, "half done")
	if err := session.Close(reportErr); err != nil {
		log.Fatal(err)
	}
	// Output:
	// {"__dagster_pipes_version":"0.1","method":"opened","params":{"extras":{}}}
	// {"__dagster_pipes_version":"0.1","method":"log","params":{"message":"half done","level":"INFO"}}
	// {"__dagster_pipes_version":"0.1","method":"closed","params":{}}
}

func ExampleOutsideDagster() {
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, attr slog.Attr) slog.Attr {
			if attr.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return attr
		},
	}))
	err := pipes.Run(context.Background(), func(ctx context.Context, session *pipes.Session) error {
		return session.Log(ctx, pipes.LevelInfo, "the same program, started by hand")
	}, pipes.OutsideDagster(logger))
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// level=INFO msg="the same program, started by hand"
	// level=INFO msg="pipes: closed"
}

func ExampleContext_Extra() {
	session, err := pipes.Open(context.Background(), inDagster(orders), pipes.WithMessageWriter(pipes.DefaultMessageWriter{Stdout: io.Discard}))
	if err != nil {
		log.Fatal(err)
	}
	defer session.Close(nil)
	var limit int
	if err := session.Context().Extra("limit", &limit); err != nil {
		log.Fatal(err)
	}
	fmt.Println(limit)
	var since string
	err = session.Context().Extra("since", &since)
	fmt.Println(errors.Is(err, pipes.ErrNotInContext), err)
	// Output:
	// 100
	// true pipes: extra "since": not in the Pipes context: the extras are "limit"
}

func ExampleNewSlogHandler() {
	session, err := pipes.Open(context.Background(), inDagster(orders))
	if err != nil {
		log.Fatal(err)
	}
	logger := slog.New(pipes.NewSlogHandler(session, nil))
	logger.Warn("slow query", "table", "orders", "took", 3*time.Second)
	if err := session.Close(nil); err != nil {
		log.Fatal(err)
	}
	// Output:
	// {"__dagster_pipes_version":"0.1","method":"opened","params":{"extras":{}}}
	// {"__dagster_pipes_version":"0.1","method":"log","params":{"message":"slow query table=orders took=3s","level":"WARNING"}}
	// {"__dagster_pipes_version":"0.1","method":"closed","params":{}}
}

func ExampleSession_ReportAssetCheck() {
	err := pipes.Run(context.Background(), func(ctx context.Context, session *pipes.Session) error {
		return session.ReportAssetCheck(ctx, pipes.Check{
			Name: "no_nulls", Passed: false, Severity: pipes.SeverityWarn,
			Metadata: map[string]pipes.MetadataValue{"nulls": pipes.Int(7)},
		})
	}, inDagster(orders))
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// {"__dagster_pipes_version":"0.1","method":"opened","params":{"extras":{}}}
	// {"__dagster_pipes_version":"0.1","method":"report_asset_check","params":{"asset_key":"orders","check_name":"no_nulls","passed":false,"severity":"WARN","metadata":{"nulls":{"raw_value":7,"type":"int"}}}}
	// {"__dagster_pipes_version":"0.1","method":"closed","params":{}}
}

func ExampleTable() {
	table := pipes.Table(
		[]pipes.Column{{Name: "column"}, {Name: "nulls", Type: "int"}},
		[][]any{{"id", 0}, {"email", 7}},
	)
	raw, err := table.MarshalJSON()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(raw))
	// Output:
	// {"raw_value":{"records":[{"column":"id","nulls":0},{"column":"email","nulls":7}],"schema":[{"name":"column","type":"string","constraints":{"nullable":true,"unique":false,"other":[]}},{"name":"nulls","type":"int","constraints":{"nullable":true,"unique":false,"other":[]}}]},"type":"table"}
}
