package notify

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/baselinr/baselinr-pipes/drift"
)

// summary tells the digest in one line.
func (d *Digest) summary() string {
	var parts []string
	if d.Error != "" {
		parts = append(parts, "the run failed: "+line(d.Error))
	}
	if d.Totals.Drifted > 0 {
		parts = append(parts, fmt.Sprintf("drift in %d of %s (%s)", d.Totals.Drifted, plural(d.Totals.Tables, "table"), d.bySeverity()))
	}
	if d.Totals.Changes > 0 {
		parts = append(parts, plural(d.Totals.Changes, "schema change"))
	}
	if d.Totals.Late > 0 {
		parts = append(parts, fmt.Sprintf("%d of them read by an earlier run and stored now", d.Totals.Late))
	}
	if len(d.Failures) > 0 {
		parts = append(parts, fmt.Sprintf("%d of %s failed", len(d.Failures), plural(d.Totals.Tables, "table")))
	}
	if d.Status == Interrupted {
		parts = append(parts, fmt.Sprintf("the run was interrupted, %s skipped", plural(d.Totals.Skipped, "table")))
	}
	text := line(d.Environment) + ": " + strings.Join(parts, ", ")
	if d.Test {
		return "test of a hook, nothing happened: " + text
	}
	return text
}

// bySeverity counts findings by their severity, as "2 high, 1 low".
func (d *Digest) bySeverity() string {
	var parts []string
	for _, c := range []struct {
		n        int
		severity drift.Severity
	}{{d.Totals.High, drift.High}, {d.Totals.Medium, drift.Medium}, {d.Totals.Low, drift.Low}} {
		if c.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c.n, c.severity))
		}
	}
	return strings.Join(parts, ", ")
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// subject names what a finding is of: a column, or the table where it holds for several columns alike.
func (f Finding) subject() string {
	if f.Columns > 1 || f.Column == "" {
		return line(f.Table)
	}
	return line(f.Table + "." + f.Column)
}

// andMore says how many entries a list leaves out; nothing where none.
func andMore(omitted int) []string {
	if omitted == 0 {
		return nil
	}
	return []string{fmt.Sprintf("and %d more", omitted)}
}

// longestLine is how many characters of a text that is not ours go into a message.
const longestLine = 240

// line makes one line of a text that may hold anything, of a length that can be read.
func line(text string) string {
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
	if runes := []rune(text); len(runes) > longestLine {
		return string(runes[:longestLine]) + "…"
	}
	return text
}
