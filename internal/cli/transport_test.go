package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/baselinr/baselinr-pipes/pipes"
)

func pathParam(t *testing.T, path string) pipes.Params {
	t.Helper()
	raw, err := json.Marshal(path)
	if err != nil {
		t.Fatal(err)
	}
	return pipes.Params{"path": raw}
}

// What Dagster's readers of DBFS and of volumes ask for is a folder, which they have made; what its readers of
// files ask for is a file, which may not be there yet.
func TestMessagesGoToAFolderInChunksAndToAFileAsLines(t *testing.T) {
	const lines = "{\"method\":\"log\"}\n"
	folder := t.TempDir()
	for _, c := range []struct {
		name, path, written string
		inChunks            bool
	}{
		{"a folder", folder, filepath.Join(folder, "1.json"), true},
		{"a file", filepath.Join(folder, "messages"), filepath.Join(folder, "messages"), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var way transport
			channel, err := way.OpenMessages(t.Context(), pathParam(t, c.path))
			if err != nil {
				t.Fatal(err)
			}
			if way.inChunks != c.inChunks {
				t.Errorf("in chunks: got %v, want %v", way.inChunks, c.inChunks)
			}
			if err := channel.WriteMessages(t.Context(), []byte(lines)); err != nil {
				t.Fatal(err)
			}
			if flusher, ok := channel.(pipes.Flusher); ok {
				if err := flusher.Flush(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if err := channel.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(c.written)
			if err != nil || strings.TrimSpace(string(got)) != strings.TrimSpace(lines) {
				t.Errorf("%s holds %q (%v), want %q", c.written, got, err, lines)
			}
		})
	}
}

func TestTheContextComesFromTheFileOrTheParameterThatTheLauncherNames(t *testing.T) {
	file := filepath.Join(t.TempDir(), "context.json")
	if err := os.WriteFile(file, []byte(`{"a":1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, params := range map[string]pipes.Params{
		"a file":      pathParam(t, file),
		"a parameter": {"data": json.RawMessage(`{"a":1}`)},
	} {
		got, err := new(transport).LoadContext(t.Context(), params)
		if err != nil || string(got) != `{"a":1}` {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
	if _, err := new(transport).LoadContext(t.Context(), pathParam(t, file+".gone")); err == nil {
		t.Error("a file that is nowhere gave a context")
	}
}
