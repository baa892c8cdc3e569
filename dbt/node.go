package dbt

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
)

// node is a model, a source, a test or whatever else a manifest holds, in the manifest's own words.
type node struct {
	ResourceType     string          `json:"resource_type"`
	PackageName      string          `json:"package_name"`
	Name             string          `json:"name"`
	FQN              []string        `json:"fqn"`
	OriginalFilePath string          `json:"original_file_path"`
	PatchPath        string          `json:"patch_path"`
	TagList          json.RawMessage `json:"tags"`
	Config           map[string]any  `json:"config"`
	DependsOn        struct {
		Nodes []string `json:"nodes"`
	} `json:"depends_on"`
	Access        string          `json:"access"`
	Version       json.RawMessage `json:"version"`
	LatestVersion json.RawMessage `json:"latest_version"`
	RawCode       *string         `json:"raw_code"`
	Language      string          `json:"language"`
	TestMetadata  *struct {
		Name string `json:"name"`
	} `json:"test_metadata"`

	Database   string `json:"database"`
	Schema     string `json:"schema"`
	Alias      string `json:"alias"`
	Identifier string `json:"identifier"` // of a source
	SourceName string `json:"source_name"`

	id     string
	parsed bool // one of the manifest's "nodes", which have most of dbt's features
}

func byID(a, b *node) int { return cmp.Compare(a.id, b.id) }

func (n *node) enabled() bool {
	enabled, set := n.Config["enabled"].(bool)
	return enabled || !set || n.ResourceType == "exposure"
}

// tags are the node's own; those of unit tests and saved queries are in their settings.
func (n *node) tags() []string {
	var tags []string
	if json.Unmarshal(n.TagList, &tags) == nil && len(tags) > 0 {
		return tags
	}
	if n.ResourceType != "unit_test" && n.ResourceType != "saved_query" {
		return nil
	}
	list, _ := n.Config["tags"].([]any)
	for _, tag := range list {
		tags = append(tags, fmt.Sprint(tag))
	}
	return tags
}

// version returns a version as text; empty where there is none.
func version(raw json.RawMessage) string {
	text := strings.Trim(string(raw), `"`)
	if text == "null" {
		return ""
	}
	return text
}

func (n *node) isVersioned() bool { return n.ResourceType == "model" && version(n.Version) != "" }

// isTable reports whether the node stands for something that can be read from a database.
func (n *node) isTable() bool {
	switch n.ResourceType {
	case "model", "seed", "snapshot", "source":
		return true
	}
	return false
}

// Resource is a model, seed, snapshot or source.
type Resource struct {
	ID       string // as dbt gives it: model.shop.orders
	Type     string // model, seed, snapshot or source
	Package  string
	Name     string
	Relation Relation
	// NoTable says why there is no table, in one word: ephemeral, disabled or empty. It is empty where there is one.
	NoTable string
}

// Relation names a table where dbt put it.
type Relation struct{ Database, Schema, Name string }

// String is the name as messages show it.
func (r Relation) String() string {
	if r.Database == "" {
		return r.Schema + "." + r.Name
	}
	return r.Database + "." + r.Schema + "." + r.Name
}

// String is the resource as messages show it.
func (r Resource) String() string {
	name := strings.TrimPrefix(r.ID, r.Type+"."+r.Package+".")
	return r.Type + " " + name
}

func (n *node) resource(enabled bool) Resource {
	r := Resource{ID: n.id, Type: n.ResourceType, Package: n.PackageName, Name: n.Name}
	r.Relation = Relation{Database: n.Database, Schema: n.Schema, Name: cmp.Or(n.Alias, n.Identifier, n.Name)}
	switch {
	case !enabled:
		r.NoTable = "disabled"
	case n.ResourceType == "model" && n.Config["materialized"] == "ephemeral":
		r.NoTable = "ephemeral"
	case n.ResourceType == "model" && n.RawCode != nil && strings.TrimSpace(*n.RawCode) == "":
		r.NoTable = "empty" // dbt leaves it out, too
	}
	return r
}
