package drift

import (
	"fmt"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// damagedIn says which metrics of a column cannot be read of runs that are compared, so that nothing is told of them.
func damagedIn(runs []*Run, column, strategy string) (skipped []Skipped) {
	for _, r := range runs {
		for _, name := range r.Damaged[column] {
			skipped = append(skipped, Skipped{Column: column, Test: strategy, Why: fmt.Sprintf("the %s that is stored of run %s is damaged", name, runName(r))})
		}
	}
	return skipped
}

// AddDamaged says that a metric of a column cannot be read.
func (r *Run) AddDamaged(column string, name metrics.Name) {
	if r.Damaged == nil {
		r.Damaged = map[string][]metrics.Name{}
	}
	r.Damaged[column] = append(r.Damaged[column], name)
}
