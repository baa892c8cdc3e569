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
	readDir  func(string) ([]fs.DirEntry, error)
	stat     func(string) (fs.FileInfo, error)

	keepUnset bool // references to variables that are not set stay as they are written
}

// WithEnviron gives the environment variables as NAME=value pairs; os.Environ() is the default.
func WithEnviron(pairs []string) Option { return func(o *options) { o.environ = pairs } }

// WithReadFile gives the function that reads files; the default reads files of up to 8 MiB.
func WithReadFile(read func(path string) ([]byte, error)) Option {
	return func(o *options) { o.readFile = read }
}

func newOptions(opts []Option) options {
	o := options{
		environ:  os.Environ(),
		readFile: func(name string) ([]byte, error) { return readAtMost(name, maxFileSize) },
		readDir:  os.ReadDir,
		stat:     os.Stat,
	}
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
	case errors.Is(err, errTooLarge):
		p.Message = fmt.Sprintf("the file is %v", err)
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
	root, problems := parserOf(name)(source, name)
	if len(problems) == 0 && (root == nil || root.kind == null) {
		problems = []Problem{{Severity: SeverityError, File: name, Message: "the file is empty",
			Hint: "a configuration needs at least the keys source and storage"}}
	}
	if root == nil || root.kind == null {
		return nil, nil, Problems(problems)
	}
	values, bytes := root.size()
	c := checker{own: map[string]string{}, nodes: values}
	c.add(problems...)
	l := loader{options: o, checker: &c, env: newEnvironment(o.environ, o, dir), name: name}
	l.env.budget.take(bytes)
	l.complete(root)
	cfg := c.config(root)
	if len(c.problems)+len(c.foreign) > 0 {
		return nil, c.allWarnings(name), Problems(c.allProblems(name))
	}
	cfg.Path, cfg.Dir = name, dir
	cfg.resolved()
	return cfg, c.allWarnings(name), nil
}

// parserOf returns the parser of a file by its name.
func parserOf(name string) func(source []byte, name string) (*node, []Problem) {
	if strings.EqualFold(filepath.Ext(name), ".json") {
		return parseJSON
	}
	return parseYAML
}

// complete adds to root what the environment and other files hold. Files of variables come first, since
// any value may refer to them; then the keys that variables override; then what both lead to.
func (l *loader) complete(root *node) {
	if root.kind == mapping {
		l.envFile(root)
		l.checker.add(l.env.override(root, rules())...)
	}
	l.checker.add(l.env.expand(root, rules(), "")...)
	if root.kind != mapping {
		return
	}
	type connection struct {
		at string
		n  *node
	}
	connections := []connection{{"source", value(root, "source")}, {"storage.connection", value(value(root, "storage"), "connection")}}
	for i, hook := range hookNodes(root) {
		connections = append(connections, connection{path(index("hooks.hooks", i), "connection"), value(hook, "connection")})
	}
	for _, connection := range connections {
		if p := l.env.passwordFile(connection.n, connection.at); p != nil {
			l.checker.add(*p)
		}
	}
	l.datasets(root)
	l.contracts(root)
}

// value returns what a mapping has at key; nil where it has nothing or is none.
func value(n *node, key string) *node {
	if n == nil {
		return nil
	}
	if e := n.get(key); e != nil {
		return e.value
	}
	return nil
}

// envFile adds the variables of the file that env_file, or the variable that overrides it, names.
func (l *loader) envFile(root *node) {
	const key = "env_file"
	named := &node{kind: text, at: place{file: prefix + strings.ToUpper(key)}}
	if name, set := l.env.variables[prefix+strings.ToUpper(key)]; set {
		named.text, named.written = name, name
	} else if e := root.get(key); e != nil && e.value.kind == text {
		named = &node{kind: text, at: e.value.at, text: e.value.text, written: e.value.written}
	}
	if len(l.env.expand(named, nil, key)) > 0 || named.text == "" {
		return // what is not set is told when all is expanded
	}
	file := l.env.resolve(named.text)
	source, err := l.readFile(file)
	if err != nil {
		p := unreadable(file, err)
		l.checker.fail(named.at, key, fmt.Sprintf("the file %q: %s", presentable(named.written), p.Message), "a relative path starts at the configuration's folder; or take the key away")
		return
	}
	l.checker.tell(l.env.addDotenv(source, file)...)
}

// resolved empties what says where values were: they are in the configuration now.
func (c *Config) resolved() {
	c.EnvFile, c.Contracts = "", nil
	c.Source.PasswordFile, c.Storage.Connection.PasswordFile = "", ""
	for _, h := range c.Hooks.Hooks {
		if h.Connection != nil {
			h.Connection.PasswordFile = ""
		}
	}
	c.Datasets = Datasets{Datasets: c.Datasets.Datasets}
}
