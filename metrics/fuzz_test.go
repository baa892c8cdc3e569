package metrics

import (
	"testing"
)

// FuzzBinaryForm: no bytes make reading, measuring or merging panic, hang or ask for much memory.
func FuzzBinaryForm(f *testing.F) {
	for _, kind := range []Kind{KindInteger, KindFloat, KindDecimal, KindText, KindBytes, KindTimestamp, KindDate} {
		for _, budget := range []int{1, 1 << 10, DefaultColumnBudget} {
			s := DefaultSettings()
			s.ColumnBudget = budget
			a := NewTableAccumulator([]Column{{Name: "c", Kind: kind, Dynamic: kind == KindDate}}, s)
			b := Batch{Vectors: make([]Vector, 1)}
			v := &b.Vectors[0]
			for i := range 500 {
				switch kind {
				case KindFloat:
					v.Floats = append(v.Floats, float64(i)/3)
				case KindDecimal:
					v.Texts.AppendString("12." + string(rune('0'+i%10)))
				case KindText, KindDate:
					v.Texts.AppendString("2013-01-0" + string(rune('0'+i%500)))
				case KindBytes:
					v.Blobs.Append([]byte{byte(i), byte(i >> 8)})
				default:
					v.Ints = append(v.Ints, int64(i*i))
				}
			}
			b.Rows = 500
			if err := a.Add(&b); err != nil {
				f.Fatal(err)
			}
			data, err := a.MarshalBinary()
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data[1:len(data)-8], data[1:len(data)-8])
		}
	}
	f.Fuzz(func(t *testing.T, one, two []byte) {
		var a, b TableAccumulator
		if a.unmarshal(one) != nil { // past the checksum, which a fuzzer would not guess
			return
		}
		a.Profile()
		if b.unmarshal(two) != nil || a.Merge(&b) != nil {
			return
		}
		a.Profile()
		if _, err := a.MarshalBinary(); err != nil {
			t.Error(err)
		}
	})
}
