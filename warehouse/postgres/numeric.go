package postgres

import (
	"encoding/binary"
	"errors"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// The signs of PostgreSQL's binary numeric (src/backend/utils/adt/numeric.c).
const (
	numericPositive         = 0x0000
	numericNegative         = 0x4000
	numericNaN              = 0xC000
	numericInfinity         = 0xD000
	numericNegativeInfinity = 0xF000
)

var errNumeric = errors.New("a numeric of unexpected form from the server")

// decodeNumeric writes a numeric in canonical decimal form: no zeros at the end of the fraction, so
// that equal values have equal texts. Four 16-bit words precede the digits, which are in base 10,000:
// how many there are, the power of 10,000 of the first, the sign, and the declared scale.
func decodeNumeric(b []byte, v *metrics.Vector) error {
	if len(b) < 8 {
		return errLength
	}
	n := int(binary.BigEndian.Uint16(b))
	weight := int(int16(binary.BigEndian.Uint16(b[2:])))
	sign := binary.BigEndian.Uint16(b[4:])
	if len(b) != 8+2*n {
		return errLength
	}
	switch sign {
	case numericNaN:
		v.Texts.AppendString("NaN")
		return nil
	case numericInfinity:
		v.Texts.AppendString("Infinity")
		return nil
	case numericNegativeInfinity:
		v.Texts.AppendString("-Infinity")
		return nil
	case numericPositive, numericNegative:
	default:
		return errNumeric
	}
	digits := b[8:]
	for i := 0; i < len(digits); i += 2 {
		if binary.BigEndian.Uint16(digits[i:]) > 9999 {
			return errNumeric
		}
	}
	digit := func(i int) int { // of which those that are zero are not sent
		if i < 0 || i >= n {
			return 0
		}
		return int(binary.BigEndian.Uint16(digits[2*i:]))
	}
	var buffer [64]byte
	text := buffer[:0]
	if sign == numericNegative {
		text = append(text, '-')
	}
	start := len(text)
	for i := 0; i <= weight; i++ {
		text = appendGroup(text, digit(i), len(text) == start)
	}
	if len(text) == start {
		text = append(text, '0')
	}
	if weight+1 < n {
		text = append(text, '.')
		for i := weight + 1; i < n; i++ {
			text = appendGroup(text, digit(i), false)
		}
		for text[len(text)-1] == '0' {
			text = text[:len(text)-1]
		}
		if text[len(text)-1] == '.' {
			text = text[:len(text)-1]
		}
	}
	if string(text) == "-0" {
		text = text[1:]
	}
	v.Texts.Append(text)
	return nil
}

// appendGroup appends the four digits of d, less the zeros at the front where leading is set.
func appendGroup(text []byte, d int, leading bool) []byte {
	for _, unit := range [...]int{1000, 100, 10, 1} {
		c := d / unit % 10
		if leading && c == 0 {
			continue
		}
		leading = false
		text = append(text, byte('0'+c))
	}
	return text
}
