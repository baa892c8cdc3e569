package plan

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// filter keeps some of the tables that an entry selects.
type filter struct {
	selection *selection
	entry     config.TablePattern
	matches   func(name string) bool
	excluded  []func(name string) bool
	types     func(config.TableType) bool

	rowless, ageless []string       // tables of which the catalog does not know what the filter asks
	incomplete       []string       // tables that lack a required column
	having           map[string]int // how many of those have each required column
}

// filterOf returns the filter of an entry; nil where a pattern of it is wrong, which it tells.
func (s *selection) filterOf(t config.TablePattern) *filter {
	f := &filter{selection: s, entry: t, types: s.typesOf(t)}
	var err error
	if f.matches, err = config.Matcher(t.Pattern, t.PatternType); err != nil {
		s.fail(t, "pattern", err.Error(), "")
		return nil
	}
	for _, pattern := range t.ExcludePatterns {
		if pattern == "" {
			continue // it would match everything
		}
		matches, err := config.Matcher(pattern, t.PatternType)
		if err != nil {
			s.fail(t, "exclude_patterns", err.Error(), "")
			return nil
		}
		f.excluded = append(f.excluded, matches)
	}
	return f
}

// typesOf tells the types of tables that an entry selects: its own, else, unless it names its table, those
// of the discovery.
func (s *selection) typesOf(t config.TablePattern) func(config.TableType) bool {
	d := s.discovery
	switch {
	case len(t.TableTypes) > 0:
		return func(is config.TableType) bool { return slices.Contains(t.TableTypes, is) }
	case t.Table != "", t.ByDBT():
		return func(config.TableType) bool { return true }
	default:
		return func(is config.TableType) bool {
			return (len(d.IncludeTableTypes) == 0 || slices.Contains(d.IncludeTableTypes, is)) && !slices.Contains(d.ExcludeTableTypes, is)
		}
	}
}

// excludes reports whether exclude_patterns leave a name out.
func (f *filter) excludes(name string) bool {
	return slices.ContainsFunc(f.excluded, func(matches func(string) bool) bool { return matches(name) })
}

// keeps reports whether a table passes what is not about its name. Where the catalog does not know, it
// does: to profile a table too many is seen, to leave one out is not.
func (f *filter) keeps(t warehouse.Table) bool {
	e := f.entry
	if !f.types(t.Type) || !f.tagged(t) {
		return false
	}
	if !f.complete(t) {
		return false
	}
	if t.Rows >= 0 && (t.Rows < e.MinRows || e.MaxRows > 0 && t.Rows > e.MaxRows) {
		return false
	}
	const day = 24 * time.Hour
	if e.ModifiedSinceDays > 0 && t.Age >= 0 && t.Age/day >= time.Duration(e.ModifiedSinceDays) {
		return false
	}
	if t.Rows < 0 && (e.MinRows > 0 || e.MaxRows > 0) {
		f.rowless = append(f.rowless, t.ID())
	}
	if t.Age < 0 && e.ModifiedSinceDays > 0 {
		f.ageless = append(f.ageless, t.ID())
	}
	return true
}

// complete reports whether a table has all required columns.
func (f *filter) complete(t warehouse.Table) bool {
	has := f.selection.columns[t.TableRef]
	lacks := func(column string) bool { return !slices.Contains(has, column) }
	if !slices.ContainsFunc(f.entry.RequiredColumns, lacks) {
		return true
	}
	f.incomplete = append(f.incomplete, t.ID())
	if f.having == nil {
		f.having = map[string]int{}
	}
	for _, column := range has {
		f.having[column]++
	}
	return false
}

// missing says which required columns the tables lack that have not all of them; nothing where none was left out so.
func (f *filter) missing() string {
	var absent, all []string
	for _, column := range f.entry.RequiredColumns {
		all = append(all, strconv.Quote(column))
		if f.having[column] == 0 {
			absent = append(absent, strconv.Quote(column))
		}
	}
	switch n := len(f.incomplete); {
	case n == 0:
		return ""
	case n == 1:
		return fmt.Sprintf("; %s lacks %s of required_columns", f.incomplete[0], some(absent))
	case len(absent) > 0:
		return fmt.Sprintf("; %d of them lack %s of required_columns", n, some(absent))
	default:
		return fmt.Sprintf("; %d of them lack one or another of required_columns, %s", n, some(all))
	}
}

// warnOfUnknown tells the tables that are kept because the catalog does not know of them what was asked.
func (f *filter) warnOfUnknown() {
	if len(f.rowless) > 0 {
		f.selection.warn(f.entry, fmt.Sprintf("the catalog does not know how many rows %s, which min_rows and max_rows therefore keep", count(f.rowless, "has", "have")),
			"ANALYZE tables, and leave views out with table_types: [table]")
	}
	if len(f.ageless) > 0 {
		f.selection.warn(f.entry, fmt.Sprintf("the catalog does not know when %s modified, which modified_since_days therefore keeps", count(f.ageless, "was", "were")), "")
	}
}

// count names one table, or says how many there are.
func count(ids []string, one, many string) string {
	if len(ids) == 1 {
		return ids[0] + " " + one
	}
	return fmt.Sprintf("%d tables (%s) %s", len(ids), some(ids), many)
}

// tagged reports whether a table has the tags that the entry asks for.
func (f *filter) tagged(t warehouse.Table) bool {
	e := f.entry
	if len(e.Tags)+len(e.TagsAny) == 0 {
		return true
	}
	var tags []string
	if p := f.selection.discovery.TagProvider; p == "dbt" {
		tags = f.selection.dbt.tags[f.selection.tableKey(t.Schema, t.Name)]
	} else if p == "" || p == "auto" || p == f.selection.source.Type {
		tags = tagsOf(t.Comment)
	}
	has := func(tag string) bool { return slices.Contains(tags, strings.TrimSpace(tag)) }
	for _, tag := range e.Tags {
		if !has(tag) {
			return false
		}
	}
	return len(e.TagsAny) == 0 || slices.ContainsFunc(e.TagsAny, has)
}

// tagLine is the part of a comment that lists tags.
var tagLine = regexp.MustCompile(`(?i)\btags:([^\r\n]*)`)

// tagsOf returns the tags in a table's comment: those between "tags:" and the line's end, separated by commas;
// where it has no "tags:", the whole comment is the list.
func tagsOf(comment string) (tags []string) {
	if m := tagLine.FindStringSubmatch(comment); m != nil {
		comment = m[1]
	}
	for tag := range strings.SplitSeq(comment, ",") {
		if tag = strings.TrimSpace(tag); tag != "" {
			tags = append(tags, tag)
		}
	}
	return tags
}
