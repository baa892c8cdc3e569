package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// maker draws the values of a column.
type maker struct {
	column metrics.Column
	draw   func(r *rand.Rand, n int, v *metrics.Vector)
}

func floats(next func(r *rand.Rand) float64) maker {
	return maker{metrics.Column{Type: "double precision", Kind: metrics.KindFloat}, func(r *rand.Rand, n int, v *metrics.Vector) {
		for range n {
			v.Floats = append(v.Floats, next(r))
		}
	}}
}

func ints(kind metrics.Kind, declared string, next func(r *rand.Rand) int64) maker {
	return maker{metrics.Column{Type: declared, Kind: kind}, func(r *rand.Rand, n int, v *metrics.Vector) {
		for range n {
			v.Ints = append(v.Ints, next(r))
		}
	}}
}

// key numbers rows, and goes on where the run before ended.
func key() func(*rand.Rand) int64 {
	var last int64
	return func(*rand.Rand) int64 { last++; return last }
}

// texts draws values by the number of one among k, of which small numbers are more frequent the larger skew is.
func texts(k int, skew float64) maker {
	return maker{metrics.Column{Type: "text", Kind: metrics.KindText}, func(r *rand.Rand, n int, v *metrics.Vector) {
		for range n {
			v.Texts.AppendString(fmt.Sprint("value ", int(math.Pow(r.Float64(), skew)*float64(k))))
		}
	}}
}

// withNulls makes a share of the rows null.
func withNulls(m maker, share float64) maker {
	return maker{m.column, func(r *rand.Rand, n int, v *metrics.Vector) {
		for range n {
			if r.Float64() < share {
				v.Nulls++
			}
		}
		m.draw(r, n-v.Nulls, v)
	}}
}

var day = time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC)

// mixed are columns of every sort, each of one distribution for ever.
func mixed() []maker {
	normal := floats((*rand.Rand).NormFloat64)
	return []maker{
		normal,
		floats(func(r *rand.Rand) float64 { return math.Exp(1.5 * r.NormFloat64()) }),
		floats(func(r *rand.Rand) float64 { return r.NormFloat64() / r.NormFloat64() }), // Cauchy: has no mean
		floats(func(r *rand.Rand) float64 { return r.ExpFloat64() }),
		ints(metrics.KindInteger, "integer", func(r *rand.Rand) int64 { return int64(r.IntN(6)) }),
		ints(metrics.KindInteger, "integer", func(r *rand.Rand) int64 { return int64(r.ExpFloat64() * 30) }),
		texts(3, 1), texts(3, 4), texts(50, 1), texts(50, 3), texts(5000, 1), texts(5000, 3),
		withNulls(normal, 0.002), withNulls(texts(3, 2), 0.02), withNulls(normal, 0.3),
		ints(metrics.KindBoolean, "boolean", func(r *rand.Rand) int64 { return int64(r.IntN(2)) }),
		ints(metrics.KindBoolean, "boolean", func(r *rand.Rand) int64 { return int64(r.IntN(100) / 99) }),
		ints(metrics.KindTimestamp, "timestamp", func(r *rand.Rand) int64 { return day.UnixMicro() + r.Int64N(86_400_000_000) }),
		ints(metrics.KindInteger, "bigint", key()),
		floats(func(r *rand.Rand) float64 { return math.Round(r.NormFloat64()*100) / 100 }),
	}
}

// profile draws n rows of the columns.
func profile(r *rand.Rand, makers []maker, n int) *metrics.TableProfile {
	var columns []metrics.Column
	for i, m := range makers {
		m.column.Name = fmt.Sprint("c", i)
		columns = append(columns, m.column)
	}
	a := metrics.NewTableAccumulator(columns, metrics.DefaultSettings())
	const batch = 10_000
	for done := 0; done < n; done += batch {
		size := min(batch, n-done)
		b := metrics.Batch{Rows: size}
		for _, m := range makers {
			var v metrics.Vector
			m.draw(r, size, &v)
			b.Vectors = append(b.Vectors, v)
		}
		if err := a.Add(&b); err != nil {
			panic(err)
		}
	}
	return a.Profile()
}
