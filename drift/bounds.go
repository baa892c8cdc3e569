package drift

import (
	"math"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// Bounds say which numbers a share is of. A bound that is not there is nil.
type Bounds struct {
	From  *float64 `json:"from,omitempty"`  // itself included
	Above *float64 `json:"above,omitempty"` // itself not
	UpTo  *float64 `json:"up_to,omitempty"` // itself included
	Below *float64 `json:"below,omitempty"` // itself not
}

// cut parts the values up to a number, or below it, from the others.
type cut struct {
	at    float64
	below bool
}

func (m Mixture) upToCut(c cut) metrics.Share {
	if c.below {
		return m.Below(c.at)
	}
	return m.UpTo(c.at)
}

// text writes the number of a cut such that the shares up to it, or below it, are those told, in both samples.
func (c cut) text(a, b Mixture, kind metrics.Kind) string {
	const same = 1e-6
	was, is := a.upToCut(c).Likely, b.upToCut(c).Likely
	text := told(c.at, !c.below, func(t float64) bool {
		rounded := cut{t, c.below}
		return math.Abs(a.upToCut(rounded).Likely-was) <= same && math.Abs(b.upToCut(rounded).Likely-is) <= same
	})
	if kind != metrics.KindFloat && math.Abs(c.at) >= exact {
		return "about " + text // several whole numbers are one of floating point
	}
	return text
}

// words name the values up to the cut.
func (c cut) words(text string) string {
	if c.below {
		return "values below " + text
	}
	return "values up to " + text
}

// bounds are those of the values up to the cut.
func (c cut) bounds() *Bounds {
	if c.below {
		return &Bounds{Below: &c.at}
	}
	return &Bounds{UpTo: &c.at}
}

// span names the values between the last of the cuts before, where there is one, and the next, and their bounds.
func span(before []cut, next cut, text func(cut) string) (string, *Bounds) {
	if len(before) == 0 {
		return next.words(text(next)), next.bounds()
	}
	last, bounds := before[len(before)-1], next.bounds()
	if last.at == next.at { // the one number, which has a bucket of its own
		return text(next), &Bounds{From: &last.at, UpTo: &next.at}
	}
	bounds.Above = &last.at
	if next.below {
		return "values above " + text(last) + " and below " + text(next), bounds
	}
	return "values above " + text(last) + " up to " + text(next), bounds
}

// above names the values above a cut, and their bounds.
func above(last cut, text func(cut) string) (string, *Bounds) {
	return "values above " + text(last), &Bounds{Above: &last.at}
}
