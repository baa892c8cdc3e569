package drift

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// Reading says which rows of a table a run read. Metrics of different rows differ whether or not the table
// changed. The zero Reading is of every row.
type Reading struct {
	Sampling  *Sampling  // nil where every row was read
	Partition *Partition // nil where every row was chosen
}

// Sampling says how the rows that were read were picked.
type Sampling struct {
	Method   string  `json:"method"`
	Key      string  `json:"key,omitempty"`      // the column by whose values they were, where they were
	Fraction float64 `json:"fraction,omitempty"` // that was asked for
	MaxRows  int64   `json:"max_rows,omitempty"`
}

// Partition says which rows a profile is of.
type Partition struct {
	Key      string          `json:"key"`
	Strategy string          `json:"strategy"`
	RecentN  int             `json:"recent_n,omitempty"` // how many values were asked for
	Values   []metrics.Value `json:"values"`             // of the key that were chosen: texts, and nothing for rows without a key
	Digest   string          `json:"digest,omitempty"`   // of values that the config gives, in their place: see Digested
}

// Sliced is the strategy of partitions that an orchestrator chose, whose names are the values.
const Sliced = "dagster"

// givenValues is the strategy whose values the config gives.
const givenValues = "specific_values"

// Given reports whether the config gives the values; those of the other strategies follow from the table.
func (p Partition) Given() bool { return p.Strategy == givenValues }

// Digested returns the partition without its values; where the config gives them, with a hash that tells them from others,
// after the salt.
func (p Partition) Digested(salt string) Partition {
	if p.Given() && p.Digest == "" {
		p.Digest = p.digest(salt)
	}
	p.Values = nil
	return p
}

func (p Partition) digest(salt string) string {
	texts := make([]string, len(p.Values))
	for i, v := range p.Values {
		if texts[i] = "=" + v.String(); v.IsNull() {
			texts[i] = ""
		}
	}
	slices.Sort(texts)
	return fmt.Sprintf("%s:%x", salt, sha256.Sum256(fmt.Appendf(nil, "%q %q", salt, texts)))
}

// alike reports whether both are of the rows that a config asks for alike. Values are compared by their hash where one has
// nothing else.
func (r Reading) alike(other Reading) bool {
	a, b := r.Partition, other.Partition
	if a == nil || b == nil || (a.Digest == "") == (b.Digest == "") {
		return r.String() == other.String()
	}
	if a.Digest == "" {
		return other.alike(r)
	}
	salt, _, _ := strings.Cut(a.Digest, ":")
	hashed := b.Digested(salt)
	other.Partition = &hashed
	return r.String() == other.String() && a.Digest == hashed.Digest
}

// String tells the rows in a few words; those of two readings that a config asks for alike are equal.
func (r Reading) String() string {
	text := "every row"
	if r.Sampling != nil {
		text = r.Sampling.String()
	}
	if r.Partition != nil {
		text += " of the partitions " + r.Partition.String()
	}
	return text
}

// String tells the sample in a few words.
func (s Sampling) String() string {
	text := s.Method
	if s.Key != "" {
		text += " by " + s.Key
	}
	if s.Fraction > 0 {
		text += fmt.Sprintf(" %.6g %%", s.Fraction*100)
	}
	text += " of the rows"
	if s.MaxRows > 0 {
		text += fmt.Sprintf(", at most %d,", s.MaxRows)
	}
	return text
}

// String tells the choice in a few words, without the values that follow from the table.
func (p Partition) String() string {
	text := p.Strategy
	if p.RecentN > 0 {
		text += fmt.Sprintf(" %d", p.RecentN)
	}
	text += " of " + p.Key
	switch {
	case p.Given() && p.Digest != "":
		return text + " (values that are kept back)"
	case !p.Given() || len(p.Values) == 0: // the latter: they are withheld
		return text
	}
	values := make([]string, len(p.Values))
	for i, v := range p.Values {
		if values[i] = v.String(); v.IsNull() {
			values[i] = "null"
		}
	}
	slices.Sort(values)
	return text + " (" + strings.Join(values, ", ") + ")"
}

// otherRows is readOtherwise without the values of partitions.
const otherRows = "the last run read other rows than this one"

// readOtherwise says why runs that read different rows are not compared; empty where both read the same, or
// where that is not known of one.
func readOtherwise(baseline, current *Reading) string {
	return readUnlike("the last run", baseline, current)
}

// readUnlike is readOtherwise, with what to call the baseline.
func readUnlike(name string, baseline, current *Reading) string {
	if baseline == nil || current == nil {
		return ""
	}
	if baseline.alike(*current) {
		return ""
	}
	was, is := baseline.String(), current.String()
	return fmt.Sprintf("not computed: %s read %s, this one %s", name, strings.TrimSuffix(was, ","), strings.TrimSuffix(is, ","))
}
