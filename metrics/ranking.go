package metrics

import "slices"

// ranking keeps the first n of the items that it is offered, in the order of before.
type ranking[T any] struct {
	n      int
	before func(a, b T) bool
	items  []T
}

func newRanking[T any](n int, before func(a, b T) bool) *ranking[T] {
	return &ranking[T]{n: n, before: before}
}

func (r *ranking[T]) offer(item T) {
	if len(r.items) == r.n && (r.n == 0 || !r.before(item, r.items[r.n-1])) {
		return
	}
	at := len(r.items)
	for at > 0 && r.before(item, r.items[at-1]) {
		at--
	}
	r.items = slices.Insert(r.items[:min(len(r.items), r.n-1)], at, item)
}
