// Package config reads the YAML or JSON file that says what to profile, and turns it into one
// typed [Config].
//
// [Load] and [Parse] take a file through five steps, each in a file of its own:
//
//  1. text to a tree that knows its places: yaml.go, json.go, tree.go
//  2. overrides from BASELINR_* variables, then ${…}: environment.go
//  3. the tree against the key rules: check.go; the rules come from the Go types (rules.go) and
//     from accepted.yml, the keys of the reference that are accepted but not built yet
//  4. the tree into a Config filled with defaults: decode.go
//  5. what one key cannot say alone: validate.go
//
// Every problem is collected, so that a person sees all of them at once. The same rules give the
// JSON Schema for editors ([Schema]), so that an editor and the loader agree.
//
// The package reads the file that it is given, those that this names (folders of datasets and of contracts,
// env_file, password_file, ${file:…}), and the environment; see [WithEnviron] and [WithReadFile].
package config
