package pipes

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

// Names under which a launcher hands over the two sets of parameters, as environment variables and as
// command-line flags. The values are base64 of zlib of a JSON object, see EncodeParams.
const (
	EnvContext   = "DAGSTER_PIPES_CONTEXT"
	EnvMessages  = "DAGSTER_PIPES_MESSAGES"
	FlagContext  = "dagster-pipes-context"
	FlagMessages = "dagster-pipes-messages"
)

// maxParams bounds what one encoded parameter may expand to, so that a few bytes of a hostile or broken variable
// cannot fill the memory. Linux caps a variable at 128 KiB; JSON of that size expands to a few MiB.
const maxParams = 64 << 20

// Params are the parameters of a context loader or a message writer: the keys and values that its counterpart in
// Dagster put there, such as {"path": "/tmp/…/messages"}.
type Params map[string]json.RawMessage

// String returns the string parameter name. It is an error where the parameter is missing or no string.
func (p Params) String(name string) (string, error) {
	s, found, err := p.OptionalString(name)
	if err == nil && !found {
		err = fmt.Errorf("pipes: parameter %q is missing; Dagster sent %s", name, p.names())
	}
	return s, err
}

// OptionalString is String for a parameter that may be missing or null; found tells whether it was there.
func (p Params) OptionalString(name string) (value string, found bool, err error) {
	raw, ok := p[name]
	if !ok || isNull(raw) {
		return "", false, nil
	}
	if err := json.Unmarshal(raw, &value); err != nil {
		return "", false, fmt.Errorf("pipes: parameter %q: want a string, got %s", name, raw)
	}
	return value, true, nil
}

// Bool returns the boolean parameter name; missing and null are false.
func (p Params) Bool(name string) (bool, error) {
	raw, ok := p[name]
	if !ok {
		return false, nil
	}
	var value bool
	if err := json.Unmarshal(raw, &value); err != nil {
		return false, fmt.Errorf("pipes: parameter %q: want true or false, got %s", name, raw)
	}
	return value, nil
}

// names lists the keys only: values may hold paths, credentials and the whole context.
func (p Params) names() string {
	if len(p) == 0 {
		return "no parameters"
	}
	return "only " + quoteAll(sortedKeys(p))
}

// A ParamsLoader finds the parameters that a launcher left for this process. LoadParams returns an error that
// wraps ErrNotPipesProcess where there are none.
type ParamsLoader interface {
	LoadParams() (context, messages Params, err error)
}

// IsPipesProcess tells whether Dagster launched this process: whether the environment or the command line holds
// the Pipes parameters, well-formed or not.
func IsPipesProcess() bool {
	_, _, err := defaultParams{}.LoadParams()
	return !errors.Is(err, ErrNotPipesProcess)
}

// EncodeParams encodes v, a JSON object, as a launcher does: base64 of zlib of JSON. Tests and launchers written
// in Go need it; a program that Dagster launches does not.
func EncodeParams(v any) (string, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("pipes: encode parameters: %w", err)
	}
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	if _, err := w.Write(raw); err != nil {
		return "", fmt.Errorf("pipes: encode parameters: %w", err)
	}
	if err := w.Close(); err != nil {
		return "", fmt.Errorf("pipes: encode parameters: %w", err)
	}
	return base64.StdEncoding.EncodeToString(b.Bytes()), nil
}

// DecodeParams is the inverse of EncodeParams.
func DecodeParams(encoded string) (Params, error) {
	compressed, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
	if err != nil {
		return nil, fmt.Errorf("pipes: decode parameters: not base64: %w", err)
	}
	r, err := zlib.NewReader(bytes.NewReader(compressed))
	if err != nil {
		return nil, fmt.Errorf("pipes: decode parameters: not zlib data: %w", err)
	}
	raw, err := io.ReadAll(io.LimitReader(r, maxParams+1))
	if err != nil {
		return nil, fmt.Errorf("pipes: decode parameters: broken zlib data: %w", err)
	}
	if len(raw) > maxParams {
		return nil, fmt.Errorf("pipes: decode parameters: more than %d MiB of JSON; pass large extras in a file", maxParams>>20)
	}
	var params Params
	if err := json.Unmarshal(raw, &params); err != nil {
		return nil, fmt.Errorf("pipes: decode parameters: not a JSON object: %w", err)
	}
	if params == nil {
		return nil, errors.New("pipes: decode parameters: want a JSON object, got null")
	}
	return params, nil
}

// FromEnv loads parameters from environment variables through lookup, whose form is that of os.LookupEnv. A map
// serves as well, for what arrives in an event instead of the environment (AWS Lambda).
func FromEnv(lookup func(name string) (string, bool)) ParamsLoader { return envParams{lookup} }

// FromArgs loads parameters from the flags --dagster-pipes-context and --dagster-pipes-messages in args, in the
// forms "--name value" and "--name=value", with one hyphen or two. Other arguments are passed over. Arguments after
// "--" are the program's own.
func FromArgs(args []string) ParamsLoader { return argParams{args} }

// DeclareFlags declares the two Pipes flags on flags, so that Parse lets them through. Open reads them from os.Args
// by itself; the declaration only keeps Parse from refusing them.
func DeclareFlags(flags *flag.FlagSet) {
	flags.String(FlagContext, "", "Dagster Pipes context parameters, set by Dagster")
	flags.String(FlagMessages, "", "Dagster Pipes message parameters, set by Dagster")
}

type envParams struct {
	lookup func(name string) (string, bool)
}

func (e envParams) LoadParams() (context, messages Params, err error) {
	return loadPair(EnvContext, EnvMessages, e.lookup)
}

type argParams struct {
	args []string
}

func (a argParams) LoadParams() (context, messages Params, err error) {
	return loadPair("--"+FlagContext, "--"+FlagMessages, func(name string) (string, bool) {
		for i, arg := range a.args {
			if arg == "--" {
				break
			}
			key, value, inline := strings.Cut(arg, "=")
			if key != name && "-"+key != name {
				continue
			}
			if !inline && i+1 < len(a.args) {
				value = a.args[i+1]
			}
			return value, true
		}
		return "", false
	})
}

// defaultParams looks in the environment, then on the command line.
type defaultParams struct{}

func (defaultParams) LoadParams() (context, messages Params, err error) {
	context, messages, err = FromEnv(os.LookupEnv).LoadParams()
	if !errors.Is(err, ErrNotPipesProcess) || len(os.Args) == 0 {
		return context, messages, err
	}
	context, messages, argsErr := FromArgs(os.Args[1:]).LoadParams()
	if errors.Is(argsErr, ErrNotPipesProcess) {
		argsErr = err
	}
	return context, messages, argsErr
}

func loadPair(contextName, messagesName string, lookup func(string) (string, bool)) (context, messages Params, err error) {
	encodedContext, ok := lookup(contextName)
	if !ok {
		return nil, nil, fmt.Errorf("pipes: %w: %s is not set", ErrNotPipesProcess, contextName)
	}
	encodedMessages, ok := lookup(messagesName)
	if !ok {
		return nil, nil, fmt.Errorf("pipes: %s is set but %s is not; the launcher must pass both", contextName, messagesName)
	}
	if context, err = DecodeParams(encodedContext); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", contextName, err)
	}
	if messages, err = DecodeParams(encodedMessages); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", messagesName, err)
	}
	return context, messages, nil
}
