package metrics

import "math"

// gridCells bounds the cells of a grid: after a doubling at least a quarter of them cover the range.
const gridCells = 1 << 14

// grid counts numbers in cells of equal, power-of-two width aligned at zero. The width doubles
// whenever the range outgrows the cells, which merges pairs of neighbours and loses nothing, so the
// grid of a stream does not depend on its order. A histogram of any equal-width bins is read off it;
// a bin's count is off by at most the rows in the two cells that its bounds cut.
type grid struct {
	exponent int   // a cell is 2^exponent wide
	first    int64 // index of counts[0]; cell i covers [i, i+1)·2^exponent
	counts   []int64
}

func (g *grid) add(x float64, n int64) {
	if len(g.counts) == 0 {
		// Start as fine as the number's own precision allows: 52 bits below its magnitude.
		_, exp := math.Frexp(x)
		if x == 0 {
			exp = -100
		}
		g.exponent = max(exp-52, -1000)
		g.first = g.cell(x)
		g.counts = append(make([]int64, 0, gridCells), n)
		return
	}
	for {
		i := g.cell(x)
		low, high := min(g.first, i), max(g.first+int64(len(g.counts))-1, i)
		if span := uint64(high) - uint64(low); span < gridCells {
			g.extend(low, high)
			g.counts[i-g.first] += n
			return
		}
		g.widen()
	}
}

// cell returns the index of x's cell; a number too large for the width saturates, which widens.
func (g *grid) cell(x float64) int64 {
	f := math.Floor(math.Ldexp(x, -g.exponent))
	const most = 1 << 62
	return int64(min(max(f, -most), most))
}

func (g *grid) extend(low, high int64) {
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

// bins returns the histogram of n bins from low to high, and the largest share of all rows by which
// a bin's count may be off. Cells that a bound cuts are divided in proportion.
func (g *grid) bins(n int, low, high float64) (Bins, float64) {
	bins := emptyBins(n, low, high)
	var total float64
	shares := make([]float64, len(bins))
	cut := make([]float64, len(bins)+1) // rows of the cell that each inner bound cuts
	for i, count := range g.counts {
		if count == 0 {
			continue
		}
		total += float64(count)
		start := math.Ldexp(float64(g.first+int64(i)), g.exponent)
		end := math.Ldexp(float64(g.first+int64(i)+1), g.exponent)
		start, end = min(max(start, low), high), min(max(end, low), high)
		from, to := binOf(bins, start), binOf(bins, end)
		if from == to || end == start {
			shares[from] += float64(count)
			continue
		}
		for b := from; b <= to; b++ {
			part := (min(end, bins[b].End) - max(start, bins[b].Start)) / (end - start)
			shares[b] += part * float64(count)
		}
		for b := from; b < to; b++ {
			cut[b+1] = float64(count)
		}
	}
	roundToTotal(bins, shares, int64(math.Round(total)))
	var bound float64
	for b := range bins {
		bound = max(bound, cut[b]+cut[b+1]+1)
	}
	return bins, bound / max(total, 1)
}

// roundToTotal sets the bins' counts to the shares, rounded so that they add up to total.
func roundToTotal(bins Bins, shares []float64, total int64) {
	var sum float64
	var given int64
	for b := range bins {
		sum += shares[b]
		upTo := min(int64(math.Round(sum)), total)
		bins[b].Count = upTo - given
		given = upTo
	}
	bins[len(bins)-1].Count += total - given
}
