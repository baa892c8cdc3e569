package postgres

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// decoder reads the values of one type from the protocol into a vector.
type decoder struct {
	kind   metrics.Kind
	format int16 // in which the server sends them: pgx.BinaryFormatCode or pgx.TextFormatCode
	decode func(value []byte, v *metrics.Vector) error
}

var errLength = errors.New("a value of unexpected length from the server")

// decoders are the types that are read in binary; every other type is read as the text that it prints as.
var decoders = map[uint32]decoder{
	pgtype.BoolOID: {metrics.KindBoolean, pgx.BinaryFormatCode, func(b []byte, v *metrics.Vector) error {
		if len(b) != 1 {
			return errLength
		}
		v.Ints = append(v.Ints, int64(b[0]))
		return nil
	}},
	pgtype.Int2OID:        {metrics.KindInteger, pgx.BinaryFormatCode, decodeInteger},
	pgtype.Int4OID:        {metrics.KindInteger, pgx.BinaryFormatCode, decodeInteger},
	pgtype.Int8OID:        {metrics.KindInteger, pgx.BinaryFormatCode, decodeInteger},
	pgtype.OIDOID:         {metrics.KindInteger, pgx.BinaryFormatCode, decodeOID},
	pgtype.Float4OID:      {metrics.KindFloat, pgx.BinaryFormatCode, decodeFloat},
	pgtype.Float8OID:      {metrics.KindFloat, pgx.BinaryFormatCode, decodeFloat},
	pgtype.NumericOID:     {metrics.KindDecimal, pgx.BinaryFormatCode, decodeNumeric},
	pgtype.TextOID:        {metrics.KindText, pgx.BinaryFormatCode, decodeText},
	pgtype.VarcharOID:     {metrics.KindText, pgx.BinaryFormatCode, decodeText},
	pgtype.BPCharOID:      {metrics.KindText, pgx.BinaryFormatCode, decodeText},
	pgtype.NameOID:        {metrics.KindText, pgx.BinaryFormatCode, decodeText},
	pgtype.JSONOID:        {metrics.KindJSON, pgx.TextFormatCode, decodeText},
	pgtype.JSONBOID:       {metrics.KindJSON, pgx.TextFormatCode, decodeText},
	pgtype.UUIDOID:        {metrics.KindUUID, pgx.BinaryFormatCode, decodeUUID},
	pgtype.DateOID:        {metrics.KindDate, pgx.BinaryFormatCode, decodeDate},
	pgtype.TimeOID:        {metrics.KindTime, pgx.BinaryFormatCode, decodeInteger},
	pgtype.TimetzOID:      {metrics.KindTime, pgx.BinaryFormatCode, decodeTimeWithZone},
	pgtype.TimestampOID:   {metrics.KindTimestamp, pgx.BinaryFormatCode, decodeTimestamp},
	pgtype.TimestamptzOID: {metrics.KindTimestamp, pgx.BinaryFormatCode, decodeTimestamp},
	pgtype.ByteaOID: {metrics.KindBytes, pgx.BinaryFormatCode, func(b []byte, v *metrics.Vector) error {
		v.Blobs.Append(b)
		return nil
	}},
}

func decoderOf(oid uint32) decoder {
	if d, ok := decoders[oid]; ok {
		return d
	}
	return decoder{metrics.KindText, pgx.TextFormatCode, decodeText}
}

func decodeInteger(b []byte, v *metrics.Vector) error {
	switch len(b) {
	case 2:
		v.Ints = append(v.Ints, int64(int16(binary.BigEndian.Uint16(b))))
	case 4:
		v.Ints = append(v.Ints, int64(int32(binary.BigEndian.Uint32(b))))
	case 8:
		v.Ints = append(v.Ints, int64(binary.BigEndian.Uint64(b)))
	default:
		return errLength
	}
	return nil
}

// decodeOID reads an object identifier: 32 bits without a sign.
func decodeOID(b []byte, v *metrics.Vector) error {
	if len(b) != 4 {
		return errLength
	}
	v.Ints = append(v.Ints, int64(binary.BigEndian.Uint32(b)))
	return nil
}

func decodeFloat(b []byte, v *metrics.Vector) error {
	switch len(b) {
	case 4:
		v.Floats = append(v.Floats, float64(math.Float32frombits(binary.BigEndian.Uint32(b))))
	case 8:
		v.Floats = append(v.Floats, math.Float64frombits(binary.BigEndian.Uint64(b)))
	default:
		return errLength
	}
	return nil
}

func decodeText(b []byte, v *metrics.Vector) error {
	v.Texts.Append(b)
	return nil
}

func decodeUUID(b []byte, v *metrics.Vector) error {
	if len(b) != 16 {
		return errLength
	}
	var text [36]byte
	hex.Encode(text[0:8], b[0:4])
	hex.Encode(text[9:13], b[4:6])
	hex.Encode(text[14:18], b[6:8])
	hex.Encode(text[19:23], b[8:10])
	hex.Encode(text[24:36], b[10:16])
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
	v.Texts.Append(text[:])
	return nil
}

// PostgreSQL counts days and microseconds from 2000-01-01.
const (
	epochDays   = 10957
	epochMicros = epochDays * 86400 * 1e6
)

func decodeDate(b []byte, v *metrics.Vector) error {
	if len(b) != 4 {
		return errLength
	}
	days := int64(int32(binary.BigEndian.Uint32(b)))
	switch days {
	case math.MaxInt32:
		days = metrics.Infinity
	case math.MinInt32:
		days = metrics.NegativeInfinity
	default:
		days += epochDays
	}
	v.Ints = append(v.Ints, days)
	return nil
}

// decodeTimestamp reads microseconds. Those that only fit in an int64 from 2000 on, of the years after
// 294246, become the last moment that fits from 1970 on.
func decodeTimestamp(b []byte, v *metrics.Vector) error {
	if len(b) != 8 {
		return errLength
	}
	micros := int64(binary.BigEndian.Uint64(b))
	switch {
	case micros == math.MaxInt64 || micros == math.MinInt64: // infinity, whose value metrics shares
	case micros >= math.MaxInt64-epochMicros:
		micros = math.MaxInt64 - 1
	default:
		micros += epochMicros
	}
	v.Ints = append(v.Ints, micros)
	return nil
}

const dayMicros = 86400 * 1e6

// decodeTimeWithZone reads a time of day and the seconds that its zone is west of UTC, as the time of day
// in UTC.
func decodeTimeWithZone(b []byte, v *metrics.Vector) error {
	if len(b) != 12 {
		return errLength
	}
	micros := int64(binary.BigEndian.Uint64(b)) % dayMicros
	west := int64(int32(binary.BigEndian.Uint32(b[8:])))
	utc := (micros + west*1e6) % dayMicros
	if utc < 0 {
		utc += dayMicros
	}
	v.Ints = append(v.Ints, utc)
	return nil
}
