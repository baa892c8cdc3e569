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
	common common
}

// common marks the types that most columns are of: the loop over rows decodes them itself, which saves a
// call a value.
type common uint8

const (
	otherType common = iota
	integers64
	integers32
	floats64
	characters
)

var errLength = errors.New("a value of unexpected length from the server")

// decoders are the types that are read in binary; every other type is read as the text that it prints as.
var decoders = map[uint32]decoder{
	pgtype.BoolOID: {metrics.KindBoolean, pgx.BinaryFormatCode, func(b []byte, v *metrics.Vector) error {
		if len(b) != 1 {
			return errLength
		}
		v.Ints = append(v.Ints, int64(b[0]))
		return nil
	}, otherType},
	pgtype.Int2OID:        {metrics.KindInteger, pgx.BinaryFormatCode, decodeInteger, otherType},
	pgtype.Int4OID:        {metrics.KindInteger, pgx.BinaryFormatCode, decodeInteger, integers32},
	pgtype.Int8OID:        {metrics.KindInteger, pgx.BinaryFormatCode, decodeInteger, integers64},
	pgtype.OIDOID:         {metrics.KindInteger, pgx.BinaryFormatCode, decodeOID, otherType},
	pgtype.Float4OID:      {metrics.KindFloat, pgx.BinaryFormatCode, decodeFloat, otherType},
	pgtype.Float8OID:      {metrics.KindFloat, pgx.BinaryFormatCode, decodeFloat, floats64},
	pgtype.NumericOID:     {metrics.KindDecimal, pgx.BinaryFormatCode, decodeNumeric, otherType},
	pgtype.TextOID:        {metrics.KindText, pgx.BinaryFormatCode, decodeText, characters},
	pgtype.VarcharOID:     {metrics.KindText, pgx.BinaryFormatCode, decodeText, characters},
	pgtype.BPCharOID:      {metrics.KindText, pgx.BinaryFormatCode, decodeText, characters},
	pgtype.NameOID:        {metrics.KindText, pgx.BinaryFormatCode, decodeText, characters},
	pgtype.JSONOID:        {metrics.KindJSON, pgx.TextFormatCode, decodeText, characters},
	pgtype.JSONBOID:       {metrics.KindJSON, pgx.TextFormatCode, decodeText, characters},
	pgtype.UUIDOID:        {metrics.KindUUID, pgx.BinaryFormatCode, decodeUUID, otherType},
	pgtype.DateOID:        {metrics.KindDate, pgx.BinaryFormatCode, decodeDate, otherType},
	pgtype.TimeOID:        {metrics.KindTime, pgx.BinaryFormatCode, decodeInteger, integers64},
	pgtype.TimetzOID:      {metrics.KindTime, pgx.BinaryFormatCode, decodeTimeWithZone, otherType},
	pgtype.TimestampOID:   {metrics.KindTimestamp, pgx.BinaryFormatCode, decodeTimestamp, otherType},
	pgtype.TimestamptzOID: {metrics.KindTimestamp, pgx.BinaryFormatCode, decodeTimestamp, otherType},
	pgtype.ByteaOID: {metrics.KindBytes, pgx.BinaryFormatCode, func(b []byte, v *metrics.Vector) error {
		v.Blobs.Append(b)
		return nil
	}, otherType},
}

func decoderOf(oid uint32) decoder {
	if d, ok := decoders[oid]; ok {
		return d
	}
	return decoder{metrics.KindText, pgx.TextFormatCode, decodeText, characters}
}

// decodeRow appends the values of a row, a vector a column, and returns how many bytes they take; or the
// column at which it failed, and why.
func decodeRow(decoders []decoder, values [][]byte, vectors []metrics.Vector) (size, column int, err error) {
	vectors = vectors[:len(values)] // which spares a check a value
	for i, value := range values {
		v := &vectors[i]
		if value == nil {
			v.Nulls++
			continue
		}
		size += len(value)
		switch common := decoders[i].common; {
		case common == integers64 && len(value) == 8:
			v.Ints = append(v.Ints, int64(binary.BigEndian.Uint64(value)))
		case common == integers32 && len(value) == 4:
			v.Ints = append(v.Ints, int64(int32(binary.BigEndian.Uint32(value))))
		case common == floats64 && len(value) == 8:
			v.Floats = append(v.Floats, math.Float64frombits(binary.BigEndian.Uint64(value)))
		case common == characters:
			v.Texts.Append(value)
		default:
			if err := decoders[i].decode(value, v); err != nil {
				return size, i, err
			}
		}
	}
	return size, 0, nil
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
