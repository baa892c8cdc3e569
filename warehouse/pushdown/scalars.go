package pushdown

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// question is an expression of the first statement, and what takes the answer.
type question struct {
	expression string
	take       func(cell) error
}

// askScalars sends the first statement, or several, each for some of the columns.
func (t *table) askScalars(ctx context.Context) error {
	rows := question{"count(*)", func(c cell) (err error) {
		t.rows, err = c.count()
		return err
	}}
	about := [][]question{{rows}}
	for _, c := range t.columns {
		about = append(about, t.scalarsOf(c))
	}
	return t.askAll(ctx, about)
}

// askAll sends as few statements as the limits allow. Questions about one column stay together.
func (t *table) askAll(ctx context.Context, about [][]question) error {
	limits := t.dialect.Limits()
	var questions []question
	size := 0
	for _, asked := range about {
		bytes := 0
		for _, q := range asked {
			bytes += len(q.expression) + len(", ")
		}
		if len(questions) > 1 && (len(questions)+len(asked) > limits.Expressions || size+bytes > limits.Bytes) {
			if err := t.ask(ctx, questions); err != nil {
				return err
			}
			questions, size = nil, 0
		}
		questions, size = append(questions, asked...), size+bytes
	}
	if len(questions) == 0 {
		return nil
	}
	return t.ask(ctx, questions)
}

// ask sends one statement that answers the questions in one row.
func (t *table) ask(ctx context.Context, questions []question) error {
	var expressions []string
	places := map[string]int{} // an expression that several questions ask is sent once
	for _, q := range questions {
		if _, sent := places[q.expression]; !sent {
			places[q.expression] = len(expressions)
			expressions = append(expressions, q.expression)
		}
	}
	answered := false
	err := t.query(ctx, "SELECT "+strings.Join(expressions, ", ")+t.from(), 1, func(row []any) error {
		if len(row) != len(expressions) {
			return fmt.Errorf("%d answers to %d questions", len(row), len(expressions))
		}
		answered = true
		for _, q := range questions {
			if err := q.take(cell{row[places[q.expression]]}); err != nil {
				return fmt.Errorf("%s: %w", q.expression, err)
			}
		}
		return nil
	})
	if err == nil && !answered {
		err = fmt.Errorf("no row came back from %s", t.relation.Table)
	}
	return err
}

// scalarsOf are the questions about a column.
func (t *table) scalarsOf(c *column) (questions []question) {
	for _, p := range c.alternatives() {
		questions = append(questions, t.scalarsOfPart(p)...)
		if sketches, ok := t.dialect.(Sketches); ok {
			questions = append(questions, t.sketchesOf(p, sketches)...)
		}
	}
	return questions
}

// wants reports whether one of the metrics is asked for, and is one of the kind's.
func (t *table) wants(k metrics.Kind, names ...metrics.Name) bool {
	return slices.ContainsFunc(names, func(n metrics.Name) bool { return k.Measures(n) && slices.Contains(t.settings.Metrics, n) })
}

func (t *table) scalarsOfPart(p *part) []question {
	terms, k := p.terms, p.terms.Kind
	questions := []question{
		counting("count("+terms.Present+")", &p.present),
		counting("count("+terms.Value+")", &p.Values),
	}
	if terms.Unless != "" {
		questions = append(questions, counting("count(CASE WHEN "+terms.Unless+" THEN 1 END)", &p.against))
	}
	ask := func(expression string, take func(cell) error) {
		questions = append(questions, question{expression, take})
	}
	countWhere := func(condition string, n *int64) {
		questions = append(questions, counting("count(CASE WHEN "+condition+" THEN 1 END)", n))
	}
	if terms.Below != nil && t.wants(k, metrics.Mean, metrics.StdDev, metrics.Histogram, metrics.Quantiles) {
		countWhere(terms.Below(terms.Value), &p.Below)
		countWhere(terms.Above(terms.Value), &p.Above)
	}
	value := func(into *metrics.Value, number *float64) func(cell) error {
		return func(c cell) (err error) {
			if p.against > 0 { // which is asked before
				return nil
			}
			*into, *number, err = terms.value(c)
			return err
		}
	}
	between := t.wants(k, metrics.Histogram, metrics.Quantiles, metrics.StdDev)
	if !terms.ByNumber && (t.wants(k, metrics.Min, metrics.Max) || between && terms.Below == nil) {
		ask(terms.Text("min("+terms.Value+")"), value(&p.Min, &p.Low))
		ask(terms.Text("max("+terms.Value+")"), value(&p.Max, &p.High))
	}
	if between && (terms.ByNumber || terms.Below != nil) { // numbers need not order as values do, or may be infinite
		ask("min("+terms.Finite(terms.Value)+")", numbering(&p.Low))
		ask("max("+terms.Finite(terms.Value)+")", numbering(&p.High))
	}
	if terms.Mean != "" && t.wants(k, metrics.Mean, metrics.StdDev) {
		ask(terms.Mean, floating(&p.Mean))
	}
	if terms.StdDev != "" && t.wants(k, metrics.StdDev) {
		ask(terms.StdDev, floating(&p.StdDev))
	}
	if t.wants(k, metrics.ZeroCount, metrics.NegativeCount) {
		zero := terms.Zero
		if zero == "" {
			zero = "0"
		}
		countWhere(terms.Value+" = "+zero, &p.Zeros)
		countWhere(terms.Value+" < "+zero, &p.Negatives)
	}
	if t.wants(k, metrics.MinLength, metrics.MaxLength, metrics.AvgLength) {
		questions = append(questions, counting("min("+terms.Length+")", &p.MinLength), counting("max("+terms.Length+")", &p.MaxLength),
			counting("sum("+terms.Length+")", &p.Length))
	}
	if t.wants(k, metrics.EmptyCount) {
		countWhere(terms.Length+" = 0", &p.Empty)
	}
	return questions
}

func counting(expression string, n *int64) question {
	return question{expression, func(c cell) (err error) {
		*n, err = c.count()
		return err
	}}
}

func numbering(x *float64) func(cell) error {
	return func(c cell) (err error) {
		*x, _, err = c.number()
		return err
	}
}

func floating(into *metrics.Value) func(cell) error {
	return func(c cell) error {
		x, ok, err := c.number()
		if ok {
			*into = metrics.Float(x)
		}
		return err
	}
}
