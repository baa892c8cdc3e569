package sqlite

import (
	"encoding/binary"
	"math"
	"unsafe"

	"github.com/cespare/xxhash/v2"
	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// define makes a function of ours known to the connection.
func (c *connection) define(name string, function func(tls *libc.TLS, context uintptr, count int32, arguments uintptr)) error {
	text, err := libc.CString(name)
	if err != nil {
		return err
	}
	defer libc.Xfree(c.tls, text)
	const anyNumber = -1 // of arguments
	code := lib.Xsqlite3_create_function_v2(c.tls, c.db, text, anyNumber, lib.SQLITE_UTF8|lib.SQLITE_DETERMINISTIC, 0,
		pointerTo(function), 0, 0, 0)
	if code != lib.SQLITE_OK {
		return c.failure(code)
	}
	return nil
}

// hashFunction is the SQL function that turns a seed and values into a number from 0 up to 1. SQLite has
// none of its own that follows from its arguments.
const hashFunction = "baselinr_hash"

// pointerTo returns a declared function, no closure, as C translated to Go takes it: the one word that a
// function value is (https://golang.org/s/go11func).
func pointerTo(f func(tls *libc.TLS, context uintptr, count int32, arguments uintptr)) uintptr {
	return *(*uintptr)(unsafe.Pointer(&f))
}

// hashArguments is hashFunction. Each argument enters with its type, so that 1 and '1' differ, and texts
// with their length, so that ('a', 'bc') and ('ab', 'c') do.
func hashArguments(tls *libc.TLS, context uintptr, count int32, arguments uintptr) {
	var digest xxhash.Digest
	digest.Reset()
	for i := range uintptr(count) {
		value := libc.AtomicLoadPUintptr(arguments + i*unsafe.Sizeof(arguments))
		kind := lib.Xsqlite3_value_type(tls, value)
		var word [9]byte
		word[0] = byte(kind)
		switch kind {
		case lib.SQLITE_INTEGER:
			binary.LittleEndian.PutUint64(word[1:], uint64(lib.Xsqlite3_value_int64(tls, value)))
			_, _ = digest.Write(word[:])
		case lib.SQLITE_FLOAT:
			binary.LittleEndian.PutUint64(word[1:], math.Float64bits(lib.Xsqlite3_value_double(tls, value)))
			_, _ = digest.Write(word[:])
		case lib.SQLITE_TEXT, lib.SQLITE_BLOB:
			bytes := lib.Xsqlite3_value_blob(tls, value)
			size := int(lib.Xsqlite3_value_bytes(tls, value))
			binary.LittleEndian.PutUint64(word[1:], uint64(size))
			_, _ = digest.Write(word[:])
			if size > 0 {
				_, _ = digest.Write(libc.GoBytes(bytes, size))
			}
		default:
			_, _ = digest.Write(word[:1])
		}
	}
	const bits = 53 // of a float64's mantissa
	lib.Xsqlite3_result_double(tls, context, float64(digest.Sum64()>>(64-bits))/(1<<bits))
}
