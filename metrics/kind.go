package metrics

// Kind is the family that a column's values belong to; it decides which metrics the column has.
type Kind string

// The kinds. A column that holds nothing but nulls keeps the kind that its declared type implies,
// or KindUnknown where the type implies none.
const (
	KindInteger   Kind = "integer"
	KindFloat     Kind = "float"
	KindDecimal   Kind = "decimal"
	KindText      Kind = "text"
	KindBoolean   Kind = "boolean"
	KindDate      Kind = "date"
	KindTime      Kind = "time"
	KindTimestamp Kind = "timestamp"
	KindBytes     Kind = "bytes"
	KindJSON      Kind = "json"
	KindUUID      Kind = "uuid"
	KindUnknown   Kind = "unknown"
)

// Kinds lists the kinds.
func Kinds() []Kind {
	return []Kind{
		KindInteger, KindFloat, KindDecimal, KindText, KindBoolean, KindDate, KindTime, KindTimestamp, KindBytes, KindJSON, KindUUID, KindUnknown,
	}
}

// Numeric reports whether the kind has a mean and a standard deviation.
func (k Kind) Numeric() bool { return k == KindInteger || k == KindFloat || k == KindDecimal }

// Temporal reports whether the kind's values are points in time or times of day.
func (k Kind) Temporal() bool { return k == KindDate || k == KindTime || k == KindTimestamp }

// HasLength reports whether the kind's values have a length.
func (k Kind) HasLength() bool { return k == KindText || k == KindBytes || k == KindJSON }

// Measures reports whether a column of this kind has the metric.
func (k Kind) Measures(n Name) bool {
	switch n {
	case Count, NullCount, NullRatio, DistinctCount, UniqueRatio, ApproxDistinctCount, TopValues, InferredType:
		return true
	case Min, Max:
		return k != KindJSON && k != KindUnknown
	case Mean, StdDev, ZeroCount, NegativeCount:
		return k.Numeric()
	case Histogram, Quantiles:
		return k.Numeric() || k.Temporal()
	case MinLength, MaxLength, AvgLength:
		return k.HasLength()
	case EmptyCount:
		return k == KindText || k == KindBytes
	case NaNCount:
		return k == KindFloat || k == KindDecimal
	default:
		return false
	}
}
