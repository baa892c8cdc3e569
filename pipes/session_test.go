package pipes_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/baselinr/baselinr-pipes/pipes"
)

// messageCount is small enough for every run; a soak passes -messages=1000000.
var messageCount = flag.Int("messages", 64_000, "messages that 64 goroutines send in one test")

func TestSessionFromOpenedToClosed(t *testing.T) {
	ctx := context.Background()
	session, path := openFile(t, oneAsset(), pipes.WithOpenedExtras(map[string]any{"pid": 7}))
	for _, err := range []error{
		session.Log(ctx, pipes.LevelWarning, "line\nbreak"),
		session.ReportAssetMaterialization(ctx, pipes.Materialization{
			DataVersion: "v", Metadata: map[string]pipes.MetadataValue{"rows": pipes.Int(3)},
		}),
		session.ReportAssetCheck(ctx, pipes.Check{Name: "c", Passed: true}),
		session.ReportCustomMessage(ctx, map[string]any{"a": nil}),
		session.LogExternalStream(ctx, pipes.Stderr, "printed"),
		session.Flush(ctx),
		session.Close(nil),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	want := []struct{ method, params string }{
		{"opened", `{"extras":{"pid":7}}`},
		{"log", `{"message":"line\nbreak","level":"WARNING"}`},
		{"report_asset_materialization", `{"asset_key":"orders","data_version":"v","metadata":{"rows":{"type":"int","raw_value":3}}}`},
		{"report_asset_check", `{"asset_key":"orders","check_name":"c","passed":true,"severity":"ERROR","metadata":null}`},
		{"report_custom_message", `{"payload":{"a":null}}`},
		{"log_external_stream", `{"stream":"stderr","text":"printed","extras":{}}`},
		{"closed", `{}`},
	}
	messages := readFile(t, path)
	if len(messages) != len(want) {
		t.Fatalf("want %d messages, got %v", len(want), methods(messages))
	}
	for i, m := range messages {
		if m.Version != "0.1" || m.Method != want[i].method || !jsonEqual(t, string(m.Params), want[i].params) {
			t.Errorf("want %s %s, got %s %s %s", want[i].method, want[i].params, m.Version, m.Method, m.Params)
		}
	}
}

func TestReportsOfAStepWithSeveralAssets(t *testing.T) {
	data := object{"asset_keys": []string{"a", `b\/c`}, "run_id": "r", "retry_number": 0}
	session, path := openFile(t, data)
	ctx := context.Background()
	materialize := func(key string) error {
		return session.ReportAssetMaterialization(ctx, pipes.Materialization{AssetKey: key})
	}
	for _, test := range []struct {
		name string
		key  string
		want error
	}{
		{"a report without a key is an error", "", pipes.ErrAssetKey},
		{"a key that the step does not target is an error", "c", pipes.ErrAssetKey},
		{"each of its assets can be reported", "a", nil},
		{"an escaped key can be reported", pipes.JoinAssetKey("b/c"), nil},
		{"no asset twice", "a", pipes.ErrAlreadyMaterialized},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := materialize(test.key); !errors.Is(err, test.want) {
				t.Errorf("want %v, got %v", test.want, err)
			}
		})
	}
	if err := session.ReportAssetCheck(ctx, pipes.Check{Name: "c"}); !errors.Is(err, pipes.ErrAssetKey) {
		t.Errorf("a check without a key: want ErrAssetKey, got %v", err)
	}
	if got := methods(readFile(t, path)); len(got) != 3 {
		t.Errorf("want opened and two materializations, got %v", got)
	}
}

func TestReportsOfAStepWithoutAssets(t *testing.T) {
	session, _ := openFile(t, object{"asset_keys": nil, "run_id": "r", "retry_number": 0})
	ctx := context.Background()
	if err := session.ReportAssetMaterialization(ctx, pipes.Materialization{}); !errors.Is(err, pipes.ErrAssetKey) {
		t.Errorf("want ErrAssetKey, got %v", err)
	}
	if err := session.ReportAssetMaterialization(ctx, pipes.Materialization{AssetKey: "any"}); err != nil {
		t.Errorf("an op may name any asset, got %v", err)
	}
}

func TestReportsThatAreRefused(t *testing.T) {
	session, path := openFile(t, oneAsset())
	ctx := context.Background()
	for name, err := range map[string]error{
		"a check without a name":      session.ReportAssetCheck(ctx, pipes.Check{}),
		"a severity of one's own":     session.ReportAssetCheck(ctx, pipes.Check{Name: "c", Severity: "FATAL"}),
		"a log level of one's own":    session.Log(ctx, "TRACE", "x"),
		"a stream of one's own":       session.LogExternalStream(ctx, "stdlog", "x"),
		"a payload that is no JSON":   session.ReportCustomMessage(ctx, func() {}),
		"metadata that is no JSON":    session.ReportAssetCheck(ctx, pipes.Check{Name: "c", Metadata: map[string]pipes.MetadataValue{"k": pipes.JSON(func() {})}}),
		"a report after cancellation": session.Log(cancelled(), pipes.LevelInfo, "x"),
	} {
		if err == nil {
			t.Errorf("%s must be an error", name)
		}
	}
	if got := methods(readFile(t, path)); !slices.Equal(got, []string{"opened"}) {
		t.Errorf("nothing must be sent, got %v", got)
	}
}

func TestAMaterializationThatWasRefusedCanBeMadeGood(t *testing.T) {
	session, _ := openFile(t, oneAsset())
	ctx := context.Background()
	bad := map[string]pipes.MetadataValue{"k": pipes.JSON(func() {})}
	if err := session.ReportAssetMaterialization(ctx, pipes.Materialization{Metadata: bad}); err == nil {
		t.Fatal("want an error")
	}
	if err := session.ReportAssetMaterialization(ctx, pipes.Materialization{}); err != nil {
		t.Error(err)
	}
}

func cancelled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

func TestCloseTellsTheReason(t *testing.T) {
	session, path := openFile(t, oneAsset())
	_, missing := os.ReadFile("/nowhere")
	if err := session.Close(fmt.Errorf("load: %w", missing)); err != nil {
		t.Fatal(err)
	}
	messages := readFile(t, path)
	want := `{"exception":{"message":"load: open /nowhere: no such file or directory","name":"error","stack":[],"context":{},
		"cause":{"message":"open /nowhere: no such file or directory","name":"fs.PathError","stack":[],"context":{},
		"cause":{"message":"no such file or directory","name":"syscall.Errno","stack":[],"context":{},"cause":null}}}}`
	if got := messages[len(messages)-1]; got.Method != "closed" || !jsonEqual(t, string(got.Params), want) {
		t.Errorf("want %s, got %s %s", want, got.Method, got.Params)
	}
}

func TestCloseSurvivesAnyError(t *testing.T) {
	for _, test := range []struct {
		name string
		err  error
		want string
	}{
		{"an error that wraps itself", endless{}, "endless"},
		{"an error whose Error method panics", panicking{}, "panicked"},
		{"several errors", errors.Join(errors.New("one"), errors.New("two")), "one\\ntwo"},
		{"an empty error", errors.New(""), `"message":""`},
	} {
		t.Run(test.name, func(t *testing.T) {
			session, path := openFile(t, oneAsset())
			if err := session.Close(test.err); err != nil {
				t.Fatal(err)
			}
			messages := readFile(t, path)
			if got := string(messages[len(messages)-1].Params); !strings.Contains(got, test.want) {
				t.Errorf("want %s in %s", test.want, got)
			}
		})
	}
}

type endless struct{}

func (endless) Error() string   { return "endless" }
func (e endless) Unwrap() error { return e }

type panicking struct{}

func (panicking) Error() string { panic("no text") }

func TestCloseCountsOnce(t *testing.T) {
	session, path := openFile(t, oneAsset())
	var callers sync.WaitGroup
	for range 8 {
		callers.Go(func() {
			if err := session.Close(nil); err != nil {
				t.Error(err)
			}
		})
	}
	callers.Wait()
	if got := methods(readFile(t, path)); !slices.Equal(got, []string{"opened", "closed"}) {
		t.Errorf("got %v", got)
	}
	if err := session.Log(context.Background(), pipes.LevelInfo, "late"); !errors.Is(err, pipes.ErrClosed) {
		t.Errorf("a report after Close: want ErrClosed, got %v", err)
	}
	if err := session.Close(errors.New("late")); err != nil {
		t.Errorf("a second Close: got %v", err)
	}
}

func TestManyGoroutinesWriteWholeLinesInTheirOrder(t *testing.T) {
	session, path := openFile(t, oneAsset())
	const senders = 64
	each := *messageCount / senders
	var group sync.WaitGroup
	for sender := range senders {
		group.Go(func() {
			for i := range each {
				if err := session.ReportCustomMessage(context.Background(), []int{sender, i}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	if err := session.Close(nil); err != nil {
		t.Fatal(err)
	}
	messages := readFile(t, path)
	if len(messages) != senders*each+2 {
		t.Fatalf("want %d messages, got %d", senders*each+2, len(messages))
	}
	next := make([]int, senders)
	for _, m := range messages[1 : len(messages)-1] {
		var params struct{ Payload [2]int }
		if err := json.Unmarshal(m.Params, &params); err != nil {
			t.Fatal(err)
		}
		sender, i := params.Payload[0], params.Payload[1]
		if i != next[sender] {
			t.Fatalf("sender %d: want message %d, got %d", sender, next[sender], i)
		}
		next[sender]++
	}
}

func TestOpenFailsWhereMessagesCannotGo(t *testing.T) {
	for _, test := range []struct {
		name    string
		params  object
		wantErr string
	}{
		{"no parameters say how to go on", object{"bucket": "b"}, "WithMessageWriter"},
		{"a folder that is gone is named", object{"path": "/nowhere/messages"}, "/nowhere/messages"},
		{"a stream of another name is refused", object{"stdio": "stdlog"}, `"stdlog"`},
		{"a buffered stream of another name is refused", object{"buffered_stdio": "x"}, `"x"`},
		{"a path that is a number is refused", object{"path": 5}, "want a string"},
		{"a full disk", object{"path": "/dev/full"}, "no space left"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := pipes.Open(context.Background(), withParams(t, object{"data": oneAsset()}, test.params), pipes.WithStderr(&bytes.Buffer{}))
			if err == nil || !strings.Contains(err.Error(), test.wantErr) {
				t.Errorf("want an error with %q, got %v", test.wantErr, err)
			}
		})
	}
}

func TestAMessageFileThatVanishes(t *testing.T) {
	for _, test := range []struct {
		name   string
		vanish func(path string) error
	}{
		{"deleted", os.Remove},
		{"moved", func(path string) error { return os.Rename(path, path+".old") }},
		{"replaced", func(path string) error {
			other := path + ".new"
			return errors.Join(os.WriteFile(other, nil, 0o600), os.Rename(other, path))
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var stderr bytes.Buffer
			session, path := openFile(t, oneAsset(), pipes.WithStderr(&stderr))
			if err := test.vanish(path); err != nil {
				t.Fatal(err)
			}
			var err error
			for err == nil { // the file is looked at every 10 ms
				err = session.Log(context.Background(), pipes.LevelInfo, "x")
			}
			if !errors.Is(err, pipes.ErrFileVanished) || !strings.Contains(stderr.String(), path) {
				t.Errorf("got %v, and on standard error %q", err, stderr.String())
			}
			if err := session.Close(nil); !errors.Is(err, pipes.ErrFileVanished) {
				t.Errorf("Close: got %v", err)
			}
		})
	}
}

func TestAMessageFileThatVanishesBeforeCloseIsFound(t *testing.T) {
	session, path := openFile(t, oneAsset())
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := session.Close(nil); !errors.Is(err, pipes.ErrFileVanished) {
		t.Errorf("got %v", err)
	}
}

func TestTheFileIsAppendedTo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "messages")
	if err := os.WriteFile(path, []byte("{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	session, err := pipes.Open(context.Background(), withParams(t, object{"data": oneAsset()}, object{"path": path}))
	if err != nil {
		t.Fatal(err)
	}
	if err := session.Close(nil); err != nil {
		t.Fatal(err)
	}
	if got := methods(readFile(t, path)); !slices.Equal(got, []string{"", "opened", "closed"}) {
		t.Errorf("got %v", got)
	}
}
