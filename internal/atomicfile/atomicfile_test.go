package atomicfile

import (
	"os"
	"path/filepath"
	"testing"
)

func TestAFileHoldsTheTextOrWhatItHeldBefore(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "a.json")
	for _, text := range []string{"first", "the second"} {
		if err := Write(path, []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != text {
			t.Errorf("got %q, %v", got, err)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := os.Mkdir(filepath.Join(folder, "taken"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := Write(filepath.Join(folder, "taken"), []byte("x"), 0o600); err == nil {
		t.Error("a folder was replaced")
	}
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != 2 {
		t.Errorf("what could not be written is left: %v, %v", entries, err)
	}
}

func TestWhereAFileCannotBeWrittenIsKnownBefore(t *testing.T) {
	folder := t.TempDir()
	if err := Try(filepath.Join(folder, "a.html")); err != nil {
		t.Error(err)
	}
	if err := Try(filepath.Join(folder, "no", "a.html")); err == nil {
		t.Error("a folder that is not there was found to be writable")
	}
	if entries, err := os.ReadDir(folder); err != nil || len(entries) != 0 {
		t.Errorf("something is left: %v, %v", entries, err)
	}
}
