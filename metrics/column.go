package metrics

import "cmp"

// columnAccumulator measures one column. Each form that the column's values come in has an
// accumulator of its own, made when the first such value arrives: a column of an engine with static
// types has one, a column of SQLite may have several.
type columnAccumulator struct {
	column   Column
	settings Settings
	nulls    int64
	sample   typeSample
	numbers  *numbers
	texts    *texts
	blobs    *texts
}

func newColumnAccumulator(c Column, s Settings) *columnAccumulator {
	return &columnAccumulator{column: c, settings: s}
}

func (a *columnAccumulator) add(v *Vector) {
	a.nulls += int64(v.Nulls)
	if !a.sample.full() {
		a.sample.add(v, a.column)
	}
	if len(v.Floats) > 0 {
		a.numbersOf(floatForm).addFloats(v.Floats)
	}
	if len(v.Ints) > 0 {
		a.numbersOf(a.integerForm()).addInts(v.Ints)
	}
	if v.Texts.Len() > 0 {
		if a.texts == nil {
			a.texts = newTexts(textFormOf(a.column), a.settings.ColumnBudget)
		}
		a.texts.add(&v.Texts)
	}
	if v.Blobs.Len() > 0 {
		if a.blobs == nil {
			a.blobs = newTexts(blobForm, a.settings.ColumnBudget)
		}
		a.blobs.add(&v.Blobs)
	}
}

// numbersOf returns the accumulator of numbers, which a first floating-point number makes one of
// floating-point numbers: 1 and 1.0 are one value.
func (a *columnAccumulator) numbersOf(f *form) *numbers {
	if a.numbers == nil {
		a.numbers = newNumbers(f, a.column.Dynamic, a.settings.ColumnBudget)
	}
	if f.float {
		a.numbers.toFloats()
	}
	return a.numbers
}

// merge accumulates what other, of the same column, holds; other must not be used afterwards.
func (a *columnAccumulator) merge(other *columnAccumulator) {
	a.nulls += other.nulls
	a.sample.merge(other.sample)
	switch {
	case other.numbers == nil:
	case a.numbers == nil:
		a.numbers = other.numbers
	default:
		if a.numbers.form.float || other.numbers.form.float {
			a.numbers.toFloats()
			other.numbers.toFloats()
		}
		a.numbers.merge(other.numbers)
	}
	a.texts = mergedTexts(a.texts, other.texts)
	a.blobs = mergedTexts(a.blobs, other.blobs)
}

func mergedTexts(a, b *texts) *texts {
	switch {
	case a == nil:
		return b
	case b != nil:
		a.merge(b)
	}
	return a
}

// integerForm returns what the column's whole numbers stand for. Where types are dynamic, a number
// in a column declared as a date is no more than a number: its unit is anybody's guess.
func (a *columnAccumulator) integerForm() *form {
	if a.column.Dynamic {
		return integerForm
	}
	return formOf(a.column.Kind)
}

// part is one form's share of a column: numbers, texts or binaries.
type part interface {
	count() int64
	distinctCount() (int64, float64)
	top(n int) ([]ValueCount, float64)
}

func (a *columnAccumulator) profile(rows int64) ColumnProfile {
	defer a.undecide(a.forms())
	kind, main := a.decide()
	p := ColumnProfile{
		Name: a.column.Name, Type: a.column.Type, Kind: kind, Nullable: a.column.Nullable,
		Metrics:   map[Name]Value{},
		Estimates: map[Name]float64{},
	}
	for _, part := range a.parts() {
		if part != main {
			p.OtherKindCount += part.count()
		}
	}
	m := measures{kind: kind, settings: a.settings, profile: &p}
	m.counts(rows, a.nulls)
	m.distinct(rows, a.parts())
	m.set(InferredType, a.sample.infer(a.settings.TypeSample))
	switch main := main.(type) {
	case *numbers:
		main.measure(&m)
	case *texts:
		main.measure(&m)
	default:
		m.nothing()
	}
	return p
}

// forms returns how numbers and texts are read, which decide may narrow for one profile.
func (a *columnAccumulator) forms() (n *form, t *textForm) {
	if a.numbers != nil {
		n = a.numbers.form
	}
	if a.texts != nil {
		t = a.texts.form
	}
	return n, t
}

func (a *columnAccumulator) undecide(n *form, t *textForm) {
	if a.numbers != nil {
		a.numbers.form = n
	}
	if a.texts != nil {
		a.texts.form, a.texts.read = t, nil
	}
}

func (a *columnAccumulator) parts() []part {
	var parts []part
	if a.numbers != nil {
		parts = append(parts, a.numbers)
	}
	if a.texts != nil {
		parts = append(parts, a.texts)
	}
	if a.blobs != nil {
		parts = append(parts, a.blobs)
	}
	return parts
}

// decide returns the column's kind and the part that holds its values. Under static types that is
// the declared kind. Under dynamic types the most frequent form wins, the declared one at a tie.
func (a *columnAccumulator) decide() (Kind, part) {
	var main part
	for _, p := range a.parts() {
		better := 1
		if main != nil {
			better = cmp.Compare(p.count(), main.count())
		}
		if better > 0 || better == 0 && a.declares(p) {
			main = p
		}
	}
	if main == nil || !a.column.Dynamic {
		return a.column.Kind, main
	}
	switch declared := a.column.Kind; main {
	case part(a.numbers):
		switch {
		case a.numbers.form.float:
			return KindFloat, main
		case declared == KindBoolean && a.numbers.within(0, 1):
			a.numbers.form = booleanForm
			return KindBoolean, main
		}
		return KindInteger, main
	case part(a.texts):
		switch {
		case declared.Temporal() && a.texts.readAll(), declared == KindJSON, declared == KindUUID:
			return declared, main
		}
		a.texts.toPlain()
		return KindText, main
	default:
		return KindBytes, main
	}
}

// declares reports whether the part holds values of the column's declared kind.
func (a *columnAccumulator) declares(p part) bool {
	switch k := a.column.Kind; k {
	case KindText, KindJSON, KindUUID, KindDate, KindTime, KindTimestamp:
		return p == part(a.texts)
	case KindBytes:
		return p == part(a.blobs)
	default:
		return p == part(a.numbers)
	}
}
