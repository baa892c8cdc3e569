package postgres

import (
	"encoding/binary"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/baselinr/baselinr-pipes/metrics"
)

func bigEndian(i int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(i)) }

// one returns the only value that decode made of b, or false where it refused it.
func one(t *testing.T, d decoder, b []byte) (metrics.Vector, bool) {
	t.Helper()
	var v metrics.Vector
	err := d.decode(b, &v)
	n := v.Nulls + len(v.Ints) + len(v.Floats) + v.Texts.Len() + v.Blobs.Len()
	if err == nil && n != 1 || err != nil && n != 0 {
		t.Fatalf("%d values of % x, and error %v", n, b, err)
	}
	return v, err == nil
}

func FuzzDecoders(f *testing.F) {
	oids := []uint32{pgtype.XMLOID}
	for oid := range decoders {
		oids = append(oids, oid)
	}
	f.Add([]byte{})
	f.Add([]byte{1})
	f.Add([]byte{0, 1, 0, 0, 0, 0, 0, 0, 0, 7})
	f.Add(make([]byte, 16))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, oid := range oids {
			one(t, decoderOf(oid), b)
		}
	})
}

// FuzzNumericBytes holds what is made of any bytes against the sum of the digits, and against pgx.
func FuzzNumericBytes(f *testing.F) {
	for _, text := range []string{"0", "-1", "0.00001", "12345678901234567890.5", "1e100", "-9.99e-50", "NaN", "Infinity", "-Infinity"} {
		f.Add(encodeNumeric(f, text))
	}
	f.Add([]byte{0, 1, 0x7f, 0xff, 0x40, 0, 0, 0, 0, 1})
	f.Add([]byte{0, 0, 0x80, 0, 0x40, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		v, ok := one(t, decoders[pgtype.NumericOID], b)
		if !ok {
			return
		}
		got := string(v.Texts.At(0))
		if strings.HasSuffix(got, "NaN") || strings.HasSuffix(got, "Infinity") {
			if want := pgxNumeric(t, b); got != want {
				t.Errorf("% x is %s, want %s", b, got, want)
			}
			return
		}
		checkCanonical(t, got)
		n, weight, scale := int(binary.BigEndian.Uint16(b)), int(int16(binary.BigEndian.Uint16(b[2:]))), int(binary.BigEndian.Uint16(b[6:]))
		sum := new(big.Int)
		for i := range n {
			sum.Mul(sum, big.NewInt(10_000))
			sum.Add(sum, big.NewInt(int64(binary.BigEndian.Uint16(b[8+2*i:]))))
		}
		if binary.BigEndian.Uint16(b[4:]) == numericNegative {
			sum.Neg(sum)
		}
		want := numericValue(pgtype.Numeric{Int: sum, Exp: int32(4 * (weight + 1 - n))})
		if rational(t, got) != want {
			t.Errorf("% x is %.100s, want %.100s", b, got, want)
		}
		// pgx cuts digits beyond the scale, of which a server sends none.
		if 4*(n-1-weight) <= scale {
			if other := pgxNumeric(t, b); other != want {
				t.Errorf("% x is %.100s, but pgx says %.100s", b, got, other)
			}
		}
	})
}

func pgxNumeric(t *testing.T, b []byte) string {
	t.Helper()
	var n pgtype.Numeric
	if err := (pgtype.NumericCodec{}).PlanScan(nil, pgtype.NumericOID, pgx.BinaryFormatCode, &n).Scan(b, &n); err != nil {
		t.Fatalf("% x: pgx: %v", b, err)
	}
	return numericValue(n)
}

// FuzzNumericText encodes any decimal as the server would, and reads it back.
func FuzzNumericText(f *testing.F) {
	for _, text := range []string{"0", "-0.0", "10000", "0.0001", "99999999999999999999.99999999999", "-1e30", "1.50", "123456789012345678901234567890.000100"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsAny(text, "xXpP_/oObB") || len(text) > 200 {
			return // big.Rat reads more than decimals
		}
		if i := strings.IndexAny(text, "eE"); i >= 0 && len(text)-i > 5 {
			return
		}
		want, ok := new(big.Rat).SetString(text)
		if !ok {
			return
		}
		encoded := encodeNumeric(t, text)
		if encoded == nil {
			return
		}
		v, ok := one(t, decoders[pgtype.NumericOID], encoded)
		if !ok {
			t.Fatalf("%s, encoded as % x, is refused", text, encoded)
		}
		got := string(v.Texts.At(0))
		checkCanonical(t, got)
		if rational(t, got) != want.RatString() {
			t.Errorf("%s became %s", text, got)
		}
	})
}

// encodeNumeric returns nil where pgx cannot read the text or encode the number.
func encodeNumeric(t testing.TB, text string) []byte {
	t.Helper()
	var n pgtype.Numeric
	if n.Scan(text) != nil {
		return nil
	}
	plan := (pgtype.NumericCodec{}).PlanEncode(nil, pgtype.NumericOID, pgx.BinaryFormatCode, n)
	encoded, err := plan.Encode(n, nil)
	if err != nil {
		return nil
	}
	return encoded
}

func numericValue(n pgtype.Numeric) string {
	switch {
	case n.NaN:
		return "NaN"
	case n.InfinityModifier == pgtype.Infinity:
		return "Infinity"
	case n.InfinityModifier == pgtype.NegativeInfinity:
		return "-Infinity"
	}
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(n.Exp, -n.Exp))), nil)
	if n.Exp < 0 {
		return new(big.Rat).SetFrac(n.Int, scale).RatString()
	}
	return new(big.Rat).SetInt(scale.Mul(scale, n.Int)).RatString()
}

// rational reads a decimal exactly, so that two ways to write a number compare equal.
func rational(t *testing.T, text string) string {
	t.Helper()
	if strings.HasSuffix(text, "NaN") || strings.HasSuffix(text, "Infinity") {
		return text
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatalf("%q is no number", text)
	}
	return r.RatString()
}

// checkCanonical checks that a number has one text: equal values must be counted as one.
func checkCanonical(t *testing.T, text string) {
	t.Helper()
	digits := strings.TrimPrefix(text, "-")
	whole, fraction, dotted := strings.Cut(digits, ".")
	if text == "-0" || len(whole) > 1 && whole[0] == '0' || dotted && (fraction == "" || strings.HasSuffix(fraction, "0")) {
		t.Errorf("%s is not in canonical form", text)
	}
}

func FuzzUUID(f *testing.F) {
	f.Add(make([]byte, 16))
	f.Add([]byte("0123456789abcdef"))
	f.Fuzz(func(t *testing.T, b []byte) {
		v, ok := one(t, decoders[pgtype.UUIDOID], b)
		want, err := uuid.FromBytes(b)
		if ok != (err == nil) || ok && string(v.Texts.At(0)) != want.String() {
			t.Errorf("% x became %q, want %s, %v", b, v.Texts.At(0), want, err)
		}
	})
}

// FuzzText holds that a text arrives as it is, whatever its bytes.
func FuzzText(f *testing.F) {
	f.Add([]byte("żółć"))
	f.Add([]byte("\x00\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, oid := range []uint32{pgtype.TextOID, pgtype.JSONBOID, pgtype.InetOID} {
			if v, ok := one(t, decoderOf(oid), b); !ok || string(v.Texts.At(0)) != string(b) {
				t.Errorf("%q became %q", b, v.Texts.At(0))
			}
		}
		if v, ok := one(t, decoderOf(pgtype.ByteaOID), b); !ok || string(v.Blobs.At(0)) != string(b) {
			t.Errorf("%q became %q", b, v.Blobs.At(0))
		}
	})
}

// FuzzTimes holds days, moments and times of day against what pgx makes of the same bytes.
func FuzzTimes(f *testing.F) {
	f.Add(int64(0), int32(0))
	f.Add(int64(math.MaxInt64), int32(-3600))
	f.Add(int64(math.MinInt64), int32(3600))
	f.Add(int64(86_400_000_000), int32(57599))
	f.Add(int64(9223371331199999999), int32(0))
	f.Fuzz(func(t *testing.T, whole int64, half int32) {
		days := binary.BigEndian.AppendUint32(nil, uint32(half))
		v, _ := one(t, decoders[pgtype.DateOID], days)
		var date pgtype.Date
		if pgxReads(pgtype.DateCodec{}, pgtype.DateOID, days, &date) {
			checkMoment(t, v.Ints[0], date.InfinityModifier, date.Time, 24*time.Hour)
		}

		v, _ = one(t, decoders[pgtype.TimestampOID], bigEndian(whole))
		var timestamp pgtype.Timestamp
		if pgxReads(&pgtype.TimestampCodec{}, pgtype.TimestampOID, bigEndian(whole), &timestamp) && v.Ints[0] != math.MaxInt64-1 {
			checkMoment(t, v.Ints[0], timestamp.InfinityModifier, timestamp.Time, time.Microsecond)
		}

		withZone := binary.BigEndian.AppendUint32(bigEndian(whole), uint32(half))
		v, _ = one(t, decoders[pgtype.TimetzOID], withZone)
		want := new(big.Int).Add(big.NewInt(whole), big.NewInt(int64(half)*1e6))
		want.Mod(want, big.NewInt(dayMicros))
		if v.Ints[0] != want.Int64() {
			t.Errorf("%d µs, %d s west, became %d µs in UTC, want %d", whole, half, v.Ints[0], want)
		}
	})
}

// pgxReads reports whether pgx reads the bytes; it refuses points in time that PostgreSQL does not have.
func pgxReads(codec pgtype.Codec, oid uint32, b []byte, target any) bool {
	return codec.PlanScan(pgtype.NewMap(), oid, pgx.BinaryFormatCode, target).Scan(b, target) == nil
}

func checkMoment(t *testing.T, got int64, infinity pgtype.InfinityModifier, moment time.Time, unit time.Duration) {
	t.Helper()
	switch infinity {
	case pgtype.Infinity:
		if got != metrics.Infinity {
			t.Errorf("infinity became %d", got)
		}
	case pgtype.NegativeInfinity:
		if got != metrics.NegativeInfinity {
			t.Errorf("-infinity became %d", got)
		}
	default:
		want := moment.UnixMicro()
		if unit == 24*time.Hour {
			want = moment.Unix() / 86400
		}
		if got != want {
			t.Errorf("%s became %d, want %d", moment, got, want)
		}
	}
}
