package mysql

import (
	"database/sql/driver"
	"time"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// The driver gives dates and times as their text: a time.Time would turn the dates that no calendar has, which MySQL
// may hold, into others.

const (
	second = int64(time.Second / time.Microsecond)
	day    = 86400 * second
)

// decodeDate reads a date as days since 1970-01-01. One that no calendar has, as 0000-00-00, 2024-05-00 and
// 2024-02-30, is null: MySQL has these in place of a null, and its own IS NULL finds the first where a column may hold none.
func decodeDate(value driver.Value, v *metrics.Vector) (int, error) {
	text, ok := value.([]byte)
	if !ok {
		return 0, unexpected(value)
	}
	days, exists, err := days(text)
	switch {
	case err != nil:
		return 0, err
	case !exists:
		v.Nulls++
	default:
		v.Ints = append(v.Ints, days)
	}
	return 8, nil
}

// decodeMoment reads a DATETIME, or a TIMESTAMP in UTC, as microseconds since 1970-01-01.
func decodeMoment(value driver.Value, v *metrics.Vector) (int, error) {
	text, ok := value.([]byte)
	if !ok || len(text) < len("2006-01-02 15:04:05") {
		return 0, unexpected(value)
	}
	days, exists, err := days(text[:10])
	if err != nil {
		return 0, err
	}
	if !exists {
		v.Nulls++
		return 8, nil
	}
	micros, err := clock(text[11:])
	if err != nil {
		return 0, err
	}
	v.Ints = append(v.Ints, days*day+micros)
	return 8, nil
}

// decodeTime reads a TIME as microseconds since midnight. It may be a span of time, from −838:59:59 to 838:59:59.
func decodeTime(value driver.Value, v *metrics.Vector) (int, error) {
	text, ok := value.([]byte)
	if !ok || len(text) == 0 {
		return 0, unexpected(value)
	}
	negative := text[0] == '-'
	if negative {
		text = text[1:]
	}
	micros, err := clock(text)
	if err != nil {
		return 0, err
	}
	if negative {
		micros = -micros
	}
	v.Ints = append(v.Ints, micros)
	return 8, nil
}

// days reads a date of the form 2006-01-02; exists says that the calendar has it. How many days it is from 1970-01-01 is
// counted in years that begin in March (Hinnant 2013, "chrono-Compatible Low-Level Date Algorithms", days_from_civil).
func days(text []byte) (count int64, exists bool, err error) {
	if len(text) != 10 || text[4] != '-' || text[7] != '-' {
		return 0, false, errTime
	}
	year, ok1 := number(text[:4])
	month, ok2 := number(text[5:7])
	dayOfMonth, ok3 := number(text[8:])
	if !ok1 || !ok2 || !ok3 {
		return 0, false, errTime
	}
	if month < 1 || month > 12 || dayOfMonth < 1 || dayOfMonth > daysIn(year, month) {
		return 0, false, nil
	}
	fromMarch := (month + 9) % 12
	if month <= 2 {
		year--
	}
	era := (year + 400) / 400 // of 400 years; the year 0 has days before its March
	yearOfEra := year + 400 - era*400
	dayOfYear := (153*fromMarch+2)/5 + dayOfMonth - 1
	return (era-1)*146097 + yearOfEra*365 + yearOfEra/4 - yearOfEra/100 + dayOfYear - 719468, true, nil
}

func daysIn(year, month int64) int64 {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// clock reads hours, minutes and seconds, with a fraction or none, as microseconds.
func clock(text []byte) (int64, error) {
	hours := 0
	for hours < len(text) && text[hours] != ':' {
		hours++
	}
	rest := text[hours:]
	if hours < 2 || len(rest) < 6 || rest[3] != ':' {
		return 0, errTime
	}
	h, ok1 := number(text[:hours])
	m, ok2 := number(rest[1:3])
	s, ok3 := number(rest[4:6])
	if !ok1 || !ok2 || !ok3 {
		return 0, errTime
	}
	micros := ((h*60+m)*60 + s) * second
	if rest = rest[6:]; len(rest) > 1 && rest[0] == '.' && len(rest) <= 7 {
		part, ok := number(rest[1:])
		if !ok {
			return 0, errTime
		}
		for range 7 - len(rest) {
			part *= 10
		}
		micros += part
	} else if len(rest) > 0 {
		return 0, errTime
	}
	return micros, nil
}

func number(digits []byte) (n int64, ok bool) {
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}
