package pipes

// jsonText is JSON under construction. It puts the commas: every member and element goes through its methods, or is
// appended right after key.
type jsonText []byte

// open begins an object or a list.
func (t *jsonText) open(bracket byte) {
	t.separate()
	*t = append(*t, bracket)
}

func (t *jsonText) close(bracket byte) { *t = append(*t, bracket) }

// key begins a member of an object.
func (t *jsonText) key(name string) {
	t.separate()
	*t = append(appendString(*t, name), ':')
}

func (t *jsonText) string(s string) {
	t.separate()
	*t = appendString(*t, s)
}

func (t *jsonText) raw(json string) {
	t.separate()
	*t = append(*t, json...)
}

func (t *jsonText) strings(list []string) {
	t.open('[')
	for _, s := range list {
		t.string(s)
	}
	t.close(']')
}

// separate appends a comma where an element or member precedes. A string cannot mislead it: it ends in a quote.
func (t *jsonText) separate() {
	if len(*t) == 0 {
		return
	}
	switch (*t)[len(*t)-1] {
	case '{', '[', ':', ',':
	default:
		*t = append(*t, ',')
	}
}
