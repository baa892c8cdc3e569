// Package dbt reads what dbt wrote of a project, its manifest.json, and answers which tables a name or a
// selector means, as dbt itself would.
//
// [Parse] turns the file's bytes into a [Manifest]; [Manifest.Ref] resolves a name, [Manifest.Select] an
// expression in the syntax of dbt's --select, and [Manifest.Tags] says which tags a table has. The parts,
// each in a file of its own:
//
//   - manifest.go, node.go: the file, and what of it matters
//   - expression.go: an expression, as text, to criteria and their combinations
//   - selectors.go: the same from the definitions of selectors.yml, which the manifest holds
//   - select.go, methods.go, paths.go: which nodes it selects
//   - graph.go: parents and children
//
// The package does no I/O.
package dbt
