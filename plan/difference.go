package plan

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
)

// Version is the version of the form in which plans are recorded.
const Version = 1

// Recorded is a plan as it was written down.
type Recorded struct {
	Environment string
	SourceType  string
	Signature   string
	Tables      map[string]RecordedTable // by ID
}

// RecordedTable is what was written down of a table: Parts are its settings, as JSON knows values.
type RecordedTable struct {
	Signature string
	Parts     map[string]any
}

// parts are the settings of a table that a difference names, in its order.
var parts = []string{"metrics", "sampling", "partition", "columns", "drift_strategy"}

// What changes a table's result and is not written down with it.
const (
	driftSettings = "drift_settings" // of which only the signature is, such as thresholds
	otherSettings = "settings"       // such as the bins of histograms

	driftSignature = "drift_signature"
)

// Read reads a plan that was written as JSON.
func Read(text []byte) (*Recorded, error) {
	var d struct {
		Version     *int   `json:"version"`
		Environment string `json:"environment"`
		Signature   string `json:"signature"`
		Source      struct {
			Type string `json:"type"`
		} `json:"source"`
		Tables *[]map[string]any `json:"tables"`
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&d); err != nil {
		return nil, fmt.Errorf("not a plan: %w", describeJSON(err))
	}
	switch {
	case d.Version == nil:
		return nil, errors.New("not a plan: it has no version; write one with plan -o json")
	case *d.Version != Version:
		return nil, fmt.Errorf("a plan of version %d, where this program knows version %d; write it anew with plan -o json", *d.Version, Version)
	case d.Tables == nil || d.Signature == "" || d.Source.Type == "":
		return nil, errors.New("not a plan: it lacks tables, a signature or a source; write one with plan -o json")
	}
	r := &Recorded{Environment: d.Environment, SourceType: d.Source.Type, Signature: d.Signature, Tables: make(map[string]RecordedTable, len(*d.Tables))}
	for i, t := range *d.Tables {
		id, _ := t["id"].(string)
		signature, _ := t["signature"].(string)
		if id == "" || signature == "" {
			return nil, fmt.Errorf("not a plan: tables[%d] lacks an id or a signature; write one with plan -o json", i)
		}
		r.Tables[id] = RecordedTable{signature, t}
	}
	return r, nil
}

// describeJSON says in a user's words what is wrong with a JSON text.
func describeJSON(err error) error {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return fmt.Errorf("%s is of the wrong type: %s; write one with plan -o json", orText(wrong.Field, "the file"), wrong.Value)
	}
	return fmt.Errorf("not JSON (%w); write one with plan -o json", err)
}

func orText(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// Difference is how a plan differs from an earlier one.
type Difference struct {
	Before, After string // the signatures
	Changes       []Change
	Added         []string
	Removed       []string
	Changed       []ChangedTable
}

// Change is a setting that differs, with what it was and is, as JSON knows values. Where it is not written
// down, both are nil.
type Change struct {
	Setting       string
	Before, After any
}

// ChangedTable is a table that both plans have, with different settings.
type ChangedTable struct {
	ID      string
	Changes []Change
}

// Same reports whether the two plans mean the same.
func (d *Difference) Same() bool { return d.Before == d.After }

// Difference compares the plan with one that was written down before it.
func (p *Plan) Difference(before *Recorded) *Difference {
	d := &Difference{Before: before.Signature, After: p.Signature()}
	if before.Environment != p.Environment {
		d.Changes = append(d.Changes, Change{"environment", before.Environment, p.Environment})
	}
	if before.SourceType != p.SourceType {
		d.Changes = append(d.Changes, Change{"source.type", before.SourceType, p.SourceType})
	}
	gone := maps.Clone(before.Tables)
	for _, t := range p.Tables {
		id := t.ID()
		old, ok := before.Tables[id]
		delete(gone, id)
		switch {
		case !ok:
			d.Added = append(d.Added, id)
		case old.Signature != p.TableSignature(t):
			d.Changed = append(d.Changed, ChangedTable{id, changes(old.Parts, t.recorded())})
		}
	}
	d.Removed = slices.Sorted(maps.Keys(gone))
	return d
}

// recorded are the parts of a table as a plan that is written down has them.
func (t Table) recorded() map[string]any {
	text, err := json.Marshal(map[string]any{
		"metrics": t.Metrics, "sampling": t.Sampling, "partition": t.Partition, "columns": t.Columns, "drift_strategy": t.DriftStrategy,
		driftSignature: t.DriftSignature(),
	})
	if err != nil {
		panic(fmt.Sprintf("plan: %v", err)) // the types hold nothing that JSON cannot carry
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var values map[string]any
	if err := decoder.Decode(&values); err != nil {
		panic(fmt.Sprintf("plan: %v", err))
	}
	if sampling, ok := values["sampling"].(map[string]any); ok && t.SampledByKey() && t.Partition != nil && t.Partition.Key != "" {
		sampling["key"] = t.Partition.Key
	}
	return values
}

// changes are the parts that differ, of the comparison unless its strategy, or rules of columns, do; where none does, it
// is a setting that is not written down.
func changes(before, after map[string]any) []Change {
	var list []Change
	for _, part := range parts {
		if !reflect.DeepEqual(before[part], after[part]) {
			list = append(list, Change{part, before[part], after[part]})
		}
	}
	named := slices.ContainsFunc(list, func(c Change) bool { return c.Setting == "drift_strategy" || c.Setting == "columns" })
	if was, known := before[driftSignature]; known && was != after[driftSignature] && !named {
		list = append(list, Change{Setting: driftSettings})
	}
	if len(list) == 0 {
		list = append(list, Change{Setting: otherSettings})
	}
	return list
}
