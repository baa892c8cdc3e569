package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/baselinr/baselinr-pipes/pipes"
)

// throughput prints messages per second as JSON: of three kinds of message, from one goroutine and from 64, and, as the
// floor, of a buffered write of the same bytes. tests/pipes/throughput.py runs it beside Python's dagster_pipes.
func throughput(ctx context.Context, session *pipes.Session, args arguments) error {
	kinds := map[string]func(i int) error{
		"log": func(i int) error { return session.Log(ctx, pipes.LevelInfo, fmt.Sprintf("row %d done", i)) },
		"custom": func(i int) error {
			return session.ReportCustomMessage(ctx, map[string]any{"i": i, "text": "hello"})
		},
		"check": func(i int) error {
			return session.ReportAssetCheck(ctx, pipes.Check{Name: "c", Passed: true, Metadata: map[string]pipes.MetadataValue{
				"rows": pipes.Int(i), "mean": pipes.Float(0.5), "table": pipes.Text("orders"),
			}})
		},
	}
	rates := map[string]float64{}
	for kind, report := range kinds {
		for _, senders := range []int{1, 64} {
			rate, err := measure(args.count, senders, report)
			if err != nil {
				return err
			}
			rates[fmt.Sprintf("%s, %d sending", kind, senders)] = rate
		}
	}
	floor, err := measureFloor(args.count)
	if err != nil {
		return err
	}
	rates["floor"] = floor
	return json.NewEncoder(os.Stdout).Encode(rates)
}

func measure(count, senders int, report func(i int) error) (perSecond float64, err error) {
	errs := make([]error, senders)
	var group sync.WaitGroup
	start := time.Now()
	for sender := range senders {
		group.Go(func() {
			for i := sender; i < count && errs[sender] == nil; i += senders {
				errs[sender] = report(i)
			}
		})
	}
	group.Wait()
	return float64(count) / time.Since(start).Seconds(), errors.Join(errs...)
}

// measureFloor writes lines like those of "log" through a buffer, which a process that dies would lose.
func measureFloor(count int) (perSecond float64, err error) {
	dir, err := os.MkdirTemp("", "pipesprobe")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	file, err := os.Create(filepath.Join(dir, "floor"))
	if err != nil {
		return 0, err
	}
	line := bytes.Repeat([]byte("x"), len(`{"__dagster_pipes_version":"0.1","method":"log","params":{"message":"row 100000 done","level":"INFO"}}`)+1)
	buffered := bufio.NewWriterSize(file, 64<<10)
	start := time.Now()
	for range count {
		if _, err := buffered.Write(line); err != nil {
			return 0, err
		}
	}
	err = errors.Join(buffered.Flush(), file.Close())
	return float64(count) / time.Since(start).Seconds(), err
}
