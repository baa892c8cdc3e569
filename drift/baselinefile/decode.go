package baselinefile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
)

// Decode reads what Encode writes, and what a person made of it. It fails where something is amiss, with the name
// of the file, the line and what to do.
func Decode(name string, text []byte) (*File, error) {
	r := &reader{file: name}
	f := r.decode(text)
	if r.err != nil {
		return nil, r.err
	}
	return f, nil
}

// reader reads nodes of YAML; the first thing that is amiss is its error, and what is read afterwards counts for
// nothing.
type reader struct {
	file string
	err  error
}

func (r *reader) fail(line int, format string, arguments ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("%s:%d: %s", r.file, line, fmt.Sprintf(format, arguments...))
	}
}

const notOurs = "no baseline file; write one with baselinr-pipes baseline export"

// lineNumber finds the line that the YAML parser's message names.
var lineNumber = regexp.MustCompile(`^yaml: line (\d+): `)

func (r *reader) decode(text []byte) *File {
	if len(bytes.TrimSpace(text)) == 0 {
		r.fail(1, "empty: "+notOurs)
		return nil
	}
	var document yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	err := decoder.Decode(&document)
	if err == nil && decoder.Decode(new(yaml.Node)) != io.EOF {
		err = errors.New("yaml: more than one document")
	}
	if err != nil {
		line, message := 1, err.Error()
		if m := lineNumber.FindStringSubmatch(message); m != nil {
			line, _ = strconv.Atoi(m[1])
			message = message[len(m[0]):]
		}
		r.fail(line, "no valid YAML (%s), near this line; was it cut off, or merged with conflicts? Write it anew with baselinr-pipes baseline export",
			strings.TrimPrefix(message, "yaml: "))
		return nil
	}
	if len(document.Content) != 1 || document.Content[0].Kind != yaml.MappingNode {
		r.fail(1, notOurs)
		return nil
	}
	return r.root(document.Content[0])
}

func (r *reader) root(n *yaml.Node) *File {
	top := fields(n)
	if format := top["format"]; format == nil || format.Value != Format {
		r.fail(n.Line, notOurs)
		return nil
	}
	if n := top["version"]; n != nil { // before keys that only a later version knows
		switch version := (value{r, n, "version"}).count(); {
		case r.err != nil:
		case version > Version:
			r.fail(n.Line, "of version %d of the form, and this binary reads %d: upgrade baselinr-pipes, or write the file anew", version, Version)
		case version < 1:
			r.fail(n.Line, "version %d: there is none", version)
		}
	}
	m := r.mapping(n, "format", "version", "values", "tables", "complete")
	m.need("version")
	if complete := top["complete"]; r.err == nil && (complete == nil || complete.Value != "true") {
		last := n.Content[len(n.Content)-1]
		for len(last.Content) > 0 {
			last = last.Content[len(last.Content)-1]
		}
		r.fail(last.Line, `the file ends here, without its last line "complete: true": it was cut off; write it anew with baselinr-pipes baseline export`)
	}
	f := &File{NoValues: !m.need("values").boolean()}
	for _, item := range m.need("tables").items() {
		t := r.table(item)
		if before, ok := f.Find(t.Schema, t.Name); ok && before.Schema == t.Schema {
			r.fail(item.node.Line, "table %q is in the file twice; keep one of them", t.ID())
		}
		f.Tables = append(f.Tables, t)
	}
	slices.SortStableFunc(f.Tables, byName)
	return f
}

func (r *reader) table(v value) Table {
	m := v.mapping("table", "schema", "run_id", "profiled_at", "row_count", "rows_read", "reading", "columns", "unread")
	t := Table{Name: m.need("table").text(), Run: &drift.Run{RunID: m.need("run_id").text(), Profile: &metrics.TableProfile{}}}
	if s, ok := m.get("schema"); ok {
		t.Schema = s.text()
	}
	at := m.need("profiled_at")
	moment, err := time.Parse(time.RFC3339Nano, at.text())
	if err != nil {
		at.fail("%q is no time; write it as 2006-01-02T15:04:05Z", at.node.Value)
	}
	t.Run.ProfiledAt = moment.UTC()
	p := t.Run.Profile
	p.RowCount, p.RowsRead = m.need("row_count").count(), m.need("rows_read").count()
	if reading, ok := m.get("reading"); ok {
		t.Run.Reading = reading.reading()
	}
	seen := map[string]bool{}
	once := func(v value, name string) {
		if seen[name] {
			v.fail("column %q is in the table twice; keep one of them", name)
		}
		seen[name] = true
	}
	if columns, ok := m.get("columns"); ok {
		for _, item := range columns.items() {
			c := item.column()
			once(item, c.Name)
			p.Columns = append(p.Columns, c)
		}
	}
	if unread, ok := m.get("unread"); ok {
		for _, item := range unread.items() {
			c := item.mapping("name", "type", "kind", "nullable")
			column := metrics.Column{Name: c.need("name").text(), Type: c.need("type").text(), Kind: c.need("kind").kind(), Nullable: c.need("nullable").boolean()}
			once(item, column.Name)
			p.Unread = append(p.Unread, column)
		}
	}
	return t
}

func (v value) column() metrics.ColumnProfile {
	m := v.mapping("name", "type", "kind", "nullable", "other_kind_count", "metrics", "distribution", "estimates")
	c := metrics.ColumnProfile{
		Name: m.need("name").text(), Type: m.need("type").text(), Nullable: m.need("nullable").boolean(), Metrics: map[metrics.Name]metrics.Value{},
	}
	if kind, ok := m.get("kind"); ok {
		c.Kind = kind.kind()
	}
	if n, ok := m.get("other_kind_count"); ok {
		c.OtherKindCount = n.count()
	}
	if measured, ok := m.get("metrics"); ok {
		for name, v := range measured.byMetric() {
			c.Metrics[name] = v.metric(name)
		}
	}
	if d, ok := m.get("distribution"); ok {
		c.Distribution = d.distribution()
	}
	if estimates, ok := m.get("estimates"); ok {
		c.Estimates = map[metrics.Name]float64{}
		for name, v := range estimates.byMetric() {
			c.Estimates[name] = v.float()
		}
	}
	return c
}

func (v value) reading() *drift.Reading {
	m := v.mapping("sampling", "partition")
	reading := &drift.Reading{}
	if s, ok := m.get("sampling"); ok {
		of := s.mapping("method", "key", "fraction", "max_rows")
		reading.Sampling = &drift.Sampling{Method: of.need("method").text()}
		of.optional("key", func(v value) { reading.Sampling.Key = v.text() })
		of.optional("fraction", func(v value) { reading.Sampling.Fraction = v.float() })
		of.optional("max_rows", func(v value) { reading.Sampling.MaxRows = v.count() })
	}
	if p, ok := m.get("partition"); ok {
		of := p.mapping("key", "strategy", "recent_n", "values", "digest")
		reading.Partition = &drift.Partition{Key: of.need("key").text(), Strategy: of.need("strategy").text()}
		of.optional("recent_n", func(v value) { reading.Partition.RecentN = int(v.count()) })
		of.optional("digest", func(v value) { reading.Partition.Digest = v.text() })
		of.optional("values", func(v value) {
			for _, item := range v.items() {
				reading.Partition.Values = append(reading.Partition.Values, item.scalar())
			}
		})
	}
	return reading
}
