package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Option changes where Load and Parse take the world outside the file from.
type Option func(*options)

type options struct {
	environ  []string
	readFile func(string) ([]byte, error)
}

// WithEnviron gives the environment variables as NAME=value pairs; os.Environ() is the default.
func WithEnviron(pairs []string) Option { return func(o *options) { o.environ = pairs } }

// WithReadFile gives the function that reads files; os.ReadFile is the default.
func WithReadFile(read func(path string) ([]byte, error)) Option {
	return func(o *options) { o.readFile = read }
}

func newOptions(opts []Option) options {
	o := options{environ: os.Environ(), readFile: os.ReadFile}
	for _, opt := range opts {
		opt(&o)
	}
	return o
}

// names of the files that Find looks for.
var fileNames = []string{"baselinr.yml", "config.yml"}

// Find returns the path of the configuration file: explicit where it is not empty, else the value of
// BASELINR_CONFIG, else baselinr.yml or config.yml in the working directory. The error is [Problems].
func Find(explicit string, getenv func(string) string) (string, error) {
	if explicit != "" {
		return explicit, nil
	}
	if path := getenv(FileVariable); path != "" {
		return path, nil
	}
	for _, name := range fileNames {
		if info, err := os.Stat(name); err == nil && !info.IsDir() {
			return name, nil
		}
	}
	return "", Problems{{
		Severity: SeverityError, File: fileNames[0],
		Message: "no configuration file: neither " + strings.Join(fileNames, " nor ") + " is in the working directory",
		Hint:    "name one with --config or " + FileVariable,
	}}
}

// Load reads the configuration file at path: JSON where its name ends in .json, else YAML. It
// returns the configuration with its warnings, or [Problems] with everything that is wrong; warnings
// come with problems too.
func Load(path string, opts ...Option) (*Config, []Problem, error) {
	source, err := newOptions(opts).readFile(path)
	if err != nil {
		return nil, nil, Problems{unreadable(path, err)}
	}
	return Parse(source, path, filepath.Dir(path), opts...)
}

// unreadable tells why the file cannot be read.
func unreadable(path string, err error) Problem {
	p := Problem{Severity: SeverityError, File: path}
	var because *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		p.Message, p.Hint = "no such file", "name the configuration file with --config or "+FileVariable
	case errors.Is(err, fs.ErrPermission):
		p.Message, p.Hint = "no permission to read the file", "give this user the right to read it"
	case errors.Is(err, syscall.EISDIR):
		p.Message, p.Hint = "a folder, not a file", "name the file in it"
	case errors.As(err, &because):
		p.Message = fmt.Sprintf("the file cannot be read: %v", because.Err)
	default:
		p.Message = fmt.Sprintf("the file cannot be read: %v", err)
	}
	return p
}

// Parse reads a configuration from its text. The name stands for the file in problems, and says by
// .json that the text is JSON; dir is the folder that paths relative to the configuration start
// from. It returns what Load does.
func Parse(source []byte, name, dir string, opts ...Option) (*Config, []Problem, error) {
	o := newOptions(opts)
	parse := parseYAML
	if strings.EqualFold(filepath.Ext(name), ".json") {
		parse = parseJSON
	}
	root, problems := parse(source, name)
	if len(problems) == 0 && (root == nil || root.kind == null) {
		problems = []Problem{{Severity: SeverityError, File: name, Message: "the file is empty",
			Hint: "a configuration needs at least the keys source and storage"}}
	}
	if root == nil || root.kind == null {
		return nil, nil, Problems(problems)
	}
	env := newEnvironment(o.environ)
	c := checker{}
	c.add(problems...)
	if root.kind == mapping {
		c.add(env.override(root, rules())...)
	}
	c.add(env.expand(root, "")...)
	cfg := c.config(root)
	if len(c.problems) > 0 {
		return nil, sorted(c.warnings), Problems(sorted(c.problems))
	}
	cfg.Path, cfg.Dir = name, dir
	return cfg, sorted(c.warnings), nil
}
