package metrics

// Vectors are dense: they do not tell which row a value belongs to. Where rows have to be told apart, to
// accumulate those of each partition by themselves, a vector also keeps its order.

// place says in which part of a vector the value of a row stands.
type place uint8

const (
	inNulls place = iota
	inInts
	inFloats
	inTexts
	inBlobs
)

// order says where the values of a vector's rows stand, and how many of them each part holds.
type order struct {
	places []place
	held   [inBlobs + 1]int
}

// Mark notes to which part of the vector the value of the row that just ended went. Where it is called for
// every row of a batch, Pick can take rows out of the vector.
func (v *Vector) Mark() {
	o, at := &v.order, inNulls
	switch {
	case len(v.Ints) > o.held[inInts]:
		at = inInts
	case len(v.Floats) > o.held[inFloats]:
		at = inFloats
	case v.Texts.Len() > o.held[inTexts]:
		at = inTexts
	case v.Blobs.Len() > o.held[inBlobs]:
		at = inBlobs
	}
	o.held[at]++
	o.places = append(o.places, at)
}

func (o *order) reset() { *o = order{places: o.places[:0]} }

// Picker takes rows out of one vector after another. It keeps its memory between them.
type Picker struct {
	from  *Vector
	index []int // of each row, in the part where its value stands
	out   Vector
}

// From makes the picker take rows of the vector, of which every row was marked.
func (p *Picker) From(v *Vector) {
	p.from, p.index = v, p.index[:0]
	var next [inBlobs + 1]int
	for _, at := range v.order.places {
		p.index = append(p.index, next[at])
		next[at]++
	}
}

// Pick returns the values of the rows. They are valid until the next call.
func (p *Picker) Pick(rows []int) *Vector {
	v, out := p.from, &p.out
	out.reset()
	for _, row := range rows {
		i := p.index[row]
		switch v.order.places[row] {
		case inNulls:
			out.Nulls++
		case inInts:
			out.Ints = append(out.Ints, v.Ints[i])
		case inFloats:
			out.Floats = append(out.Floats, v.Floats[i])
		case inTexts:
			out.Texts.Append(v.Texts.At(i))
		case inBlobs:
			out.Blobs.Append(v.Blobs.At(i))
		}
	}
	return out
}
