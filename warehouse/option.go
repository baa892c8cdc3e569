package warehouse

import "time"

// Options say how a source is used. An engine's Open takes them as functions that set one each.
type Options struct {
	Scans            int           // tables read at once; the engine keeps no more connections for them
	StatementTimeout time.Duration // after which a statement ends, 0 for never
}

// Option sets one of the options of an engine's Open.
type Option func(*Options)

// Scans says how many tables are read at once, 64 where it is not said.
func Scans(n int) Option { return func(o *Options) { o.Scans = n } }

// StatementTimeout ends each statement that takes longer, on its server too, with ErrTimeout.
func StatementTimeout(d time.Duration) Option { return func(o *Options) { o.StatementTimeout = d } }

// NewOptions returns what the functions set, over the defaults.
func NewOptions(set []Option) Options {
	o := Options{Scans: 64}
	for _, apply := range set {
		apply(&o)
	}
	return o
}
