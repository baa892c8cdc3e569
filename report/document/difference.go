package document

import "github.com/baselinr/baselinr-pipes/plan"

type differenceDocument struct {
	Version  int            `json:"version"`
	Same     bool           `json:"same"`
	Before   signature      `json:"before"`
	After    signature      `json:"after"`
	Changes  []change       `json:"changes"`
	Added    []string       `json:"added"`
	Removed  []string       `json:"removed"`
	Changed  []changedTable `json:"changed"`
	Warnings []string       `json:"warnings"`
}

type signature struct {
	Signature string `json:"signature"`
}

type change struct {
	Setting string `json:"setting"`
	Before  any    `json:"before"`
	After   any    `json:"after"`
}

type changedTable struct {
	ID      string   `json:"id"`
	Changes []change `json:"changes"`
}

// Difference returns the document of how a plan differs from an earlier one.
func Difference(d *plan.Difference, warnings []string) any {
	document := differenceDocument{
		Version: Version, Same: d.Same(), Before: signature{d.Before}, After: signature{d.After}, Changes: changes(d.Changes),
		Added: append([]string{}, d.Added...), Removed: append([]string{}, d.Removed...), Changed: []changedTable{}, Warnings: append([]string{}, warnings...),
	}
	for _, t := range d.Changed {
		document.Changed = append(document.Changed, changedTable{t.ID, changes(t.Changes)})
	}
	return document
}

func changes(of []plan.Change) []change {
	list := []change{}
	for _, c := range of {
		list = append(list, change(c))
	}
	return list
}
