package mysql

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"database/sql/driver"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// decoder appends a value of the driver's to a vector, and returns how many bytes it takes.
type decoder func(value driver.Value, v *metrics.Vector) (int, error)

// decoderOf returns the decoder of a type as the driver names it, in a column of the kind.
func decoderOf(name string, kind metrics.Kind) decoder {
	switch name {
	case "TINYINT", "SMALLINT", "MEDIUMINT", "INT", "BIGINT", "UNSIGNED TINYINT", "UNSIGNED SMALLINT", "UNSIGNED MEDIUMINT", "UNSIGNED INT", "YEAR":
		return decodeInteger
	case "UNSIGNED BIGINT":
		return decodeUnsigned
	case "FLOAT", "DOUBLE":
		return decodeFloat
	case "DECIMAL":
		return decodeDecimal
	case "BIT":
		if kind == metrics.KindDecimal {
			return decodeWideBits
		}
		return decodeBits
	case "DATE":
		return decodeDate
	case "DATETIME", "TIMESTAMP":
		return decodeMoment
	case "TIME":
		return decodeTime
	case "BLOB", "TINYBLOB", "MEDIUMBLOB", "LONGBLOB", "BINARY", "VARBINARY", "GEOMETRY", "VECTOR":
		return decodeBlob
	default:
		return decodeText
	}
}

// kindOf returns the kind of a column by its declared type. What BIGINT UNSIGNED and BIT(64) hold does not fit in 64
// bits with a sign, so these are decimals.
func kindOf(dataType, columnType string) metrics.Kind {
	switch dataType {
	case "bigint":
		if strings.Contains(columnType, "unsigned") {
			return metrics.KindDecimal
		}
		return metrics.KindInteger
	case "tinyint", "smallint", "mediumint", "int", "year":
		return metrics.KindInteger
	case "float", "double":
		return metrics.KindFloat
	case "decimal":
		return metrics.KindDecimal
	case "bit":
		switch columnType {
		case "bit(1)":
			return metrics.KindBoolean
		case "bit(64)":
			return metrics.KindDecimal
		}
		return metrics.KindInteger
	case "date":
		return metrics.KindDate
	case "datetime", "timestamp":
		return metrics.KindTimestamp
	case "time":
		return metrics.KindTime
	case "json":
		return metrics.KindJSON
	case "uuid":
		return metrics.KindUUID
	case "char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set", "inet4", "inet6":
		return metrics.KindText
	default: // binary, blobs, and what the spatial types are made of
		return metrics.KindBytes
	}
}

func decodeInteger(value driver.Value, v *metrics.Vector) (int, error) {
	i, ok := value.(int64)
	if !ok {
		return 0, unexpected(value)
	}
	v.Ints = append(v.Ints, i)
	return 8, nil
}

func decodeUnsigned(value driver.Value, v *metrics.Vector) (int, error) {
	var buffer [20]byte
	text := buffer[:0]
	switch x := value.(type) {
	case int64:
		text = strconv.AppendInt(text, x, 10)
	case uint64:
		text = strconv.AppendUint(text, x, 10)
	case []byte:
		text = x
	default:
		return 0, unexpected(value)
	}
	v.Texts.Append(text)
	return len(text), nil
}

func decodeFloat(value driver.Value, v *metrics.Vector) (int, error) {
	switch x := value.(type) {
	case float64:
		v.Floats = append(v.Floats, x)
	case float32:
		v.Floats = append(v.Floats, float64(x))
	default:
		return 0, unexpected(value)
	}
	return 8, nil
}

// decodeDecimal writes a decimal in canonical form: no zeros at the end of the fraction, nor at its beginning as
// ZEROFILL has them, so that equal values have equal texts.
func decodeDecimal(value driver.Value, v *metrics.Vector) (int, error) {
	text, ok := value.([]byte)
	if !ok {
		return 0, unexpected(value)
	}
	size := len(text)
	var buffer [72]byte // 65 digits, a sign, a point and a zero
	out := buffer[:0]
	if size > 0 && text[0] == '-' {
		out, text = append(out, '-'), text[1:]
	}
	point := -1
	for i, c := range text {
		if c == '.' {
			point = i
		}
	}
	if point >= 0 {
		for text[len(text)-1] == '0' {
			text = text[:len(text)-1]
		}
		if len(text) == point+1 {
			text = text[:point]
		}
	}
	for len(text) > 1 && text[0] == '0' && text[1] != '.' {
		text = text[1:]
	}
	if len(text) == 0 || text[0] == '.' {
		out = append(out, '0')
	}
	if out = append(out, text...); string(out) == "-0" {
		out = out[1:]
	}
	v.Texts.Append(out)
	return size, nil
}

// bitNumber reads the bytes of a BIT, the most significant first.
func bitNumber(b []byte) uint64 {
	var eight [8]byte
	copy(eight[max(8-len(b), 0):], b)
	return binary.BigEndian.Uint64(eight[:])
}

func decodeBits(value driver.Value, v *metrics.Vector) (int, error) {
	b, ok := value.([]byte)
	if !ok || len(b) > 8 {
		return 0, unexpected(value)
	}
	v.Ints = append(v.Ints, int64(bitNumber(b)))
	return len(b), nil
}

func decodeWideBits(value driver.Value, v *metrics.Vector) (int, error) {
	b, ok := value.([]byte)
	if !ok || len(b) > 8 {
		return 0, unexpected(value)
	}
	v.Texts.AppendString(strconv.FormatUint(bitNumber(b), 10))
	return len(b), nil
}

func decodeText(value driver.Value, v *metrics.Vector) (int, error) {
	b, ok := value.([]byte)
	if !ok {
		return 0, unexpected(value)
	}
	v.Texts.Append(b)
	return len(b), nil
}

func decodeBlob(value driver.Value, v *metrics.Vector) (int, error) {
	b, ok := value.([]byte)
	if !ok {
		return 0, unexpected(value)
	}
	v.Blobs.Append(b)
	return len(b), nil
}

func unexpected(value driver.Value) error {
	return fmt.Errorf("a value of unexpected form (%T) from the server", value)
}

var errTime = errors.New("a date or time of unexpected form from the server")
