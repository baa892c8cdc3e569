package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/baselinr/baselinr-pipes/pipes"
)

// throughput prints messages per second as JSON: of three kinds of message, from one goroutine and from 64, and, as the
// floor, of writing the same bytes. tests/pipes/throughput.py runs it beside Python's dagster_pipes.
func throughput(ctx context.Context, session *pipes.Session, args arguments) error {
	payload := map[string]any{"i": 123456, "text": "hello"}
	check := pipes.Check{Name: "c", Passed: true, Metadata: map[string]pipes.MetadataValue{
		"rows": pipes.Int(123456), "mean": pipes.Float(0.5), "table": pipes.Text("orders"),
	}}
	kinds := map[string]func() error{
		"log":    func() error { return session.Log(ctx, pipes.LevelInfo, "row 123456 done") },
		"custom": func() error { return session.ReportCustomMessage(ctx, payload) },
		"check":  func() error { return session.ReportAssetCheck(ctx, check) },
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
	for name, bufferSize := range map[string]int{"floor": 64 << 10, "unbuffered floor": 0} {
		rate, err := measureFloor(args.count, bufferSize)
		if err != nil {
			return err
		}
		rates[name] = rate
	}
	return json.NewEncoder(os.Stdout).Encode(rates)
}

func measure(count, senders int, report func() error) (perSecond float64, err error) {
	errs := make([]error, senders)
	var group sync.WaitGroup
	start := time.Now()
	for sender := range senders {
		group.Go(func() {
			for i := sender; i < count && errs[sender] == nil; i += senders {
				errs[sender] = report()
			}
		})
	}
	group.Wait()
	return float64(count) / time.Since(start).Seconds(), errors.Join(errs...)
}

// measureFloor writes the line of "log" and nothing else: through a buffer, which a process that dies would lose, or,
// where bufferSize is 0, with a system call each.
func measureFloor(count, bufferSize int) (perSecond float64, err error) {
	dir, err := os.MkdirTemp("", "pipesprobe")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	file, err := os.Create(filepath.Join(dir, "floor"))
	if err != nil {
		return 0, err
	}
	line := []byte(`{"__dagster_pipes_version":"0.1","method":"log","params":{"message":"row 123456 done","level":"INFO"}}` + "\n")
	var target io.Writer = file
	buffered := bufio.NewWriterSize(file, max(bufferSize, 16))
	if bufferSize > 0 {
		target = buffered
	}
	start := time.Now()
	for range count {
		if _, err := target.Write(line); err != nil {
			return 0, err
		}
	}
	err = errors.Join(buffered.Flush(), file.Close())
	return float64(count) / time.Since(start).Seconds(), err
}
