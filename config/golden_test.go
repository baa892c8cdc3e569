package config

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// A golden file holds what config validate and config show say of a file: warnings, problems, and
// the resolved configuration.
func TestFilesGiveWhatTheirGoldenFilesSay(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/*.*")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, ".golden") {
			continue
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			cfg, warnings, err := Parse(source, filepath.Base(file), filepath.Dir(file), WithEnviron([]string{"DB_PASSWORD=opensesame"}))
			var got strings.Builder
			for _, w := range warnings {
				fmt.Fprintf(&got, "warning: %v\n", w)
			}
			var problems Problems
			if errors.As(err, &problems) {
				for _, p := range problems {
					fmt.Fprintf(&got, "error: %v\n", p)
				}
			} else if err != nil {
				t.Fatal(err)
			}
			if cfg != nil {
				shown, err := cfg.YAML()
				if err != nil {
					t.Fatal(err)
				}
				got.Write(shown)
			}
			if strings.Contains(got.String(), "opensesame") {
				t.Errorf("a secret is printed:\n%s", got.String())
			}
			compareGolden(t, file+".golden", got.String())
		})
	}
}

// compareGolden compares what a test got with a golden file, which -update writes.
func compareGolden(t *testing.T, golden, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("differs from %s (-want +got):\n%s", golden, diff)
	}
}
