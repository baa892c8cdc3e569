package metrics

import "math"

// Moments accumulates count, mean and variance in one pass (Welford 1962) and merges halves of a
// stream exactly (Chan, Golub and LeVeque 1979, equation 2.1). The zero value holds no values.
type Moments struct{ n, mean, m2 float64 }

// Add accumulates the value x, seen n times.
func (m *Moments) Add(x float64, n int64) {
	m.Merge(Moments{n: float64(n), mean: x})
}

// Merge accumulates the values that other holds.
func (m *Moments) Merge(other Moments) {
	if other.n == 0 {
		return
	}
	if m.n == 0 {
		*m = other
		return
	}
	n := m.n + other.n
	delta := other.mean - m.mean
	m.mean += delta * other.n / n
	m.m2 += other.m2 + delta*delta*m.n*other.n/n
	m.n = n
}

// Mean returns the arithmetic mean, and false where there are no values.
func (m *Moments) Mean() (float64, bool) { return m.mean, m.n > 0 }

// StdDev returns the standard deviation of a sample, divided by n−1, and false below two values.
func (m *Moments) StdDev() (float64, bool) {
	if m.n < 2 {
		return 0, false
	}
	return math.Sqrt(m.m2 / (m.n - 1)), true
}
