package plan

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/dbt"
	"github.com/baselinr/baselinr-pipes/internal/spelling"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// project is what the entries of a config need of dbt's manifests, each of which is read once.
type project struct {
	manifests map[string]*dbt.Manifest
	resources map[string][]dbt.Resource // by the entry's path: what it selects and has a table
	tags      map[[2]string][]string    // by schema and name; that of tag_provider: dbt
	held      map[[2]string][]warehouse.Table
}

// readDBT reads the manifests, and asks them what the entries select.
func (s *selection) readDBT() {
	s.dbt = project{manifests: map[string]*dbt.Manifest{}, resources: map[string][]dbt.Resource{}}
	for _, t := range s.entries {
		if t.ByDBT() {
			s.resolve(t)
		}
	}
	asks := func(t config.TablePattern) bool { return len(t.Tags)+len(t.TagsAny) > 0 }
	if at := slices.IndexFunc(s.entries, asks); at >= 0 && s.discovery.TagProvider == "dbt" {
		s.readTags(s.entries[at])
	}
}

// CheckManifests returns what is wrong, or worth knowing, of the dbt manifests that a config names and of what its
// entries select in them. It reads these files, and asks no source.
func CheckManifests(c *config.Config, defaultSchema string) []config.Problem {
	s := newSelection(&Plan{DefaultSchema: defaultSchema}, c)
	s.readDBT()
	return append(s.warned, s.problems...)
}

// resolve asks the entry's manifest what it selects.
func (s *selection) resolve(t config.TablePattern) {
	key, said := "dbt_ref", t.DBTRef
	if t.DBTSelector != "" {
		key, said = "dbt_selector", t.DBTSelector
	}
	m := s.manifest(t, t.Manifest(s.discovery))
	if m == nil {
		return
	}
	var resources []dbt.Resource
	var warnings []string
	var err error
	if key == "dbt_ref" {
		resources = make([]dbt.Resource, 1)
		resources[0], err = m.Ref(said)
	} else {
		resources, warnings, err = m.Select(said)
	}
	if err != nil {
		message, hint, _ := strings.Cut(err.Error(), "; ")
		s.fail(t, key, message, hint)
		return
	}
	for _, w := range warnings {
		s.warn(t, key+": "+w, "")
	}
	without := map[string][]string{}
	for _, r := range resources {
		switch database := s.source.Database; {
		case r.NoTable != "":
			without[r.NoTable] = append(without[r.NoTable], r.Name)
		case s.plan.DefaultSchema != "" && r.Relation.Database != "" && database != "" && !strings.EqualFold(r.Relation.Database, database):
			without["in another database"] = append(without["in another database"], r.Name)
		default:
			s.dbt.resources[t.Origin.Path] = append(s.dbt.resources[t.Origin.Path], r)
		}
	}
	for _, why := range []string{"ephemeral", "disabled", "empty", "in another database"} {
		switch names := without[why]; len(names) {
		case 0:
		case 1:
			s.warn(t, fmt.Sprintf("%s is %s, and left out", names[0], why), "")
		default:
			s.warn(t, fmt.Sprintf("%s are %s, and left out", some(names), why), "")
		}
	}
}

// manifest returns the manifest at a path; nil where it cannot be read, which it tells once.
func (s *selection) manifest(t config.TablePattern, path string) *dbt.Manifest {
	const run = "have dbt write it with dbt parse, or name another with dbt_manifest_path"
	if m, read := s.dbt.manifests[path]; read {
		return m
	}
	if path == "" {
		s.fail(t, "", "names no manifest, which its tables are found by", "add dbt_manifest_path or dbt_project_path")
		return nil
	}
	s.dbt.manifests[path] = nil
	data, err := os.ReadFile(path)
	var because *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.fail(t, "", fmt.Sprintf("manifest %s: no such file", path), run)
		return nil
	case errors.As(err, &because):
		s.fail(t, "", fmt.Sprintf("manifest %s: %v", path, because.Err), run)
		return nil
	}
	m, err := dbt.Parse(data)
	if err != nil {
		message, hint, _ := strings.Cut(err.Error(), "; ")
		s.fail(t, "", fmt.Sprintf("manifest %s: %s", path, message), hint)
		return nil
	}
	s.dbt.manifests[path] = m
	return m
}

// readTags reads the tags that tag_provider: dbt gives; t is an entry that asks for some.
func (s *selection) readTags(t config.TablePattern) {
	s.dbt.tags = map[[2]string][]string{}
	if s.discovery.DBTManifestPath == "" {
		s.fail(t, "", "asks for tags of dbt, but discovery_options.dbt_manifest_path is missing", "name dbt's manifest.json there")
		return
	}
	m := s.manifest(t, s.discovery.DBTManifestPath)
	if m == nil {
		return
	}
	for relation, tags := range m.Tags() {
		key := s.tableKey(relation.Schema, relation.Name)
		s.dbt.tags[key] = append(s.dbt.tags[key], tags...)
	}
}

// tableKey is the key of a table. An engine without schemas has none to tell apart.
func (s *selection) tableKey(schema, name string) [2]string {
	if s.plan.DefaultSchema == "" {
		return [2]string{"", name}
	}
	return [2]string{schema, name}
}

// fromDBT returns the tables that an entry selects by dbt. One that the warehouse does not have is an error.
func (s *selection) fromDBT(t config.TablePattern, f *filter) []warehouse.Table {
	var tables []warehouse.Table
	for _, r := range s.dbt.resources[t.Origin.Path] {
		table, ok := s.find(r.Relation)
		switch {
		case !ok:
			s.fail(t, "", fmt.Sprintf("%s is table %s, which the source does not have", r, s.idOf(r.Relation)), s.missing(r.Relation))
		case !f.excludes(table.Name) && f.keeps(table):
			tables = append(tables, table)
		}
	}
	f.warnOfUnknown()
	if len(tables) == 0 && len(s.dbt.resources[t.Origin.Path]) > 0 && len(s.problems) == 0 {
		s.warn(t, describe(t)+" matches no table: the entry's filters leave out all of them"+f.missing(), "")
	}
	return tables
}

// find returns the table of a relation, whatever its case where only one has the name.
func (s *selection) find(r dbt.Relation) (warehouse.Table, bool) {
	if s.dbt.held == nil {
		s.dbt.held = map[[2]string][]warehouse.Table{}
		for _, table := range s.held {
			key := s.foldedKey(table.Schema, table.Name)
			s.dbt.held[key] = append(s.dbt.held[key], table)
		}
	}
	alike := s.dbt.held[s.foldedKey(r.Schema, r.Name)]
	for _, table := range alike {
		if table.Name == r.Name && (s.plan.DefaultSchema == "" || table.Schema == r.Schema) {
			return table, true
		}
	}
	if len(alike) == 1 {
		return alike[0], true
	}
	return warehouse.Table{}, false
}

// foldedKey is the key of a table's name whatever its case.
func (s *selection) foldedKey(schema, name string) [2]string {
	return s.tableKey(strings.ToLower(schema), strings.ToLower(name))
}

func (s *selection) idOf(r dbt.Relation) string {
	if s.plan.DefaultSchema == "" {
		return r.Name
	}
	return r.Schema + "." + r.Name
}

// missing says what to do about a relation that is not there.
func (s *selection) missing(r dbt.Relation) string {
	var ids []string
	for _, table := range s.held {
		ids = append(ids, table.ID())
	}
	if near := spelling.Nearest(s.idOf(r), ids); near != "" {
		return fmt.Sprintf("have dbt build it, or was it %q?", near)
	}
	return "have dbt build it, or leave it out of the selection"
}
