package warehouse

import "context"

// Failure is an error of a driver or a server, in words for a user. It keeps the error itself, by which engines
// decide what is transient.
type Failure struct {
	Kind  error // a sentinel of this package; nil for none
	Words string
	Cause error

	Whole bool // the words say what the kind does
	Final bool // another try would meet it again, whatever the cause looks like
}

func (f *Failure) Error() string {
	switch {
	case f.Kind == nil, f.Whole:
		return f.Words
	case f.Words == "":
		return f.Kind.Error()
	}
	return f.Kind.Error() + ": " + f.Words
}

// Unwrap returns the cause, and the kind where there is one.
func (f *Failure) Unwrap() []error {
	if f.Kind == nil {
		return []error{f.Cause}
	}
	return []error{f.Kind, f.Cause}
}

// Ended returns the error of what was sent, as a caller sees it: the context's where that ended it, else explained.
func Ended(ctx context.Context, err error, explain func(error) error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return explain(err)
}
