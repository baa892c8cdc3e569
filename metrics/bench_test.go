package metrics

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// BenchmarkColumn tells what a value of a column costs, and that it allocates nothing, once the memory
// that the column keeps has been made.
func BenchmarkColumn(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	streams := []struct {
		name string
		kind Kind
		fill func(v *Vector, i int)
	}{
		{"integers, 12 distinct", KindInteger, func(v *Vector, i int) { v.Ints = append(v.Ints, random.Int64N(12)) }},
		{"integers, 1,000 distinct", KindInteger, func(v *Vector, i int) { v.Ints = append(v.Ints, random.Int64N(1000)) }},
		{"integers, 100,000 distinct", KindInteger, func(v *Vector, i int) { v.Ints = append(v.Ints, random.Int64N(100_000)) }},
		{"integers, rising", KindInteger, func(v *Vector, i int) { v.Ints = append(v.Ints, int64(i)) }},
		{"integers, random", KindInteger, func(v *Vector, i int) { v.Ints = append(v.Ints, random.Int64()) }},
		{"floats, random", KindFloat, func(v *Vector, i int) { v.Floats = append(v.Floats, random.NormFloat64()) }},
		{"timestamps, rising", KindTimestamp, func(v *Vector, i int) { v.Ints = append(v.Ints, 1_700_000_000_000_000+int64(i)*1000) }},
		{"texts, 12 distinct", KindText, func(v *Vector, i int) { v.Texts.AppendString(fmt.Sprintf("carrier-%d", random.IntN(12))) }},
		{"texts, 4,000 distinct", KindText, func(v *Vector, i int) { v.Texts.AppendString(fmt.Sprintf("N%dUA", random.IntN(4000))) }},
		{"texts, random", KindText, func(v *Vector, i int) { v.Texts.AppendString(fmt.Sprintf("value-%016x", random.Uint64())) }},
		{"decimals, random", KindDecimal, func(v *Vector, i int) {
			v.Texts.AppendString(fmt.Sprintf("%d.%02d", random.IntN(1e9), random.IntN(100)))
		}},
	}
	for _, s := range streams {
		b.Run(s.name, func(b *testing.B) {
			const rows = 1 << 20
			batches := make([]Batch, rows/1024)
			for i := range batches {
				batches[i] = Batch{Rows: 1024, Vectors: make([]Vector, 1)}
				for j := range 1024 {
					s.fill(&batches[i].Vectors[0], i*1024+j)
				}
			}
			a := NewTableAccumulator([]Column{{Kind: s.kind}}, DefaultSettings())
			for i := range batches { // until the memory is made
				_ = a.Add(&batches[i])
			}
			b.ReportAllocs()
			b.ResetTimer()
			for i := 0; i < b.N; i += 1024 {
				_ = a.Add(&batches[i/1024%len(batches)])
			}
		})
	}
}
