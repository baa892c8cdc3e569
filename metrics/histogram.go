package metrics

// emptyBins returns n bins of equal width from low to high, or one of width zero where they agree.
func emptyBins(n int, low, high float64) Bins {
	if low == high {
		return Bins{{Start: low, End: high}}
	}
	bins := make(Bins, n)
	for i := range bins {
		bins[i] = Bin{Start: binBound(i, n, low, high), End: binBound(i+1, n, low, high)}
	}
	return bins
}

// binBound returns the i-th of the n+1 bounds, computed so that it cannot overflow between two
// finite numbers and that the last is high itself.
func binBound(i, n int, low, high float64) float64 {
	if i == n {
		return high
	}
	if width := high - low; width <= maxFinite {
		return low + float64(i)*(width/float64(n))
	}
	share := float64(i) / float64(n)
	return low*(1-share) + high*share
}

const maxFinite = 1.7976931348623157e308

// binOf returns the index of the bin that holds x, which lies between the first bin's start and the
// last one's end. A first guess by division is put right against the bounds themselves, so that a
// value that equals a bound always falls on the same side.
func binOf(bins Bins, x float64) int {
	n := len(bins)
	low, high := bins[0].Start, bins[n-1].End
	guess := 0
	if width := high - low; width > 0 && width <= maxFinite {
		guess = min(max(int((x-low)/width*float64(n)), 0), n-1)
	}
	for guess > 0 && x < bins[guess].Start {
		guess--
	}
	for guess < n-1 && x >= bins[guess].End {
		guess++
	}
	return guess
}
