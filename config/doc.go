// Package config reads the YAML or JSON file that says what to profile, and turns it into one
// typed [Config].
//
// [Load] and [Parse] take a file through six steps, each in a file of its own:
//
//  1. text to a tree that knows its places: yaml.go, json.go, tree.go
//  2. a file of variables, overrides from BASELINR_* variables, then ${…}: env_file.go,
//     environment.go, secret_file.go
//  3. what other files hold becomes part of the tree: folder.go, datasets_dir.go, contracts.go
//  4. the tree against the key rules: check.go; the rules come from the Go types (rules.go, describe.go) and
//     from accepted.yml, the keys of the reference that are accepted but not built yet
//  5. the tree into a Config filled with defaults: validate.go
//  6. what one key cannot say alone: validate.go, validate_datasets.go; and what is said in vain:
//     validate_idle.go
//
// Every problem is collected, so that a person sees all of them at once. The same rules give the
// JSON Schema for editors ([Schema]), so that an editor and the loader agree.
//
// The package reads the file that it is given, those that this names (folders of datasets and of contracts,
// env_file, password_file, ${file:…}), and the environment; see [WithEnviron] and [WithReadFile].
package config
