package dagster

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/pipes"
	"github.com/baselinr/baselinr-pipes/report"
	"github.com/baselinr/baselinr-pipes/report/picture"
)

// Dagster's UI shows Markdown up to this length where the metadata stands, and longer one in a dialog.
const inlineCharacters = 1000

// How much pictures show at most.
const (
	compactBins, compactColumns = 10, 5
	fullBins, fullColumns       = 32, 24
	frequentValues              = 8
)

// panel is the picture of one column.
type panel struct {
	name              string
	current, baseline []float64 // shares; the baseline's are nil where they are not known
	bars              bool      // each share is of a value of its own
	worst             *drift.Finding
}

// addPictures adds the pictures of a table's columns, those that drifted worst first: one that the UI shows at once, and one of
// more columns that it opens. There is none where nothing can be drawn.
func addPictures(metadata map[string]pipes.MetadataValue, t report.Table) {
	if small := compactPicture(t); small != "" {
		metadata["picture"] = pipes.Markdown(small)
		metadata["picture_full"] = pipes.Markdown(fullPicture(t))
	}
}

// panels are the columns of which something can be drawn, so many at most.
func panels(t report.Table, bins, most int) []panel {
	worst := map[string]*drift.Finding{}
	var names []string
	add := func(name string) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for i := range t.Drift.Findings { // the most severe first
		if f := &t.Drift.Findings[i]; f.Muted == nil && f.Column != "" {
			if worst[f.Column] == nil {
				worst[f.Column] = f
			}
			if f.Metric != "count" { // which every column has alike
				add(f.Column)
			}
		}
	}
	for _, c := range t.Profile.Columns {
		if len(names) > most+len(worst) {
			break
		}
		add(c.Name)
	}
	now := &drift.Run{RunID: t.RunID, ProfiledAt: t.ProfiledAt, Profile: t.Profile}
	var list []panel
	for _, name := range names {
		sample := picture.Sample(name, now)
		if len(sample.Runs) == 0 {
			continue
		}
		before := picture.Sample(name, baselinesOf(t, worst[name])...)
		p := panel{name: name, worst: worst[name]}
		if d := picture.DistributionOf(sample, before, bins); d != nil {
			p.current, p.baseline = d.Current, d.Baseline
		} else if f := picture.FrequentOf(sample, before, frequentValues); f != nil && len(f.Values) > 1 {
			p.bars = true
			for _, v := range f.Values {
				p.current = append(p.current, v.Current)
				if f.Known {
					p.baseline = append(p.baseline, v.Baseline)
				}
			}
		} else {
			continue
		}
		if list = append(list, p); len(list) == most {
			break
		}
	}
	return list
}

// baselinesOf are the runs that a column is drawn against: those of its worst finding, else the table's.
func baselinesOf(t report.Table, worst *drift.Finding) []*drift.Run {
	ids := []string{t.Drift.BaselineRunID}
	if worst != nil && len(worst.BaselineRuns) > 0 {
		ids = worst.BaselineRuns
	}
	var runs []*drift.Run
	for _, id := range ids {
		if run := t.Baselines[id]; run != nil {
			runs = append(runs, run)
		}
	}
	return runs
}

// compactPicture is a picture of as many columns as make Markdown that is shown at once; empty where there are none.
func compactPicture(t report.Table) string {
	list := panels(t, compactBins, compactColumns)
	for ; len(list) > 0; list = list[:len(list)-1] {
		if text := image(describe(t, list), compactSVG(list)); len(utf16.Encode([]rune(text))) < inlineCharacters {
			return text
		}
	}
	return ""
}

// The size of a panel of the compact picture, in pixels.
const compactWidth, compactGap, compactHeight, compactLabel = 70, 10, 24, 36

// compactSVG draws panels side by side. What repeats is written once, since there is little room.
func compactSVG(list []panel) string {
	var current, baseline, labels strings.Builder
	for i, p := range list {
		x := i * (compactWidth + compactGap)
		tallest := tallestOf(p)
		current.WriteString(outline(p.current, tallest, x, compactHeight, compactWidth, compactHeight-1))
		if p.baseline != nil {
			baseline.WriteString(outline(p.baseline, tallest, x, compactHeight, compactWidth, compactHeight-1))
		}
		fmt.Fprintf(&labels, "<text x='%d' y='%d'>%s</text>", x, compactLabel, xmlText(clip(p.name, 11, true)))
	}
	svg := fmt.Sprintf("<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='40' fill='%s' font-size='10'><path d='%s'/>", len(list)*(compactWidth+compactGap), blue, current.String())
	if baseline.Len() > 0 {
		svg += fmt.Sprintf("<path d='%s' fill='none' stroke='%s'/>", baseline.String(), orange)
	}
	return svg + labels.String() + "</svg>"
}

// Colours that can be told apart, on a light and on a dark page.
const blue, orange, grey = "#48c", "#e80", "#888"

// fullPicture is a picture of many columns in rows, and the same as a table in characters.
func fullPicture(t report.Table) string {
	const across, width, height = 3, 220, 92
	list := panels(t, fullBins, fullColumns)
	var svg strings.Builder
	rows := (len(list) + across - 1) / across
	fmt.Fprintf(&svg, "<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' font-size='11' font-family='sans-serif' fill='%s'>", min(across, len(list))*width, rows*height, grey)
	for i, p := range list {
		x, y := i%across*width, i/across*height
		tallest := tallestOf(p)
		title := xmlText(clip(p.name, 24, true))
		if p.worst != nil {
			title += xmlText(" · " + string(p.worst.Severity))
		}
		fmt.Fprintf(&svg, "<text x='%d' y='%d'>%s</text>", x, y+12, title)
		fmt.Fprintf(&svg, "<path d='%s' fill='%s'/>", outline(p.current, tallest, x, y+80, width-20, 60), blue)
		if p.baseline != nil {
			fmt.Fprintf(&svg, "<path d='%s' fill='none' stroke='%s' stroke-width='1.5'/>", outline(p.baseline, tallest, x, y+80, width-20, 60), orange)
		}
	}
	svg.WriteString("</svg>")
	var table strings.Builder
	table.WriteString("\n| column | this run | baseline | worst finding |\n|---|---|---|---|\n")
	for _, p := range list {
		finding := ""
		if p.worst != nil {
			finding = string(p.worst.Severity) + ": " + p.worst.Reason
		}
		fmt.Fprintf(&table, "| %s | %s | %s | %s |\n", markdownText(p.name), sparkline(p.current, tallestOf(p)), sparkline(p.baseline, tallestOf(p)), markdownText(clip(finding, 400, true)))
	}
	note := "\n\nBlue is this run, orange its baseline; bars are shares of the values, from the least to the greatest, or of the most frequent values.\n"
	return image(describe(t, list[:min(len(list), compactColumns)]), svg.String()) + note + table.String()
}

// describe tells the picture in words and characters, for who does not see it.
func describe(t report.Table, list []panel) string {
	words := make([]string, len(list))
	for i, p := range list {
		words[i] = clip(p.name, 11, true) + " " + sparkline(p.current, tallestOf(p))
		if p.baseline != nil {
			words[i] += " was " + sparkline(p.baseline, tallestOf(p))
		}
	}
	return "drift " + t.Drift.Verdict() + ": " + strings.Join(words, ", ")
}

// sparkline writes shares as characters of eight heights.
func sparkline(shares []float64, tallest float64) string {
	const heights = "▁▂▃▄▅▆▇█"
	steps := []rune(heights)
	// As many as a line takes: neighbours share a character.
	every := (len(shares) + compactBins - 1) / compactBins
	var text strings.Builder
	for i := 0; i < len(shares); i += max(every, 1) {
		high := 0.0
		for _, s := range shares[i:min(i+max(every, 1), len(shares))] {
			high = max(high, s)
		}
		step := int(math.Round(high / max(tallest, math.SmallestNonzeroFloat64) * float64(len(steps)-1)))
		text.WriteRune(steps[min(max(step, 0), len(steps)-1)])
	}
	return text.String()
}

func tallestOf(p panel) float64 {
	tallest := 0.0
	for _, s := range slices.Concat(p.current, p.baseline) {
		tallest = max(tallest, s)
	}
	return tallest
}

// outline is the path around bars that stand on a line, in whole pixels; bars of one height are one.
func outline(shares []float64, tallest float64, x, bottom, width, height int) string {
	var path strings.Builder
	fmt.Fprintf(&path, "M%d,%d", x, bottom)
	edge := func(i int) int { return x + i*width/len(shares) }
	top := func(i int) int {
		return bottom - int(math.Round(shares[i]/max(tallest, math.SmallestNonzeroFloat64)*float64(height)))
	}
	at := bottom
	for i := range shares {
		if y := top(i); y != at {
			fmt.Fprintf(&path, "V%d", y)
			at = y
		}
		if i+1 < len(shares) && top(i+1) == at {
			continue
		}
		fmt.Fprintf(&path, "H%d", edge(i+1))
	}
	fmt.Fprintf(&path, "V%dz", bottom)
	return path.String()
}

// image is a picture in Markdown, of which the SVG is a part.
func image(describes, svg string) string {
	return "![" + markdownText(describes) + "](data:image/svg+xml," + escapeURL(svg) + ")"
}

// escapeURL escapes what may stand neither in a URL nor in the place of one in Markdown.
func escapeURL(text string) string {
	const plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/,;=@!$*+'"
	var url strings.Builder
	for _, b := range []byte(text) {
		if strings.IndexByte(plain, b) >= 0 {
			url.WriteByte(b)
		} else {
			fmt.Fprintf(&url, "%%%02X", b)
		}
	}
	return url.String()
}

// xmlText escapes a text of an SVG; what XML cannot hold is replaced.
func xmlText(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(strings.Map(printable, strings.ToValidUTF8(text, "�")))
}

// printable replaces characters that are none, such as the ends of lines, by spaces.
func printable(r rune) rune {
	if r < ' ' || r == 0x7f || r == 0xfffe || r == 0xffff {
		return ' '
	}
	return r
}

// markdownText escapes a text in Markdown, so that it is text on one line.
func markdownText(text string) string {
	var escaped strings.Builder
	for _, r := range strings.Map(printable, strings.ToValidUTF8(text, "�")) {
		if strings.ContainsRune("\\`*_{}[]<>()#!|~&$", r) {
			escaped.WriteByte('\\')
		}
		escaped.WriteRune(r)
	}
	return escaped.String()
}
