// Command pipesprobe reports through package pipes what its flags say. Tests launch it from a real Dagster, and compare
// what it reported with what Dagster stored. Its flags are those that the public conformance suite of Dagster Pipes
// (dagster-pipes-tests) gives to every implementation, and, for the tests of this repository, the name of a scenario.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/config"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/baselinr/baselinr-pipes/pipes"
	"github.com/baselinr/baselinr-pipes/pipes/s3"
)

// arguments are the command line.
type arguments struct {
	testName        string
	extras          string // file of the extras that the context must hold
	jobName         string // job that the context must name
	customPayload   string // file of {"payload": …}
	materialization string // file of {"dataVersion", "assetKey"}
	check           string // file of {"passed", "severity", "checkName", "assetKey"}
	contextLoader   string
	messageWriter   string
	scenario        string
	count           int
}

func main() {
	var args arguments
	flag.StringVar(&args.testName, "test-name", "", "test of the public suite to answer to")
	flag.StringVar(&args.extras, "extras", "", "JSON `file` of the extras that the context must hold")
	flag.StringVar(&args.jobName, "job-name", "", "job that the context must name")
	flag.StringVar(&args.customPayload, "custom-payload", "", "JSON `file` with the payload to report")
	flag.StringVar(&args.materialization, "report-asset-materialization", "", "JSON `file` that tells what to report")
	flag.StringVar(&args.check, "report-asset-check", "", "JSON `file` that tells what to report")
	flag.StringVar(&args.contextLoader, "context-loader", "default", "default or s3")
	flag.StringVar(&args.messageWriter, "message-writer", "default", "default or s3")
	flag.StringVar(&args.scenario, "scenario", "", "what to do beside or instead of a test: see scenarios.go")
	flag.IntVar(&args.count, "count", 1000, "how many messages the scenario reports")
	pipes.DeclareFlags(flag.CommandLine)
	flag.Parse()
	if err := run(context.Background(), args); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args arguments) error {
	opts, err := blobStores(ctx, args)
	if err != nil {
		return err
	}
	if args.scenario != "" {
		return runScenario(ctx, args, opts)
	}
	return pipes.Run(ctx, func(ctx context.Context, session *pipes.Session) error {
		return answer(ctx, session, args)
	}, opts...)
}

// blobStores makes the options that replace the default loader and writer, from the AWS settings of the environment.
func blobStores(ctx context.Context, args arguments) ([]pipes.Option, error) {
	if args.contextLoader != "s3" && args.messageWriter != "s3" {
		return nil, nil
	}
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, err
	}
	client := awss3.NewFromConfig(cfg, func(o *awss3.Options) { o.UsePathStyle = true })
	var opts []pipes.Option
	if args.contextLoader == "s3" {
		opts = append(opts, pipes.WithContextLoader(s3.NewContextLoader(client)))
	}
	if args.messageWriter == "s3" {
		opts = append(opts, pipes.WithMessageWriter(s3.NewMessageWriter(client)))
	}
	return opts, nil
}
