package dbfs_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/baselinr/baselinr-pipes/pipes"
	"github.com/baselinr/baselinr-pipes/pipes/dbfs"
)

const stepContext = `{"asset_keys":["orders"],"run_id":"r","retry_number":0,"extras":null}`

func TestContextAndMessagesUnderTheMount(t *testing.T) {
	mount := t.TempDir()
	if err := errors.Join(
		os.MkdirAll(filepath.Join(mount, "tmp", "messages"), 0o755),
		os.WriteFile(filepath.Join(mount, "tmp", "context.json"), []byte(stepContext), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	session, err := pipes.Open(ctx, params(t, "/tmp/context.json", "/tmp/messages"),
		pipes.WithContextLoader(dbfs.NewContextLoader(mount)), pipes.WithMessageWriter(dbfs.NewMessageWriter(mount)))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(session.Log(ctx, pipes.LevelInfo, "x"), session.Close(nil)); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]string{"1.json": {"opened"}, "2.json": {"log", "closed"}} {
		raw, err := os.ReadFile(filepath.Join(mount, "tmp", "messages", name))
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(strings.TrimSpace(string(raw)), "\n") {
			if !strings.Contains(line, `"method":"`+want[i]+`"`) {
				t.Errorf("%s, line %d: want %s, got %s", name, i+1, want[i], line)
			}
		}
	}
	if files, _ := os.ReadDir(filepath.Join(mount, "tmp", "messages")); len(files) != 2 {
		t.Errorf("want two chunks and nothing else, got %v", files)
	}
}

func TestADirectoryThatIsNotThereMakesOpenFail(t *testing.T) {
	path := filepath.Join(t.TempDir(), "context.json")
	if err := os.WriteFile(path, []byte(stepContext), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := pipes.Open(context.Background(), params(t, path, "/nowhere"), pipes.WithMessageWriter(dbfs.NewMessageWriter("")))
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "/nowhere") {
		t.Errorf("got %v", err)
	}
}

func params(t *testing.T, contextPath, messagesPath string) pipes.Option {
	t.Helper()
	env := map[string]string{}
	for name, path := range map[string]string{pipes.EnvContext: contextPath, pipes.EnvMessages: messagesPath} {
		encoded, err := pipes.EncodeParams(map[string]string{"path": path})
		if err != nil {
			t.Fatal(err)
		}
		env[name] = encoded
	}
	return pipes.WithParams(pipes.FromEnv(func(name string) (string, bool) { v, ok := env[name]; return v, ok }))
}
