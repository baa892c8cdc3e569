package pushdown

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// The second statement by groups has a row for each group that is wanted, and for each value that a type is inferred
// from: the number of the part, the value, how many rows hold it (−1 for the values of a type), how many values
// are less, its place among the most frequent, how many groups there are, and what takeMoments takes.

// askGroups sends the second statement, or several, each for some of the columns.
func (t *table) askGroups(ctx context.Context) error {
	var parts []*part
	var branches []string
	size := 0
	limits := t.dialect.Limits()
	send := func() error {
		if len(branches) == 0 {
			return nil
		}
		statement := strings.Join(branches, " UNION ALL ")
		reads := len(branches)
		branches, size = nil, 0
		return t.query(ctx, statement, reads, func(row []any) error { return take(parts, row) })
	}
	for _, c := range t.columns {
		for _, p := range c.parts() {
			if p.present == 0 {
				continue
			}
			parts = append(parts, p)
			for _, branch := range t.branchesOf(p, len(parts)-1) {
				if len(branches) >= limits.Branches || size+len(branch) > limits.Bytes {
					if err := send(); err != nil {
						return err
					}
				}
				branches, size = append(branches, branch), size+len(branch)
			}
		}
	}
	if err := send(); err != nil {
		return err
	}
	for _, p := range parts {
		slices.SortFunc(p.Points, func(a, b metrics.Point) int { return cmp.Compare(a.Below, b.Below) })
		if n := len(p.Points); p.terms.ByNumber && n > 0 {
			p.Min, p.Max = p.Points[0].Value, p.Points[n-1].Value
		}
	}
	return nil
}

// longestListed is the length of the longest text that is listed as a frequent one; of one that a type is inferred from, what follows is
// not looked at.
const longestListed = 64 << 10

// branchesOf are the SELECTs of a part, whose number is given.
func (t *table) branchesOf(p *part, number int) (branches []string) {
	terms, k := p.terms, p.terms.Kind
	if t.wants(k, metrics.InferredType) {
		// A derived table keeps the LIMIT from being taken for that of the union.
		look := "v"
		if terms.Length != "" {
			look = fmt.Sprintf("substr(v, 1, %d)", longestListed)
		}
		branches = append(branches, fmt.Sprintf("SELECT %d, %s, -1, 0, 0, 0, 0.0, 0.0 FROM (SELECT v FROM (SELECT %s AS v%s) AS x WHERE v IS NOT NULL LIMIT %d) AS x",
			number, terms.Text(look), terms.Value, t.from(), t.settings.TypeSample))
	}
	deviates := terms.StdDev == "" && t.wants(k, metrics.StdDev)
	if p.Values == 0 || !deviates && !(terms.ByNumber && t.wants(k, metrics.Min, metrics.Max)) &&
		!t.wants(k, metrics.DistinctCount, metrics.UniqueRatio, metrics.ApproxDistinctCount, metrics.TopValues, metrics.Quantiles, metrics.Histogram) {
		return branches
	}
	top := 1
	if t.wants(k, metrics.TopValues) {
		top = t.settings.TopValues
	}
	groups := fmt.Sprintf("SELECT v, count(*) AS n FROM (SELECT %s AS v%s) AS x WHERE v IS NOT NULL GROUP BY v", terms.Value, t.from())
	const ranked = "count(*) OVER () AS d, row_number() OVER (ORDER BY n DESC, %s) AS r"
	if !t.wants(k, metrics.Quantiles, metrics.Histogram) && !deviates && !terms.ByNumber {
		listed := terms.Text("v")
		if terms.Length != "" {
			listed = fmt.Sprintf("CASE WHEN length(v) <= %d THEN %s END", longestListed, listed)
		}
		return append(branches, fmt.Sprintf("SELECT %d, %s, n, r, r, d, 0.0, 0.0 FROM (SELECT v, n, %s FROM (%s) AS x) AS x WHERE r <= %d",
			number, listed, fmt.Sprintf(ranked, "v"), groups, top))
	}
	return append(branches, t.points(p, number, groups, ranked, top))
}

// points is the SELECT of the groups of numbers or points in time at which something happens.
func (t *table) points(p *part, number int, groups, ranked string, top int) string {
	order := "v"
	if p.terms.ByNumber {
		order = "f, v"
	}
	mean, squares := t.moments(p)
	numbered := fmt.Sprintf("SELECT v, n, %s AS f FROM (%s) AS x", p.terms.Finite("v"), groups)
	binned := fmt.Sprintf("SELECT v, n, f, %s AS b, %s AS m FROM (%s) AS x", t.bins(p), mean, numbered)
	placed := fmt.Sprintf("SELECT v, n, b, m, %[1]s, sum(n) OVER (ORDER BY %[2]s ROWS UNBOUNDED PRECEDING) AS t, lag(b) OVER (ORDER BY %[2]s) AS c, %[3]s AS q FROM (%[4]s) AS x",
		fmt.Sprintf(ranked, order), order, squares, binned)
	below := fmt.Sprintf("SELECT v, n, b, c, d, r, t, q, m, t - n AS l FROM (%s) AS x", placed)
	return fmt.Sprintf("SELECT %d, %s, n, l, r, d, q, m FROM (%s) AS x WHERE %s", number, p.terms.Text("v"), below, strings.Join(t.wanted(p, top), " OR "))
}

// bins is the number of the bin of f.
func (t *table) bins(p *part) string {
	if p.Values == p.Below+p.Above || !t.wants(p.terms.Kind, metrics.Histogram) {
		return "0"
	}
	bounds := metrics.BinBounds(t.settings.HistogramBins, p.Low, p.High)
	var bins strings.Builder
	for i, bound := range bounds[1 : len(bounds)-1] {
		fmt.Fprintf(&bins, " WHEN f < %s THEN %d", t.dialect.Double(bound), i)
	}
	if bins.Len() == 0 {
		return "0"
	}
	return fmt.Sprintf("CASE%s ELSE %d END", &bins, len(bounds)-2)
}

// wanted are the conditions of which a group that is wanted fulfils one: l values are less, t are less or equal.
func (t *table) wanted(p *part, top int) []string {
	finite := p.Values - p.Below - p.Above
	wanted := []string{
		fmt.Sprintf("r <= %d", top),
		fmt.Sprintf("d <= %d", metrics.MostKnots+2), // with both infinities
		fmt.Sprintf("l = %d", p.Below),
		fmt.Sprintf("t = %d", p.Values-p.Above),
		"b > c", "c IS NULL",
	}
	for _, rank := range metrics.Ranks(p.Values) {
		wanted = append(wanted, fmt.Sprintf("l < %[1]d AND t >= %[1]d", rank))
	}
	if finite > 0 {
		step := func(n string) string {
			return fmt.Sprintf("floor((%s - %d) / %s * %d)", n, p.Below, t.dialect.Double(float64(finite)), metrics.KnotSteps)
		}
		wanted = append(wanted, step("t")+" > "+step("l"))
	}
	return wanted
}

// take takes a row of the second statement.
func take(parts []*part, row []any) error {
	if len(row) != 8 {
		return fmt.Errorf("%d cells in a row of groups", len(row))
	}
	var counts [5]int64 // number, count, below, place, groups
	for i, at := range [...]int{0, 2, 3, 4, 5} {
		var err error
		if counts[i], err = (cell{row[at]}).count(); err != nil {
			return err
		}
	}
	p := parts[counts[0]]
	value, number, err := p.terms.value(cell{row[1]})
	if err != nil {
		return err
	}
	if counts[1] < 0 {
		p.Looks.Add(value.String())
		return nil
	}
	p.Distinct = counts[4]
	if value.IsNull() { // too long a text, which is missing in the list
		p.TopBound = max(p.TopBound, float64(counts[1])/float64(p.Values))
		return nil
	}
	p.Points = append(p.Points, metrics.Point{Value: value, Number: number, Count: counts[1], Below: counts[2]})
	return p.takeMoments(cell{row[6]}, cell{row[7]})
}
