package dbt

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
)

// The versions of the manifest that are read: those of dbt 1.3 to 1.11.
const (
	oldestVersion = 7
	newestVersion = 12
)

// Manifest is what dbt wrote of a project.
type Manifest struct {
	// Version is the number of the manifest's schema.
	Version int
	// Project is the name of the root project; empty where the manifest does not say.
	Project string

	nodes     map[string]*node // by unique ID; enabled ones only
	disabled  []*node
	ids       []string // sorted
	graph     graph
	paths     []string // of the root project: files, and the folders that hold them
	selectors map[string]any
}

// file is a manifest as it is written.
type file struct {
	Metadata struct {
		SchemaVersion string `json:"dbt_schema_version"`
		ProjectName   string `json:"project_name"`
	} `json:"metadata"`
	Nodes          map[string]*node           `json:"nodes"`
	Sources        map[string]*node           `json:"sources"`
	Exposures      map[string]*node           `json:"exposures"`
	Metrics        map[string]*node           `json:"metrics"`
	SemanticModels map[string]*node           `json:"semantic_models"`
	SavedQueries   map[string]*node           `json:"saved_queries"`
	UnitTests      map[string]*node           `json:"unit_tests"`
	Disabled       map[string]json.RawMessage `json:"disabled"`
	Selectors      map[string]struct {
		Definition any `json:"definition"`
	} `json:"selectors"`
}

var schemaVersion = regexp.MustCompile(`/manifest/v(\d+)\.json$`)

// Parse reads a manifest.json. The errors do not name the file.
func Parse(data []byte) (*Manifest, error) {
	// The version first: what another version holds need not fit the types.
	var head struct {
		Metadata struct {
			SchemaVersion string `json:"dbt_schema_version"`
		} `json:"metadata"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, fmt.Errorf("not a dbt manifest: %w", err)
	}
	found := schemaVersion.FindStringSubmatch(head.Metadata.SchemaVersion)
	if found == nil {
		return nil, fmt.Errorf("not a dbt manifest: it has no metadata.dbt_schema_version; name the manifest.json of dbt's target folder")
	}
	version, _ := strconv.Atoi(found[1])
	switch {
	case version < oldestVersion:
		return nil, fmt.Errorf("manifest version %d is too old, v%d to v%d are read; write it anew with dbt 1.3 or newer", version, oldestVersion, newestVersion)
	case version > newestVersion:
		return nil, fmt.Errorf("manifest version %d is newer than is known here, v%d to v%d are read; write it with an older dbt, or upgrade baselinr-pipes", version, oldestVersion, newestVersion)
	}
	var f file
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, fmt.Errorf("not a dbt manifest of version %d: %w", version, err)
	}
	m := &Manifest{Version: version, Project: f.Metadata.ProjectName, nodes: map[string]*node{}, selectors: map[string]any{}}
	for kind, nodes := range map[string]map[string]*node{
		"": f.Nodes, "source": f.Sources, "exposure": f.Exposures, "metric": f.Metrics,
		"semantic_model": f.SemanticModels, "saved_query": f.SavedQueries, "unit_test": f.UnitTests,
	} {
		for id, n := range nodes {
			if n == nil {
				continue
			}
			n.id, n.parsed = id, kind == ""
			if n.ResourceType == "" {
				n.ResourceType = kind
			}
			if n.enabled() {
				m.nodes[id] = n
			} else {
				m.disabled = append(m.disabled, n)
			}
		}
	}
	for name, s := range f.Selectors {
		m.selectors[name] = s.Definition
	}
	m.addDisabled(f.Disabled)
	m.ids = slices.Sorted(maps.Keys(m.nodes))
	m.graph = newGraph(m.nodes)
	m.paths = m.projectPaths()
	return m, nil
}

// addDisabled keeps what is disabled, to be able to say so: a list of nodes by ID. Where it has another
// form, nothing is lost but a kinder message.
func (m *Manifest) addDisabled(disabled map[string]json.RawMessage) {
	for id, raw := range disabled {
		var nodes []*node
		if json.Unmarshal(raw, &nodes) != nil {
			continue
		}
		for _, n := range nodes {
			if n != nil && m.nodes[id] == nil {
				n.id = id
				m.disabled = append(m.disabled, n)
			}
		}
	}
	slices.SortFunc(m.disabled, byID)
}
