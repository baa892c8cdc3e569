package metrics

import (
	"math"
	"math/big"
	"math/bits"
)

// intSums holds the number, the sum and the sum of squares of whole numbers, exactly, so that it
// depends on neither their order nor how a stream was split.
type intSums struct {
	n       int64
	sum     [2]uint64 // two's complement, low word first
	squares [3]uint64 // low word first
}

// add accumulates i, seen n times.
func (s *intSums) add(i int64, n int64) {
	s.n += n
	size := uint64(i)
	if i < 0 {
		size = -size
	}
	high, low := bits.Mul64(size, uint64(n))
	var carry uint64
	if i < 0 {
		s.sum[0], carry = bits.Sub64(s.sum[0], low, 0)
		s.sum[1], _ = bits.Sub64(s.sum[1], high, carry)
	} else {
		s.sum[0], carry = bits.Add64(s.sum[0], low, 0)
		s.sum[1], _ = bits.Add64(s.sum[1], high, carry)
	}
	// i²·n = |i|·(|i|·n): 64 by 128 bits.
	firstHigh, first := bits.Mul64(size, low)
	secondHigh, second := bits.Mul64(size, high)
	second, carry = bits.Add64(second, firstHigh, 0)
	third := secondHigh + carry
	s.squares[0], carry = bits.Add64(s.squares[0], first, 0)
	s.squares[1], carry = bits.Add64(s.squares[1], second, carry)
	s.squares[2], _ = bits.Add64(s.squares[2], third, carry)
}

func (s *intSums) merge(other *intSums) {
	s.n += other.n
	var carry uint64
	s.sum[0], carry = bits.Add64(s.sum[0], other.sum[0], 0)
	s.sum[1], _ = bits.Add64(s.sum[1], other.sum[1], carry)
	s.squares[0], carry = bits.Add64(s.squares[0], other.squares[0], 0)
	s.squares[1], carry = bits.Add64(s.squares[1], other.squares[1], carry)
	s.squares[2], _ = bits.Add64(s.squares[2], other.squares[2], carry)
}

func (s *intSums) spread() spread {
	sum := new(big.Float).SetPrec(spreadBits).SetInt64(int64(s.sum[1]))
	sum.SetMantExp(sum, 64)
	sum.Add(sum, new(big.Float).SetUint64(s.sum[0]))
	squares := new(big.Float).SetPrec(spreadBits)
	for i := len(s.squares) - 1; i >= 0; i-- {
		squares.SetMantExp(squares, 64)
		squares.Add(squares, new(big.Float).SetUint64(s.squares[i]))
	}
	return spread{n: s.n, sum: sum, squares: squares}
}

// toFloats returns the same sums as those of floating-point numbers.
func (s *intSums) toFloats() floatSums {
	exact := s.spread()
	return floatSums{n: s.n, sum: twofoldOf(exact.sum), squares: twofoldOf(exact.squares)}
}

// floatSums holds the number, the sum and the sum of squares of floating-point numbers, as if they
// were computed with twice the precision and rounded: by the compensated sum and dot product of Ogita,
// Rump and Oishi (2005, algorithms 4.4 and 5.3).
type floatSums struct {
	n            int64
	sum, squares twofold
	huge         bool // the sums are of the numbers times 2^-hugeShift
}

// Numbers from hugeLimit on are scaled down, for the sum of their squares could overflow.
const (
	hugeLimit = 0x1p450
	hugeShift = 600
)

// add accumulates x, which is finite, seen n times.
func (s *floatSums) add(x float64, n int64) {
	if x >= hugeLimit || x <= -hugeLimit {
		s.scale()
	}
	if s.huge {
		x = math.Ldexp(x, -hugeShift)
	}
	s.n += n
	square := x * x
	rest := math.FMA(x, x, -square)
	if n == 1 {
		s.sum.add(x)
		s.squares.add(square)
		s.squares.low += rest
		return
	}
	times := float64(n)
	s.sum.addProduct(x, times)
	s.squares.addProduct(square, times)
	s.squares.low += rest * times
}

func (s *floatSums) scale() {
	if s.huge {
		return
	}
	s.huge = true
	s.sum = twofold{math.Ldexp(s.sum.high, -hugeShift), math.Ldexp(s.sum.low, -hugeShift)}
	s.squares = twofold{math.Ldexp(s.squares.high, -2*hugeShift), math.Ldexp(s.squares.low, -2*hugeShift)}
}

func (s *floatSums) merge(other *floatSums) {
	right := *other
	if s.huge || right.huge {
		s.scale()
		right.scale()
	}
	s.n += right.n
	s.sum.merge(right.sum)
	s.squares.merge(right.squares)
}

func (s *floatSums) spread() spread {
	exact := spread{n: s.n, sum: s.sum.float(), squares: s.squares.float()}
	if s.huge {
		exact.sum.SetMantExp(exact.sum, hugeShift)
		exact.squares.SetMantExp(exact.squares, 2*hugeShift)
	}
	return exact
}

// twofold is the unevaluated sum of two floating-point numbers (Dekker 1971).
type twofold struct{ high, low float64 }

func twofoldOf(x *big.Float) twofold {
	high, _ := x.Float64()
	rest := new(big.Float).SetPrec(spreadBits).Sub(x, big.NewFloat(high))
	low, _ := rest.Float64()
	return twofold{high, low}
}

// add adds x; the error of the rounded sum, which is a floating-point number itself, is kept (Knuth
// 1969, theorem B of section 4.2.2).
func (t *twofold) add(x float64) {
	sum := t.high + x
	part := sum - t.high
	t.low += (t.high - (sum - part)) + (x - part)
	t.high = sum
}

func (t *twofold) addProduct(x, y float64) {
	product := x * y
	t.low += math.FMA(x, y, -product)
	t.add(product)
}

func (t *twofold) merge(other twofold) {
	t.add(other.high)
	t.low += other.low
}

func (t *twofold) float() *big.Float {
	x := new(big.Float).SetPrec(spreadBits).SetFloat64(t.high)
	return x.Add(x, new(big.Float).SetFloat64(t.low))
}

// spreadBits are enough for (Σx)² of 2^63 whole numbers of 64 bits.
const spreadBits = 320

// spread is what the mean and the standard deviation follow from.
type spread struct {
	n            int64
	sum, squares *big.Float
}

// measure sets the mean and the standard deviation of a sample: the square root of
// (Σx² − (Σx)²/n) / (n−1). An infinity decides the mean, and leaves the deviation undefined. Numbers
// that are all equal do not deviate, which sums that were rounded may not show.
func (s spread) measure(m *measures, infinite infinities, equal bool) {
	m.set(Mean, Value{})
	m.set(StdDev, Value{})
	if mean := infinite.sum(); mean != 0 {
		m.set(Mean, Float(mean))
		m.set(StdDev, Float(math.NaN()))
		return
	}
	if s.n > 0 {
		mean, _ := s.mean().Float64()
		m.set(Mean, Float(mean))
	}
	switch {
	case s.n > 1 && equal:
		m.set(StdDev, Float(0))
	case s.n > 1:
		m.set(StdDev, Float(s.deviation()))
	}
}

// infinities counts the values below and above every number.
type infinities struct{ negative, positive int64 }

// sum returns the sum of the infinities, and 0 where there are none.
func (i infinities) sum() float64 {
	switch {
	case i.negative > 0 && i.positive > 0:
		return math.NaN()
	case i.positive > 0:
		return math.Inf(1)
	case i.negative > 0:
		return math.Inf(-1)
	}
	return 0
}

func (s spread) mean() *big.Float {
	return new(big.Float).SetPrec(spreadBits).Quo(s.sum, new(big.Float).SetInt64(s.n))
}

func (s spread) deviation() float64 {
	variance := new(big.Float).SetPrec(spreadBits).Mul(s.mean(), s.sum)
	variance.Sub(s.squares, variance)
	if variance.Sign() <= 0 { // nearly equal numbers, whose sums were rounded
		return 0
	}
	variance.Quo(variance, new(big.Float).SetInt64(s.n-1))
	deviation, _ := variance.Sqrt(variance).Float64()
	return deviation
}
