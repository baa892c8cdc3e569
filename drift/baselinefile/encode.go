package baselinefile

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
)

// Encode writes the file. Equal files have equal texts, byte for byte.
func Encode(f *File) []byte {
	w := &writer{}
	w.line(0, "# Runs of tables that later runs are compared with: baselinr-pipes drift --baseline FILE, or baselines.strategy: file.")
	w.line(0, "# Written by baselinr-pipes baseline export.%s", map[bool]string{false: " It holds values of the tables, such as min, max and top_values.", true: ""}[f.NoValues])
	w.text(0, "format", Format)
	w.line(0, "version: %d", Version)
	w.line(0, "values: %t", !f.NoValues)
	if len(f.Tables) == 0 {
		w.line(0, "tables: []")
	} else {
		w.line(0, "tables:")
	}
	for _, t := range f.sorted() {
		w.table(t)
	}
	w.line(0, "complete: true # the last line: a file without it was cut off")
	return w.Bytes()
}

type writer struct{ bytes.Buffer }

// line writes a line, two spaces a level.
func (w *writer) line(level int, format string, arguments ...any) {
	fmt.Fprintf(w, strings.Repeat("  ", level)+format+"\n", arguments...)
}

func (w *writer) text(level int, key, text string) { w.line(level, "%s: %s", key, quoted(text)) }

func (w *writer) table(t Table) {
	w.line(1, "- table: %s", quoted(t.Name))
	if t.Schema != "" {
		w.text(2, "schema", t.Schema)
	}
	w.text(2, "run_id", t.Run.RunID)
	w.text(2, "profiled_at", t.Run.ProfiledAt.UTC().Format(time.RFC3339Nano))
	p := t.Run.Profile
	w.line(2, "row_count: %d", p.RowCount)
	w.line(2, "rows_read: %d", p.RowsRead)
	if t.Run.Reading != nil {
		w.line(2, "reading: %s", readingText(*t.Run.Reading))
	}
	if len(p.Columns) > 0 {
		w.line(2, "columns:")
	}
	for _, c := range p.Columns {
		w.column(c)
	}
	if len(p.Unread) > 0 {
		w.line(2, "unread:")
	}
	for _, c := range p.Unread {
		w.line(3, "- {name: %s, type: %s, kind: %s, nullable: %t}", quoted(c.Name), quoted(c.Type), quoted(string(c.Kind)), c.Nullable)
	}
}

func (w *writer) column(c metrics.ColumnProfile) {
	w.line(3, "- name: %s", quoted(c.Name))
	w.text(4, "type", c.Type)
	if c.Kind != "" { // of a run of the Python tool
		w.text(4, "kind", string(c.Kind))
	}
	w.line(4, "nullable: %t", c.Nullable)
	if c.OtherKindCount > 0 {
		w.line(4, "other_kind_count: %d", c.OtherKindCount)
	}
	var lines []string
	for _, name := range metrics.Names() {
		if v, ok := c.Metrics[name]; ok && valid(name, v) {
			lines = append(lines, fmt.Sprintf("%s: %s", name, valueText(v)))
		}
	}
	if len(lines) > 0 {
		w.line(4, "metrics:")
	}
	for _, l := range lines {
		w.line(5, "%s", l)
	}
	if c.Distribution != nil {
		w.line(4, "distribution: %s", distributionText(c.Distribution))
	}
	if len(c.Estimates) > 0 {
		var parts []string
		for _, name := range slices.Sorted(maps.Keys(c.Estimates)) {
			parts = append(parts, fmt.Sprintf("%s: %s", name, floatText(c.Estimates[name])))
		}
		w.line(4, "estimates: {%s}", strings.Join(parts, ", "))
	}
}

func readingText(r drift.Reading) string {
	var parts []string
	if s := r.Sampling; s != nil {
		text := "sampling: {method: " + quoted(s.Method)
		if s.Key != "" {
			text += ", key: " + quoted(s.Key)
		}
		if s.Fraction != 0 {
			text += ", fraction: " + floatText(s.Fraction)
		}
		if s.MaxRows != 0 {
			text += fmt.Sprintf(", max_rows: %d", s.MaxRows)
		}
		parts = append(parts, text+"}")
	}
	if p := r.Partition; p != nil {
		text := "partition: {key: " + quoted(p.Key) + ", strategy: " + quoted(p.Strategy)
		if p.RecentN != 0 {
			text += fmt.Sprintf(", recent_n: %d", p.RecentN)
		}
		if len(p.Values) > 0 {
			text += ", values: " + list(p.Values, valueText)
		}
		if p.Digest != "" {
			text += ", digest: " + quoted(p.Digest)
		}
		parts = append(parts, text+"}")
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func distributionText(d *metrics.Distribution) string {
	var parts []string
	if d.Complete {
		parts = append(parts, "complete: true")
	}
	if d.RankError != 0 {
		parts = append(parts, "rank_error: "+floatText(d.RankError))
	}
	parts = append(parts,
		"values: "+list(d.Knots, func(k metrics.Knot) string { return floatText(k.Value) }),
		"through: "+list(d.Knots, func(k metrics.Knot) string { return strconv.FormatInt(k.Through, 10) }))
	before := int64(0)
	if slices.ContainsFunc(d.Knots, func(k metrics.Knot) bool { apart := k.Below != before; before = k.Through; return apart }) {
		parts = append(parts, "below: "+list(d.Knots, func(k metrics.Knot) string { return strconv.FormatInt(k.Below, 10) }))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func list[T any](items []T, text func(T) string) string {
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = text(item)
	}
	return "[" + strings.Join(texts, ", ") + "]"
}

// valueText writes a value so that its type is seen: texts in quotes, floating-point numbers with a point or an
// exponent, whole ones with neither.
func valueText(v metrics.Value) string {
	if b, ok := v.Bins(); ok {
		return list(b, func(b metrics.Bin) string {
			return fmt.Sprintf("[%s, %s, %d]", floatText(b.Start), floatText(b.End), b.Count)
		})
	}
	if q, ok := v.QuantileSet(); ok {
		parts := make([]string, len(q))
		for i, v := range q {
			parts[i] = quantileName(i) + ": " + valueText(v)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	if c, ok := v.ValueCounts(); ok {
		return list(c, func(c metrics.ValueCount) string { return fmt.Sprintf("[%s, %d]", valueText(c.Value), c.Count) })
	}
	if text, ok := v.Text(); ok {
		return quoted(text)
	}
	if v.IsNull() {
		return "null"
	}
	if _, whole := v.Int64(); whole {
		return v.String()
	}
	if x, number := v.Float64(); number {
		return floatText(x)
	}
	return v.String() // a boolean, or NaN
}

// quantileName is the name of the i-th quantile, p05.
func quantileName(i int) string { return fmt.Sprintf("p%02.0f", metrics.QuantileProbabilities[i]*100) }

// floatText writes the shortest decimal that reads back as x, and not as a whole number.
func floatText(x float64) string {
	text := metrics.Float(x).String()
	if !math.IsNaN(x) && !math.IsInf(x, 0) && !strings.ContainsAny(text, ".e") {
		text += ".0"
	}
	return text
}

// quoted writes a text in YAML's double quotes; as base64, which YAML calls binary, where it is no UTF-8.
func quoted(text string) string {
	if !utf8.ValidString(text) {
		return `!!binary "` + base64.StdEncoding.EncodeToString([]byte(text)) + `"`
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08X`, r)
		default:
			fmt.Fprintf(&b, `\u%04X`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
