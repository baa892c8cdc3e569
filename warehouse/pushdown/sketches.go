package pushdown

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// sketchesOf are the questions about a part that the engine's own sketches answer.
func (t *table) sketchesOf(p *part, s Sketches) (questions []question) {
	k := p.terms.Kind
	if t.wants(k, metrics.DistinctCount, metrics.UniqueRatio, metrics.ApproxDistinctCount) {
		aggregate, bound := s.Distinct(p.terms)
		p.DistinctBound = bound
		questions = append(questions, counting(aggregate, &p.Distinct))
	}
	if t.wants(k, metrics.TopValues, metrics.InferredType) {
		aggregate, bound := s.Top(p.terms, max(t.settings.TopValues, 1))
		p.TopBound = bound
		questions = append(questions, question{aggregate, p.takeTop})
	}
	if t.wants(k, metrics.Quantiles, metrics.Histogram) {
		probabilities := probabilities(s.Steps())
		aggregate, bound := s.Quantiles(p.terms, probabilities)
		p.QuantilesBound = bound
		questions = append(questions, question{aggregate, func(c cell) error { return p.takeQuantiles(c, probabilities) }})
	}
	return questions
}

// probabilities are those of the quantiles, and those that divide 1 into so many steps.
func probabilities(steps int) []float64 {
	list := slices.Clone(metrics.QuantileProbabilities[:])
	for i := range steps + 1 {
		list = append(list, float64(i)/float64(steps))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// list reads a cell as a JSON list, whose numbers keep their digits.
func (c cell) list() (list []any, err error) {
	if c.isNull() {
		return nil, nil
	}
	decoder := json.NewDecoder(strings.NewReader(c.text()))
	decoder.UseNumber()
	if err := decoder.Decode(&list); err != nil {
		return nil, fmt.Errorf("a list is %q: %w", c.text(), err)
	}
	return list, nil
}

// element is an element of a JSON list as a cell.
func element(x any) cell {
	if n, ok := x.(json.Number); ok {
		return cell{n.String()}
	}
	return cell{x}
}

// takeTop takes a list of values and their counts.
func (p *part) takeTop(c cell) error {
	pairs, err := c.list()
	if err != nil {
		return err
	}
	p.Top = metrics.ValueCounts{}
	for _, x := range pairs {
		pair, ok := x.([]any)
		if !ok || len(pair) != 2 {
			return fmt.Errorf("a frequent value and its count are %v", x)
		}
		count, err := element(pair[1]).count()
		if err != nil {
			return err
		}
		value, _, err := p.terms.value(element(pair[0]))
		if err != nil {
			return err
		}
		if value.IsNull() {
			continue
		}
		p.Top = append(p.Top, metrics.ValueCount{Value: value, Count: count})
		p.Looks.Add(value.String())
	}
	return nil
}

// takeQuantiles takes the values at probabilities, and makes a distribution of them: a value is a knot that is known to
// within a step on either side.
func (p *part) takeQuantiles(c cell, probabilities []float64) error {
	list, err := c.list()
	if err != nil || len(list) == 0 || list[0] == nil {
		return err
	}
	if len(list) != len(probabilities) {
		return fmt.Errorf("%d quantiles at %d probabilities", len(list), len(probabilities))
	}
	var set metrics.QuantileSet
	d := &metrics.Distribution{}
	step := 0.0
	finite := float64(p.Values)
	for i, x := range list {
		value, number, err := p.terms.value(element(x))
		if err != nil {
			return err
		}
		if q := slices.Index(metrics.QuantileProbabilities[:], probabilities[i]); q >= 0 {
			set[q] = value
		}
		if i > 0 {
			step = max(step, probabilities[i]-probabilities[i-1])
		}
		if math.IsInf(number, 0) {
			continue
		}
		rank := int64(math.Round(probabilities[i] * finite))
		if n := len(d.Knots); n > 0 && d.Knots[n-1].Value >= number {
			d.Knots[n-1].Through = max(d.Knots[n-1].Through, rank)
			continue
		}
		d.Knots = append(d.Knots, metrics.Knot{Value: number, Below: rank, Through: rank})
	}
	d.RankError = p.QuantilesBound + step
	p.Quantiles = &set
	if len(d.Knots) > 0 {
		p.Distribution = d
	}
	return nil
}

// askBins sends the second statement by sketches, or several: the number of values in each bin of each histogram.
func (t *table) askBins(ctx context.Context) error {
	var about [][]question
	for _, c := range t.columns {
		for _, p := range c.parts() {
			if p.Values > p.Below+p.Above && t.wants(p.terms.Kind, metrics.Histogram) {
				about = append(about, t.binsOf(p))
			}
		}
	}
	return t.askAll(ctx, about)
}

// binsOf are the questions how many values are in each bin.
func (t *table) binsOf(p *part) (questions []question) {
	bounds := metrics.BinBounds(t.settings.HistogramBins, p.Low, p.High)
	number := p.terms.Finite(p.terms.Value)
	p.Bins = make(metrics.Bins, len(bounds)-1)
	for i := range p.Bins {
		p.Bins[i].Start, p.Bins[i].End = bounds[i], bounds[i+1]
		conditions := []string{number + " IS NOT NULL"}
		if i > 0 {
			conditions = append(conditions, number+" >= "+t.dialect.Double(bounds[i]))
		}
		if i < len(p.Bins)-1 {
			conditions = append(conditions, number+" < "+t.dialect.Double(bounds[i+1]))
		}
		questions = append(questions, counting("count(CASE WHEN "+strings.Join(conditions, " AND ")+" THEN 1 END)", &p.Bins[i].Count))
	}
	return questions
}
