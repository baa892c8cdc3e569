package warehouse

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/metrics"
)

// takesAll reports whether a sample of so many rows leaves none out.
func (s *Sample) takesAll(rows int64) bool {
	return s.Method != config.SamplingTopK && s.Fraction >= 1 && (s.MaxRows == 0 || rows <= s.MaxRows)
}

// selection is a statement that reads columns of the rows that fulfil every condition.
func (r *reading) selection(columns, from string, conditions []string) string {
	statement := "SELECT " + columns + " FROM " + from
	if len(conditions) > 0 {
		statement += " WHERE " + strings.Join(conditions, " AND ")
	}
	return statement
}

// sampled is the statement that reads the scan's sample.
func (r *reading) sampled(identity Identity) string {
	columns := strings.Join(r.quoted(), ", ")
	from, rank, conditions := r.ranked(identity)
	switch s := r.scan.Sample; s.Method {
	case config.SamplingTopK:
		key := r.Quote(s.Key)
		return r.selection(columns, from, append(conditions, key+" IS NOT NULL")) +
			fmt.Sprintf(" ORDER BY %s DESC, %s LIMIT %d", key, rank, s.MaxRows)
	case config.SamplingStratified:
		return r.stratified(columns, from, rank, conditions)
	default:
		share, cut := s.share(r.coverage.Rows)
		if identity.TableSample {
			from += fmt.Sprintf(" TABLESAMPLE BERNOULLI (%s) REPEATABLE (%d)", decimal(share*100), r.scan.Seed)
		} else {
			conditions = append(conditions, rank+" < "+decimal(share))
		}
		statement := r.selection(columns, from, conditions)
		if cut {
			statement += " ORDER BY " + rank // so that what LIMIT leaves out is no part of the table's own order
		}
		if s.MaxRows > 0 {
			statement += fmt.Sprintf(" LIMIT %d", s.MaxRows)
		}
		return statement
	}
}

// share returns the probability with which rows are picked, and whether that may be more than MaxRows of
// them. Where MaxRows is the tighter bound, four standard deviations more are picked than it allows,
// so that the cut leaves MaxRows of them.
func (s *Sample) share(rows int64) (share float64, cut bool) {
	share = s.Fraction
	if s.MaxRows == 0 {
		return share, false
	}
	most, n := float64(s.MaxRows), float64(max(rows, 1))
	share = min(share, (most+4*math.Sqrt(most)+8)/n, 1)
	return share, share*n+4*math.Sqrt(share*n)+8 > most
}

// stratified takes every 1/share-th row in the order of the key, and of a hash where that is equal: of each
// stratum as many as its share, give or take one (systematic sampling; Cochran 1977, chapter 8).
func (r *reading) stratified(columns, from, rank string, conditions []string) string {
	s := r.scan.Sample
	share := s.Fraction
	if s.MaxRows > 0 {
		share = min(share, float64(s.MaxRows)/float64(max(r.coverage.Rows, 1)))
	}
	position := r.unused("position")
	ordered := r.selection(fmt.Sprintf("%s, row_number() OVER (ORDER BY %s, %s) AS %s", columns, r.Quote(s.Key), rank, position), from, conditions)
	start := decimal(float64(r.scan.Seed%1000) / 1000)
	statement := fmt.Sprintf("SELECT %[1]s FROM (%[2]s) AS ordered WHERE floor(%[3]s * %[4]s + %[5]s) > floor((%[3]s - 1) * %[4]s + %[5]s)",
		columns, ordered, position, decimal(share), start)
	if s.MaxRows > 0 {
		statement += fmt.Sprintf(" LIMIT %d", s.MaxRows)
	}
	return statement
}

// ranked returns from what to read, a number from 0 up to 1 that belongs to each row of it, whatever the
// order of the rows, and the conditions that are left to fulfil. Rows that nothing else tells apart are
// so by a hash of what is read of them, and equal ones by counting them: which of those is picked
// makes no difference.
func (r *reading) ranked(identity Identity) (from, rank string, conditions []string) {
	table := r.Table(r.scan.Table)
	if len(identity.Expressions) > 0 {
		return table, r.Hash(r.scan.Seed, identity.Expressions), slices.Clone(r.conditions)
	}
	columns := r.quoted()
	hash, occurrence := r.unused("hash"), r.unused("occurrence")
	content := r.Hash(r.scan.Seed, columns)
	if key := r.scan.Sample.Key; key != "" && !slices.Contains(columns, r.Quote(key)) {
		columns = append(columns, r.Quote(key))
	}
	list := strings.Join(columns, ", ")
	hashed := r.selection(list+", "+content+" AS "+hash, table, r.conditions)
	from = fmt.Sprintf("(SELECT %[1]s, %[2]s, row_number() OVER (PARTITION BY %[2]s) AS %[3]s FROM (%[4]s) AS hashed) AS numbered", list, hash, occurrence, hashed)
	return from, r.Hash(r.scan.Seed, []string{hash, occurrence}), nil
}

// unused is a quoted name that no column of the scan has.
func (r *reading) unused(name string) string {
	for {
		name = "baselinr_" + name
		taken := r.scan.Sample.Key == name || slices.ContainsFunc(r.scan.Columns, func(c metrics.Column) bool { return strings.EqualFold(c.Name, name) })
		if !taken {
			return r.Quote(name)
		}
	}
}

// quoted returns the quoted names of the columns that are read.
func (r *reading) quoted() []string {
	names := make([]string, len(r.scan.Columns))
	for i, c := range r.scan.Columns {
		names[i] = r.Quote(c.Name)
	}
	return names
}

// decimal writes a number as SQL does, without an exponent.
func decimal(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
