package pipes

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// Errors that a caller may want to tell apart with errors.Is.
var (
	// ErrNotPipesProcess: nothing in the environment or on the command line says that Dagster launched this
	// process. Pass OutsideDagster to Open or Run if the program should run all the same.
	ErrNotPipesProcess = errors.New("this process was not launched by Dagster Pipes")

	// ErrNotInContext: the context that Dagster sent does not hold what was asked for. The step may have no
	// asset, no partition, or several where one was expected.
	ErrNotInContext = errors.New("not in the Pipes context")

	// ErrAssetKey: a report named an asset that the step does not target, or named none where the step targets
	// several or none.
	ErrAssetKey = errors.New("asset key cannot be resolved")

	// ErrAlreadyMaterialized: the asset was materialized earlier in this session. Dagster takes one
	// materialization per asset and step.
	ErrAlreadyMaterialized = errors.New("asset was already materialized in this session")

	// ErrClosed: the session is closed, or is closing.
	ErrClosed = errors.New("the Pipes session is closed")

	// ErrFileVanished: the message file was deleted, moved or replaced while the session was open.
	ErrFileVanished = errors.New("the message file was deleted, moved or replaced")
)

// A SignalError is the cause of a context that Run cancelled because the process received a signal.
type SignalError struct {
	Signal os.Signal
}

// Error names the signal.
func (e *SignalError) Error() string { return fmt.Sprintf("stopped by signal: %s", e.Signal) }

// A PanicError is what Run returns for a function that panicked.
type PanicError struct {
	Value any      // what was passed to panic
	Stack []string // one entry a frame, innermost first: function, file and line
}

// Error tells the panic's value; the stack is in Stack.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Unwrap returns the panic's value where it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

func notInContext(what, why string) error {
	return fmt.Errorf("pipes: %s: %w: %s", what, ErrNotInContext, why)
}

// quoteAll lists names for an error message, and cuts the list where it would fill a screen.
func quoteAll(names []string) string {
	const shown = 10
	var b strings.Builder
	for i, name := range names {
		if i == shown {
			fmt.Fprintf(&b, " and %d more", len(names)-shown)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%q", name)
	}
	return b.String()
}
