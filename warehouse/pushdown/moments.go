package pushdown

import (
	"fmt"
	"math"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// The standard deviation is computed from the groups where no aggregate gives it, and the mean too where its sum was too
// large for a number: as shares of a scale, so that nothing overflows. Engines take a product that is too small for
// a number for an error, so that what is less than a share of negligible counts for nothing.
const negligible = 1e-100

// deviates reports whether the standard deviation follows from the groups. Beside infinities there is none.
func (p *part) deviates() bool {
	return p.terms.StdDev == "" && p.terms.Kind.Numeric() && p.Values > 1 && p.Below+p.Above == 0 && p.Low < p.High
}

// lacksMean reports whether the mean does.
func (p *part) lacksMean() bool {
	return p.deviates() && (isInfinite(p.Mean) || math.IsInf(p.High-p.Low, 0))
}

// isInfinite reports whether a value is no finite number.
func isInfinite(v metrics.Value) bool {
	x, ok := v.Float64()
	return !ok || math.IsInf(x, 0)
}

// scale is what distances from the mean are measured in.
func (p *part) scale() float64 {
	if p.lacksMean() {
		return max(math.Abs(p.Low), math.Abs(p.High))
	}
	return p.High - p.Low
}

// moments are the sum of the shares of the scale that the numbers f of n rows are, 0.0 where the mean is known, and, for
// the SELECT around it, where that is m, the sum of the squares of their distances from the mean.
func (t *table) moments(p *part) (mean, squares string) {
	if !p.deviates() {
		return "0.0", "0.0"
	}
	scale, least := t.dialect.Double(p.scale()), t.dialect.Double(p.scale()*negligible)
	if !p.lacksMean() {
		known, _ := p.Mean.Float64()
		distance := fmt.Sprintf("(f - %s)", t.dialect.Double(known))
		return "0.0", fmt.Sprintf("sum(CASE WHEN abs(%[1]s) > %[2]s THEN n * (%[1]s / %[3]s) * (%[1]s / %[3]s) ELSE 0 END) OVER ()", distance, least, scale)
	}
	share := fmt.Sprintf("(CASE WHEN abs(f) > %s THEN f / %s ELSE 0 END)", least, scale)
	mean = fmt.Sprintf("sum(n * %s) OVER ()", share)
	distance := fmt.Sprintf("(%s - m / %s)", share, t.dialect.Double(float64(p.Values)))
	return mean, fmt.Sprintf("sum(CASE WHEN abs(%[1]s) > %[2]g THEN n * %[1]s * %[1]s ELSE 0 END) OVER ()", distance, negligible)
}

// takeMoments takes the sum of the squares and that of the shares.
func (p *part) takeMoments(squares, shares cell) error {
	if !p.deviates() || p.deviated {
		return nil
	}
	p.deviated = true
	scale := p.scale()
	q, _, err := squares.number()
	if err != nil {
		return err
	}
	m, _, err := shares.number()
	if err != nil {
		return err
	}
	n := float64(p.Values)
	if p.lacksMean() {
		p.Mean = metrics.Float(m / n * scale)
	}
	p.StdDev = metrics.Float(math.Sqrt(q/(n-1)) * scale)
	return nil
}
