package metrics

import (
	"iter"
	"math"
)

// grid counts numbers in cells of equal, power-of-two width aligned at zero. The width doubles
// whenever the range outgrows the cells, which merges pairs of neighbours and loses nothing: the grid
// of a stream depends neither on its order nor on how it was split. A histogram of any equal-width bins
// is read off it; a bin's count is off by at most the rows in the two cells that its bounds cut.
type grid struct {
	cells    int   // at most; after a doubling at least a quarter of them cover the range
	exponent int   // a cell is 2^exponent wide
	first    int64 // index of counts[0]; cell i covers [i, i+1)·2^exponent
	counts   []int64
}

func newGrid(cells int) *grid { return &grid{cells: cells} }

// addInts counts the whole numbers that the words stand for.
func (g *grid) addInts(words []uint64) {
	for _, w := range words {
		i := wordInt(w) >> g.exponent
		if at := uint64(i - g.first); at < uint64(len(g.counts)) {
			g.counts[at]++
		} else {
			g.addInt(wordInt(w), 1)
		}
	}
}

func (g *grid) addInt(x, n int64) {
	if len(g.counts) == 0 {
		g.start(0, x)
	}
	i := x >> g.exponent
	for !g.addCell(i, n) {
		g.widen()
		i >>= 1
	}
}

// addFloats counts the finite floating-point numbers that the words stand for.
func (g *grid) addFloats(words []uint64) {
	scale := math.Ldexp(1, -g.exponent)
	for _, w := range words {
		x := wordFloat(w)
		if f := math.Floor(x * scale); f > -reach && f < reach && x*scale != 0 {
			if at := uint64(int64(f) - g.first); at < uint64(len(g.counts)) {
				g.counts[at]++
				continue
			}
		}
		g.addFloat(x, 1)
		scale = math.Ldexp(1, -g.exponent)
	}
}

// reach bounds the index of a cell; a number beyond it saturates, which widens the cells.
const reach = 1 << 61

func (g *grid) addFloat(x float64, n int64) {
	if math.IsInf(x, 0) {
		return
	}
	if len(g.counts) == 0 {
		// Start as fine as the number's own precision allows: 52 bits below its magnitude.
		_, exponent := math.Frexp(x)
		if x == 0 {
			exponent = -100
		}
		g.exponent = max(exponent-52, -1000)
		g.start(g.exponent, g.cell(x))
	}
	i := g.cell(x)
	for !g.addCell(i, n) {
		g.widen()
		i = g.cell(x)
	}
}

// cell returns the index of x's cell.
func (g *grid) cell(x float64) int64 {
	f := math.Floor(math.Ldexp(x, -g.exponent))
	if f == 0 && x < 0 {
		f = -1 // the quotient was too small for a floating-point number
	}
	return int64(min(max(f, -reach), reach))
}

// start makes the grid one empty cell.
func (g *grid) start(exponent int, cell int64) {
	g.exponent, g.first = exponent, cell
	g.counts = append(make([]int64, 0, g.cells), 0)
}

// addCell counts a cell n times more; it returns false where the cells do not reach so far.
func (g *grid) addCell(i, n int64) bool {
	low, high := min(g.first, i), max(g.first+int64(len(g.counts))-1, i)
	if uint64(high)-uint64(low) >= uint64(g.cells) {
		return false
	}
	if low < g.first {
		more := int(g.first - low)
		g.counts = append(g.counts, make([]int64, more)...)
		copy(g.counts[more:], g.counts)
		clear(g.counts[:more])
		g.first = low
	}
	if more := int(high - (g.first + int64(len(g.counts)) - 1)); more > 0 {
		g.counts = append(g.counts, make([]int64, more)...)
	}
	g.counts[i-g.first] += n
	return true
}

// widen doubles the cells' width, in place: a pair of cells moves to a place no later than its own.
func (g *grid) widen() {
	first := g.first >> 1
	last := (g.first + int64(len(g.counts)) - 1) >> 1
	for i, n := range g.counts {
		if to := int(((g.first + int64(i)) >> 1) - first); to != i {
			g.counts[i] = 0
			g.counts[to] += n
		}
	}
	g.first, g.counts = first, g.counts[:last-first+1]
	g.exponent++
}

// merge accumulates what other holds, and leaves other as it is.
func (g *grid) merge(other *grid) {
	if len(other.counts) == 0 {
		return
	}
	if len(g.counts) == 0 {
		g.start(other.exponent, other.first)
	}
	for g.exponent < other.exponent {
		g.widen()
	}
	for i, n := range other.counts {
		if n == 0 {
			continue
		}
		cell := (other.first + int64(i)) >> (g.exponent - other.exponent)
		for !g.addCell(cell, n) {
			g.widen()
			cell >>= 1
		}
	}
}

// bins returns the histogram of n bins from low to high, and the largest share of all rows by which
// a bin's count may be off; 0 where no bound cuts a cell. The function edges tells the least and the
// greatest number that a cell may hold. A cell that a bound cuts is divided in proportion.
func (g *grid) bins(n int, low, high float64, edges func(cell int64, exponent int) (float64, float64)) (Bins, float64) {
	bins := emptyBins(n, low, high)
	var total int64
	shares := make([]float64, len(bins))
	cut := make([]int64, len(bins)+1) // rows of the cell that each bound cuts
	for i, count := range g.counts {
		if count == 0 {
			continue
		}
		total += count
		start, end := edges(g.first+int64(i), g.exponent)
		start, end = min(max(start, low), high), min(max(end, low), high)
		from, to := binOf(bins, start), binOf(bins, end)
		if from == to {
			bins[from].Count += count
			continue
		}
		for b := from; b <= to; b++ {
			part := (min(end, bins[b].End) - max(start, bins[b].Start)) / (end - start)
			shares[b] += part * float64(count)
		}
		for b := from; b < to; b++ {
			cut[b+1] = count
		}
	}
	roundToTotal(bins, shares, total)
	var off int64
	for b := range bins {
		if rows := cut[b] + cut[b+1]; rows > 0 {
			off = max(off, rows+1) // and one by rounding
		}
	}
	return bins, ratio(off, total)
}

// middles are the numbers in the middle of each cell, with how many the cell holds, between the least and the
// greatest number. The function edges is that of bins.
func (g *grid) middles(low, high float64, edges func(cell int64, exponent int) (float64, float64)) iter.Seq2[float64, int64] {
	return func(yield func(float64, int64) bool) {
		for i, count := range g.counts {
			if count == 0 {
				continue
			}
			start, end := edges(g.first+int64(i), g.exponent)
			if !yield(max(start, low)/2+min(end, high)/2, count) {
				return
			}
		}
	}
}

// roundToTotal adds the shares to the bins' counts, rounded so that all add up to total.
func roundToTotal(bins Bins, shares []float64, total int64) {
	for _, b := range bins {
		total -= b.Count
	}
	var sum float64
	var given int64
	for b := range bins {
		sum += shares[b]
		upTo := min(int64(math.Round(sum)), total)
		bins[b].Count += upTo - given
		given = upTo
	}
	bins[len(bins)-1].Count += total - given
}
