package pipes

import (
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
)

const (
	// maxCauses bounds the chain of causes that is sent, against errors that wrap themselves.
	maxCauses = 16
	// maxStack bounds the stack of an exception in bytes. The message file is read by Dagster's stock reader while
	// it is written, and that reader loses a line of which it sees a part; lines below 4 KiB are written in one piece.
	maxStack = 2500
)

// appendException appends err as the protocol's exception: message, name, stack, cause and context, each present.
// Go errors carry no stack, so the list is empty but for a panic.
func appendException(dst []byte, err error, depth int) []byte {
	dst = append(dst, `{"message":`...)
	dst = appendString(dst, errorText(err))
	dst = append(dst, `,"name":`...)
	dst = appendString(dst, errorName(err))
	dst = append(dst, `,"stack":`...)
	t := jsonText(dst)
	t.strings(errorStack(err))
	dst = append(t, `,"cause":`...)
	if cause := errorCause(err); cause != nil && depth < maxCauses {
		dst = appendException(dst, cause, depth+1)
	} else {
		dst = append(dst, "null"...)
	}
	// The protocol's schema wants an object here, never null; Dagster reads an empty one as none.
	return append(dst, `,"context":{}}`...)
}

// errorText is err.Error(), also where that panics: the session must still close.
func errorText(err error) (text string) {
	defer func() {
		if r := recover(); r != nil {
			text = fmt.Sprintf("%T, whose Error method panicked: %v", err, r)
		}
	}()
	return err.Error()
}

// errorName is the error's type as a person would name it: the types that errors.New and fmt.Errorf return say nothing.
func errorName(err error) string {
	t := reflect.TypeOf(err)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.PkgPath() {
	case "errors", "fmt":
		return "error"
	}
	return t.String()
}

func errorStack(err error) []string {
	if p, ok := err.(*PanicError); ok {
		return trimStack(p.Stack)
	}
	return nil
}

// errorCause is what err wraps; of several errors it is the first, since the text of err names them all.
func errorCause(err error) error {
	if cause := errors.Unwrap(err); cause != nil {
		return cause
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, cause := range joined.Unwrap() {
			if cause != nil {
				return cause
			}
		}
	}
	return nil
}

// callers returns the stack of the running goroutine, innermost frame first, without the skip innermost frames
// and without the runtime's.
func callers(skip int) []string {
	pcs := make([]uintptr, 128)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(skip+2, pcs)])
	var stack []string
	for {
		frame, more := frames.Next()
		if frame.Function != "" && !strings.HasPrefix(frame.Function, "runtime.") {
			stack = append(stack, fmt.Sprintf("%s\n\t%s:%d\n", frame.Function, frame.File, frame.Line))
		}
		if !more {
			return stack
		}
	}
}

func trimStack(stack []string) []string {
	size := 0
	for i, frame := range stack {
		if size += len(frame); size > maxStack {
			return append(stack[:i:i], fmt.Sprintf("%d more frames\n", len(stack)-i))
		}
	}
	return stack
}
