package config

import "path/filepath"

// DBT selects tables by what dbt wrote of a project.
type DBT struct {
	DBTRef          string `json:"dbt_ref,omitempty" jsonschema:"nullable,minLength=1" jsonschema_description:"Select the table of one of dbt's models, seeds or snapshots: its name, or 'package.name'." absent:"none" example:"orders"`
	DBTSelector     string `json:"dbt_selector,omitempty" jsonschema:"nullable,minLength=1" jsonschema_description:"Select the tables that an expression means in the syntax of dbt's '--select'." absent:"none" example:"'tag:nightly'"`
	DBTProjectPath  string `json:"dbt_project_path,omitempty" jsonschema:"nullable" jsonschema_description:"Folder of the dbt project, whose 'target/manifest.json' is read." absent:"none" example:"./dbt"`
	DBTManifestPath string `json:"dbt_manifest_path,omitempty" jsonschema:"nullable" jsonschema_description:"Path of dbt's 'manifest.json', where it is not in 'dbt_project_path'." absent:"that of 'discovery_options'" example:"artifacts/manifest.json"`
}

// ByDBT reports whether dbt says what is selected.
func (d DBT) ByDBT() bool { return d.DBTRef != "" || d.DBTSelector != "" }

// Manifest returns the path of the manifest; empty where nothing names one.
func (d DBT) Manifest(discovery Discovery) string {
	switch {
	case d.DBTManifestPath != "":
		return d.DBTManifestPath
	case d.DBTProjectPath != "":
		return filepath.Join(d.DBTProjectPath, "target", "manifest.json")
	default:
		return discovery.DBTManifestPath
	}
}

// dbt checks the keys of an entry that are about dbt.
func (c *checker) dbt(t TablePattern, item *node, at string, d Discovery) {
	for _, key := range []string{"dbt_project_path", "dbt_manifest_path"} {
		if has(item, key) && !t.ByDBT() {
			c.warn(item.get(key).at, path(at, key), "has no effect without dbt_ref or dbt_selector", "")
		}
	}
	if !t.ByDBT() {
		return
	}
	for _, key := range []string{"schema", "schema_pattern"} {
		if has(item, key) {
			c.warn(item.get(key).at, path(at, key), "has no effect: dbt says where its tables are", "")
		}
	}
	if t.Manifest(d) == "" {
		c.warn(item.at, at, "names no manifest, which its tables are found by", "add dbt_manifest_path or dbt_project_path")
	}
}
