package metrics

import (
	"iter"
	"math"
)

// normalKurtosis is that of normally distributed values.
const normalKurtosis = 3

// kurtosis returns the fourth central moment of numbers, in fourth powers of their standard deviation: 3 where
// they are normally distributed, more where their tails are heavier. It is 0 where they do not deviate, or too
// far.
func (s spread) kurtosis(numbers iter.Seq2[float64, int64]) float64 {
	if s.n < 2 {
		return 0
	}
	mean, _ := s.mean().Float64()
	return kurtosisOf(mean, s.deviation(), s.n, numbers)
}

// kurtosisOf is that of n numbers whose mean and standard deviation are known.
func kurtosisOf(mean, deviation float64, n int64, numbers iter.Seq2[float64, int64]) float64 {
	var sum float64
	for x, n := range numbers {
		z := (x - mean) / deviation
		sum += float64(n) * z * z * z * z
	}
	if k := sum / float64(n); !math.IsNaN(k) && !math.IsInf(k, 0) {
		return k
	}
	return 0
}

// deviationBound is three standard errors of the standard deviation of n values, relative to it: half of those
// of the variance, whose own variance is about (μ4 − σ⁴)/n (Cramér 1946, section 27.4). The kurtosis of a
// sample with heavy tails tends to be less than that of what it was taken from, since the sample misses the
// rarest values, so what it has beyond that of normal values counts twice.
func (s sample) deviationBound(n, kurtosis float64) float64 {
	kurtosis = normalKurtosis + 2*max(kurtosis-normalKurtosis, 0)
	return min(s.meanBound(n-1)*math.Sqrt(kurtosis-1)/2, 1)
}
