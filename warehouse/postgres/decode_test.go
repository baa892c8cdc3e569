package postgres

import (
	"encoding/hex"
	"math"
	"testing"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// values has a value of each type that is read in binary, as the server sends it.
func values(t testing.TB) map[uint32][]byte {
	eight := bigEndian(0x0102030405060708)
	return map[uint32][]byte{
		pgtype.BoolOID: {1}, pgtype.Int2OID: eight[:2], pgtype.Int4OID: eight[:4], pgtype.Int8OID: eight, pgtype.OIDOID: eight[:4],
		pgtype.Float4OID: eight[:4], pgtype.Float8OID: eight, pgtype.NumericOID: encodeNumeric(t, "-12345678901234567890.0123456789"),
		pgtype.TextOID: []byte("żółć"), pgtype.VarcharOID: []byte("v"), pgtype.BPCharOID: []byte("c  "), pgtype.NameOID: []byte("n"),
		pgtype.JSONOID: []byte("{}"), pgtype.JSONBOID: []byte("{}"), pgtype.UUIDOID: make([]byte, 16), pgtype.DateOID: eight[:4],
		pgtype.TimeOID: eight, pgtype.TimetzOID: append(eight, 0, 0, 0, 7), pgtype.TimestampOID: eight, pgtype.TimestamptzOID: eight,
		pgtype.ByteaOID: eight,
	}
}

func TestDecodingAllocatesNothing(t *testing.T) {
	samples := values(t)
	for oid, d := range decoders {
		value, ok := samples[oid]
		if !ok {
			t.Errorf("there is no value of type %d to test with", oid)
			continue
		}
		batch := metrics.Batch{Vectors: make([]metrics.Vector, 1)}
		allocations := testing.AllocsPerRun(100, func() {
			batch.Reset()
			if err := d.decode(value, &batch.Vectors[0]); err != nil {
				t.Fatal(err)
			}
		})
		if allocations > 0 {
			t.Errorf("type %d: %g allocations a value", oid, allocations)
		}
	}
}

func TestAValueOfAnotherLengthIsAnError(t *testing.T) {
	for oid, value := range values(t) {
		switch decoders[oid].kind {
		case metrics.KindText, metrics.KindJSON, metrics.KindBytes:
			continue // which have any length
		}
		if _, ok := one(t, decoders[oid], value[:len(value)-1]); ok {
			t.Errorf("type %d reads % x", oid, value[:len(value)-1])
		}
	}
}

func TestTheLastTimestampsThatPostgresHasDoNotOverflow(t *testing.T) {
	var v metrics.Vector
	const last = 9223371331199999999 // 294276-12-31 23:59:59.999999
	for _, micros := range []int64{last, math.MaxInt64 - epochMicros, math.MaxInt64 - epochMicros - 1, math.MaxInt64 - epochMicros - 2} {
		if err := decodeTimestamp(bigEndian(micros), &v); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range []int64{math.MaxInt64 - 1, math.MaxInt64 - 1, math.MaxInt64 - 1, math.MaxInt64 - 2} {
		if v.Ints[i] != want {
			t.Errorf("the moment %d became %d, want %d", i, v.Ints[i], want)
		}
	}
}

func TestNumericsThatNoServerSends(t *testing.T) {
	for name, text := range map[string]string{
		"a digit beyond 9999":  "0001000000000000" + "2710",
		"a sign that is none":  "0001000012340000" + "0001",
		"fewer digits than it": "0002000000000000" + "0001",
		"no header":            "00010000",
	} {
		b, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		if v, ok := one(t, decoders[pgtype.NumericOID], b); ok {
			t.Errorf("%s is read as %s", name, v.Texts.At(0))
		}
	}
}
