package drift

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// chiSquareTail returns the probability that a chi-square variable of k degrees of freedom is x or more, from
// the complement of the incomplete gamma function: 1 − CDF would lose small probabilities.
func chiSquareTail(x, k float64) float64 {
	switch {
	case x <= 0:
		return 1
	case k <= 0 || math.IsNaN(x):
		return 1
	}
	return mathext.GammaIncRegComp(k/2, x/2)
}

// normalTwoTails returns the probability that a standard normal variable is at least as far from 0 as z.
func normalTwoTails(z float64) float64 { return math.Erfc(math.Abs(z) / math.Sqrt2) }

// studentTwoTails returns the probability that Student's t of k degrees of freedom is at least as far from 0
// as t: I_x(k/2, 1/2) at x = k/(k+t²) (Abramowitz and Stegun 1964, 26.7.1), by the continued fraction 26.5.8.
// Gonum's incomplete beta function loses digits where k is large.
func studentTwoTails(t, k float64) float64 {
	if t == 0 {
		return 1
	}
	if math.IsInf(t, 0) {
		return 0
	}
	a, b := k/2, 0.5
	x := k / (k + t*t)
	y := t * t / (k + t*t)
	// x^a y^b / B(a, b)
	front := math.Exp(-a*math.Log1p(t*t/k)) * math.Sqrt(y) * gammaRatio(a) / math.Sqrt(math.Pi)
	if x < (a+1)/(a+b+2) {
		return front * betaFraction(a, b, x) / a
	}
	return 1 - front*betaFraction(b, a, y)/b
}

// smallestTail is the least probability of which floating-point numbers keep all digits.
const smallestTail = 1e-300

// normalAsRare returns how far from 0 a standard normal variable is as rare as Student's t of k degrees of
// freedom is at t. Where the probability is too small for a number, by the approximation of Wallace (1959).
func normalAsRare(t, k float64) float64 {
	if p := studentTwoTails(t, k); p > smallestTail {
		return -mathext.NormalQuantile(p / 2)
	}
	return (8*k + 1) / (8*k + 3) * math.Sqrt(k*math.Log1p(t*t/k))
}

// gammaRatio returns Γ(a+1/2)/Γ(a); for large a by its asymptotic series (Tricomi and Erdélyi 1951, eq. 1),
// since the difference of two large logarithms loses digits.
func gammaRatio(a float64) float64 {
	if a < 25 {
		up, _ := math.Lgamma(a + 0.5)
		down, _ := math.Lgamma(a)
		return math.Exp(up - down)
	}
	i := 1 / a
	return math.Sqrt(a) * (1 - i/8 + i*i/128 + 5*i*i*i/1024 - 21*i*i*i*i/32768 - 399*i*i*i*i*i/262144)
}

// betaFraction is the continued fraction of the incomplete beta function, by the algorithm of Lentz (1976).
func betaFraction(a, b, x float64) float64 {
	const tiny, terms = 1e-300, 100_000
	guard := func(v float64) float64 {
		if math.Abs(v) < tiny {
			return tiny
		}
		return v
	}
	c, d := 1.0, 1/guard(1-(a+b)*x/(a+1))
	h := d
	for i := 1; i <= terms; i++ {
		m := float64(i)
		even := m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		d = 1 / guard(1+even*d)
		c = guard(1 + even/c)
		h *= d * c
		odd := -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		d = 1 / guard(1+odd*d)
		c = guard(1 + odd/c)
		h *= d * c
		if math.Abs(d*c-1) < 1e-15 {
			break
		}
	}
	return h
}
