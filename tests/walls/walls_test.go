// Package walls holds the design's picture of the rooms and of the one way through them: which of this
// module's packages each may import.
package walls

import (
	"encoding/json"
	"io"
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/baselinr/baselinr-pipes"

// rooms maps a folder to the folders that it, and what lies below it, may import. A folder may always
// import what lies below itself; "*" allows everything.
var rooms = map[string][]string{
	"cmd/baselinr-pipes":  {"internal/cli"},
	"internal/cli":        {"*"},
	"internal/atomicfile": {},
	"internal/spelling":   {},
	"internal/testmysql":  {},
	"internal/testpg":     {},
	"pipes":               {},
	"config":              {"metrics", "drift", "internal/spelling"},
	"dbt":                 {"internal/spelling"},
	"plan":                {"config", "warehouse", "dbt", "internal/atomicfile", "internal/spelling"},
	"warehouse":           {"config", "metrics"},
	"metrics":             {},
	"profiler":            {"plan", "warehouse", "metrics", "internal/spelling"},
	"drift":               {"metrics"},
	"store":               {"warehouse", "metrics", "drift"},
	"report":              {"plan", "metrics", "drift", "pipes", "warehouse"},
	"notify":              {"metrics", "drift", "store"},
	"tests":               {"*"},
	"examples":            {"pipes"},
}

type goPackage struct {
	ImportPath string
	Imports    []string
	Standard   bool
}

func list(t *testing.T, arguments ...string) []goPackage {
	t.Helper()
	command := exec.Command("go", append([]string{"list", "-json=ImportPath,Imports,Standard"}, arguments...)...)
	command.Dir = "../.."
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []goPackage
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := decoder.Decode(&p); err == io.EOF {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

func TestEveryPackageImportsOnlyWhatItsRoomMay(t *testing.T) {
	for _, p := range list(t, "./...") {
		folder := strings.TrimPrefix(p.ImportPath, module+"/")
		room, ok := roomOf(folder)
		if !ok {
			t.Errorf("%s lies in no room of the design; add it to the table here and in docs/design.md", folder)
			continue
		}
		for _, imported := range p.Imports {
			target, ours := strings.CutPrefix(imported, module+"/")
			if ours && !allowed(room, target) {
				t.Errorf("%s imports %s, which the room %s may not", folder, target, room)
			}
		}
	}
}

func TestThePipesLibraryNeedsTheStandardLibraryAlone(t *testing.T) {
	for _, p := range list(t, "-deps", "./pipes") {
		if !p.Standard && p.ImportPath != module+"/pipes" {
			t.Errorf("pipes depends on %s", p.ImportPath)
		}
	}
}

func TestTheCoreIsPure(t *testing.T) {
	for _, p := range list(t, "./metrics", "./drift", "./dbt") {
		for _, imported := range p.Imports {
			switch imported {
			case "os", "net", "net/http", "database/sql", "math/rand", "math/rand/v2", "log", "log/slog":
				t.Errorf("%s imports %s, but takes values and returns values", p.ImportPath, imported)
			}
		}
	}
}

// roomOf returns the room that a folder lies in: the longest that contains it.
func roomOf(folder string) (string, bool) {
	for candidate := folder; candidate != ""; {
		if _, ok := rooms[candidate]; ok {
			return candidate, true
		}
		cut := strings.LastIndex(candidate, "/")
		if cut < 0 {
			break
		}
		candidate = candidate[:cut]
	}
	return "", false
}

func allowed(room, target string) bool {
	if target == room || strings.HasPrefix(target, room+"/") {
		return true
	}
	for _, may := range rooms[room] {
		if may == "*" || target == may || strings.HasPrefix(target, may+"/") {
			return true
		}
	}
	return false
}
