package config

import (
	"fmt"
	"path/filepath"
	"strings"
)

// secretFile returns what a file holds, without the line's end that editors and shells leave. Messages call the
// file as it is written, without what the environment made of that.
func (env environment) secretFile(name, written string) (string, *Problem) {
	source, err := env.readFile(env.resolve(name))
	if err == nil && len(source) > maxSecretSize {
		err = fmt.Errorf("%w: more than %d KiB", errTooLarge, maxSecretSize>>10)
	}
	if err != nil {
		p := unreadable(written, err)
		return "", &Problem{Message: fmt.Sprintf("the file %q: %s", presentable(written), p.Message), Hint: "name a file that this user can read"}
	}
	return strings.TrimRight(string(source), "\r\n"), nil
}

// resolve returns the path of a file that the configuration names.
func (env environment) resolve(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(env.dir, name)
}

// passwordFile puts what the file of a connection's password_file holds into its password. Of the two
// keys, one that comes from the environment goes before one of the file.
func (env environment) passwordFile(connection *node, at string) *Problem {
	if connection == nil {
		return nil
	}
	e := connection.get("password_file")
	if e == nil || e.value.kind != text || e.value.broken || e.value.text == "" {
		return nil
	}
	name, where := e.value.text, e.value.at
	password := connection.get("password")
	if password != nil && password.value.kind != null {
		fromFile, fromVariable := where.line > 0, password.value.at.line == 0
		switch {
		case fromFile && fromVariable:
			return nil
		case fromFile || fromVariable:
			return &Problem{SeverityError, where.file, where.line, where.column, path(at, "password_file"), "contradicts password", "keep one of them"}
		}
	}
	value, p := env.secretFile(name, e.value.written)
	if p == nil && value == "" {
		p = &Problem{Message: fmt.Sprintf("the file %q is empty", presentable(e.value.written)), Hint: "write the password into it"}
	}
	secret := &node{kind: text, at: where, text: value, written: name, untyped: true}
	if p != nil {
		*p = Problem{SeverityError, where.file, where.line, where.column, path(at, "password_file"), p.Message, p.Hint}
		secret.broken = true
	}
	if password == nil {
		connection.entries = append(connection.entries, &entry{"password", e.at, secret})
	} else {
		password.value = secret
	}
	return p
}
