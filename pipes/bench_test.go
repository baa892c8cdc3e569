package pipes_test

import (
	"bufio"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/baselinr/baselinr-pipes/pipes"
)

// BenchmarkFileWriter measures messages per second into a message file, from one goroutine and from many. The floor is
// a buffered write of lines of the same length, which a process that dies would lose.
func BenchmarkFileWriter(b *testing.B) {
	b.Run("log, one goroutine", func(b *testing.B) {
		session, ctx := benchSession(b), context.Background()
		for b.Loop() {
			if err := session.Log(ctx, pipes.LevelInfo, "row 123456 done"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("log, 64 goroutines a processor", func(b *testing.B) {
		session, ctx := benchSession(b), context.Background()
		b.SetParallelism(64)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if err := session.Log(ctx, pipes.LevelInfo, "row 123456 done"); err != nil {
					b.Error(err)
				}
			}
		})
	})
	b.Run("check with metadata, one goroutine", func(b *testing.B) {
		session, ctx := benchSession(b), context.Background()
		check := pipes.Check{Name: "c", Passed: true, Metadata: map[string]pipes.MetadataValue{
			"rows": pipes.Int(123456), "mean": pipes.Float(0.5),
		}}
		for b.Loop() {
			if err := session.ReportAssetCheck(ctx, check); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("custom message, 64 goroutines a processor", func(b *testing.B) {
		session, ctx := benchSession(b), context.Background()
		payload := map[string]any{"i": 123456, "text": "hello"}
		b.SetParallelism(64)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if err := session.ReportCustomMessage(ctx, payload); err != nil {
					b.Error(err)
				}
			}
		})
	})
	b.Run("floor, buffered write", func(b *testing.B) {
		file, err := os.Create(filepath.Join(b.TempDir(), "floor"))
		if err != nil {
			b.Fatal(err)
		}
		defer file.Close()
		line := []byte(`{"__dagster_pipes_version":"0.1","method":"log","params":{"message":"row 123456 done","level":"INFO"}}` + "\n")
		w := bufio.NewWriterSize(file, 64<<10)
		for b.Loop() {
			if _, err := w.Write(line); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func benchSession(b *testing.B) *pipes.Session {
	b.Helper()
	path := filepath.Join(b.TempDir(), "messages")
	env := map[string]string{}
	for name, params := range map[string]any{
		pipes.EnvContext:  map[string]any{"data": map[string]any{"asset_keys": []string{"a"}, "run_id": "r", "retry_number": 0, "extras": nil}},
		pipes.EnvMessages: map[string]any{"path": path},
	} {
		encoded, err := pipes.EncodeParams(params)
		if err != nil {
			b.Fatal(err)
		}
		env[name] = encoded
	}
	lookup := func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	session, err := pipes.Open(context.Background(), pipes.WithParams(pipes.FromEnv(lookup)))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := session.Close(nil); err != nil {
			b.Error(err)
		}
	})
	return session
}
