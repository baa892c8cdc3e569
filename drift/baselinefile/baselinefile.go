// Package baselinefile is the text form of baselines that are kept in Git: runs of tables, as YAML with a line a
// metric. The text of a run is always the same, so that a difference is one of the run. It is pure: texts in and out.
package baselinefile

import (
	"cmp"
	"slices"

	"github.com/baselinr/baselinr-pipes/drift"
)

// Version is the version of the form. A file of a newer one is not read.
const Version = 1

// Format is the value of the key format, by which a file is known as one of ours.
const Format = "baselinr-pipes baseline"

// File is what a baseline file holds.
type File struct {
	// NoValues says that no value of a table is in it: what WithoutValues leaves out.
	NoValues bool
	Tables   []Table // by rising schema and name
}

// Table is a table with the run that later ones are compared with. Its profile is what the history keeps of one,
// so that it has no kurtosis.
type Table struct {
	Schema string // empty where the engine has none, or the run does not tell it
	Name   string
	Run    *drift.Run

	LeftOut map[string]string // why, by the columns that Settle left out; nil where there are none
}

// ID is the table's name as users see it.
func (t Table) ID() string {
	if t.Schema == "" {
		return t.Name
	}
	return t.Schema + "." + t.Name
}

// Find returns the table, and false where the file lacks it. A schema that one side does not tell is any; one
// that is told on both is preferred.
func (f *File) Find(schema, name string) (Table, bool) {
	var found []Table
	for _, t := range f.Tables {
		switch {
		case t.Name != name:
		case t.Schema == schema:
			return t, true
		case t.Schema == "" || schema == "":
			found = append(found, t)
		}
	}
	if len(found) != 1 {
		return Table{}, false
	}
	return found[0], true
}

func byName(a, b Table) int {
	return cmp.Or(cmp.Compare(a.Schema, b.Schema), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Run.RunID, b.Run.RunID))
}

// sorted returns the tables in the file's order.
func (f *File) sorted() []Table { return slices.SortedFunc(slices.Values(f.Tables), byName) }
