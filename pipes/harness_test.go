package pipes_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/baselinr/baselinr-pipes/pipes"
)

// object is a JSON object.
type object = map[string]any

// A message is one line of the protocol as a reader sees it.
type message struct {
	Version string          `json:"__dagster_pipes_version"`
	Method  string          `json:"method"`
	Params  json.RawMessage `json:"params"`
}

// oneAsset is the context of a step that materializes one asset.
func oneAsset() object {
	return object{"asset_keys": []string{"orders"}, "run_id": "run", "retry_number": 0, "extras": nil}
}

// withParams are the parameters as Dagster hands them over, encoded.
func withParams(t testing.TB, contextParams, messageParams object) pipes.Option {
	t.Helper()
	env := map[string]string{
		pipes.EnvContext:  encode(t, contextParams),
		pipes.EnvMessages: encode(t, messageParams),
	}
	return pipes.WithParams(pipes.FromEnv(func(name string) (string, bool) {
		value, ok := env[name]
		return value, ok
	}))
}

func encode(t testing.TB, params any) string {
	t.Helper()
	encoded, err := pipes.EncodeParams(params)
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

// openFile opens a session whose messages go to a file.
func openFile(t testing.TB, data object, opts ...pipes.Option) (session *pipes.Session, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "messages")
	session, err := pipes.Open(context.Background(),
		append([]pipes.Option{withParams(t, object{"data": data}, object{"path": path}), pipes.WithStderr(&bytes.Buffer{})}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = session.Close(nil) })
	return session, path
}

// readFile reads the messages of a file; each line must be whole.
func readFile(t testing.TB, path string) []message {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, raw)
}

func parse(t testing.TB, raw []byte) []message {
	t.Helper()
	var messages []message
	for line := range bytes.Lines(raw) {
		var m message
		if err := json.Unmarshal(line, &m); err != nil || line[len(line)-1] != '\n' {
			t.Fatalf("line %d is not a whole message: %q: %v", len(messages)+1, line, err)
		}
		messages = append(messages, m)
	}
	return messages
}

func methods(messages []message) []string {
	names := make([]string, len(messages))
	for i, m := range messages {
		names[i] = m.Method
	}
	return names
}

// jsonEqual compares two JSON texts by value.
func jsonEqual(t testing.TB, got, want string) bool {
	t.Helper()
	var a, b any
	if err := json.Unmarshal([]byte(got), &a); err != nil {
		t.Fatalf("%q: %v", got, err)
	}
	if err := json.Unmarshal([]byte(want), &b); err != nil {
		t.Fatalf("%q: %v", want, err)
	}
	canonicalA, _ := json.Marshal(a)
	canonicalB, _ := json.Marshal(b)
	return bytes.Equal(canonicalA, canonicalB)
}
