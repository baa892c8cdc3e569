package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// document is the page that the tables are written to.
const document = "docs/benchmarks.md"

// section is what a benchmark found.
type section struct {
	text     string             // Markdown
	measured map[string]float64 // bar's name → number
}

// between returns what stands on a page between the lines `<!-- bench NAME -->` and `<!-- end -->`, and what stands
// before and after.
func between(page, name string) (before, inner, after string, err error) {
	const end = "<!-- end -->\n"
	begin := "<!-- bench " + name + " -->\n"
	at := strings.Index(page, begin)
	if at < 0 {
		return "", "", "", fmt.Errorf("%s has no line %q", document, strings.TrimSpace(begin))
	}
	at += len(begin)
	length := strings.Index(page[at:], end)
	if length < 0 {
		return "", "", "", fmt.Errorf("%s: no line %q after %q", document, strings.TrimSpace(end), strings.TrimSpace(begin))
	}
	return page[:at], page[at : at+length], page[at+length:], nil
}

// replaceBetween writes text between the lines of that name on the page.
func replaceBetween(name, text string) error {
	page, err := os.ReadFile(document)
	if err != nil {
		return err
	}
	before, _, after, err := between(string(page), name)
	if err != nil {
		return err
	}
	return os.WriteFile(document, []byte(before+text+after), 0o644)
}

// contestantTable is the table of a race.
func contestantTable(contestants ...*contestant) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| | median of %d | fastest | slowest | CPU | peak memory |\n|---|---:|---:|---:|---:|---:|\n", len(contestants[0].runs))
	for _, c := range contestants {
		fastest, slowest := c.extremes()
		memory := "–"
		if c.peak() > 0 {
			memory = fmt.Sprintf("%.0f MiB", c.peak())
		}
		fmt.Fprintf(&b, "| %s | %s s | %s s | %s s | %s s | %s |\n", c.name, seconds(c.wall()), seconds(fastest), seconds(slowest), seconds(c.cpu()), memory)
	}
	return b.String()
}

// seconds prints a time.
func seconds(s float64) string {
	if s < 1 {
		return fmt.Sprintf("%.3f", s)
	}
	return fmt.Sprintf("%.2f", s)
}

// thousands prints a number with commas.
func thousands(n int) string {
	text := fmt.Sprint(n)
	var groups []string
	for len(text) > 3 {
		groups = append(groups, text[len(text)-3:])
		text = text[:len(text)-3]
	}
	groups = append(groups, text)
	slices.Reverse(groups)
	return strings.Join(groups, ",")
}
