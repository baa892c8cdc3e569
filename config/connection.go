package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Connection says how to reach a database. Which keys matter depends on Type: SQLite needs a file,
// the others a database, and a server's address where it is not the local one.
type Connection struct {
	Type     string `json:"type" jsonschema:"required" jsonschema_description:"The database engine." example:"postgres"`
	Host     string `json:"host,omitempty" jsonschema:"nullable" jsonschema_description:"Host name or address of the server, without its port." absent:"'localhost'" example:"db.example.com"`
	Port     int    `json:"port,omitempty" jsonschema:"nullable,minimum=1,maximum=65535" jsonschema_description:"Port of the server." absent:"the engine's usual one" example:"5432"`
	Database string `json:"database,omitempty" jsonschema:"minLength=1" jsonschema_description:"Name of the database. For SQLite, the path of the file." absent:"none; required where 'filepath' does not name the file" example:"shop"`
	Username string `json:"username,omitempty" jsonschema:"nullable" jsonschema_description:"User to log in as." absent:"the engine's usual one" example:"reader"`
	Password Secret `json:"password,omitzero" jsonschema:"nullable" jsonschema_description:"Password of the user. Write it as '${NAME}' and keep it in the environment." absent:"none" example:"${SHOP_PASSWORD}"`
	// PasswordFile is what the file names; Load puts what the file holds into Password, and empties it.
	PasswordFile string `json:"password_file,omitempty" jsonschema:"nullable,minLength=1" jsonschema_description:"Path of a file that holds the password instead, as container platforms give secrets; a relative one starts at the configuration's folder." absent:"none" example:"/run/secrets/db_password"`
	Schema       string `json:"schema,omitempty" jsonschema:"nullable" jsonschema_description:"Schema in which tables without one are looked up; MySQL's schemas are its databases." absent:"the engine's usual one" example:"public"`
	Filepath     string `json:"filepath,omitempty" jsonschema:"nullable,minLength=1" jsonschema_description:"SQLite: path of the file; a relative one starts at the working directory. It wins over 'database'." absent:"that of 'database'" example:"./shop.db"`
	ExtraParams  Params `json:"extra_params,omitempty" jsonschema_description:"Further parameters of the connection, in the engine's own words. PostgreSQL: 'sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'sslpassword' and 'sslsni' say how to connect, every other is a setting of the session. MySQL: 'ssl_mode', 'ssl_ca', 'ssl_cert' and 'ssl_key' say how to connect, every other is a variable of the session." absent:"none" example:"{sslmode: require}"`
}

// File returns the path of the SQLite file: Filepath, else Database.
func (c Connection) File() string {
	if c.Filepath != "" {
		return c.Filepath
	}
	return c.Database
}

// Params are further parameters of a connection. Values are string, bool, int64, float64, nil,
// []any or Params; text that is a secret by its key's name or its form is a [Secret].
type Params map[string]any

// UnmarshalJSON reads a JSON object; numbers without a fraction become int64.
func (p *Params) UnmarshalJSON(text []byte) error {
	var m map[string]any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&m); err != nil {
		return fmt.Errorf("parameters: %w", err)
	}
	if m == nil {
		*p = nil
		return nil
	}
	*p, _ = typed(m, false).(Params)
	return nil
}

// typed gives v the types that Params documents. Below a key that names a secret every text and
// number is one.
func typed(v any, secret bool) any {
	switch v := v.(type) {
	case map[string]any:
		p := make(Params, len(v))
		for key, item := range v {
			p[key] = typed(item, secret || secretKey(key))
		}
		return p
	case []any:
		items := make([]any, len(v))
		for i, item := range v {
			items[i] = typed(item, secret)
		}
		return items
	case json.Number:
		if secret {
			return NewSecret(v.String())
		}
		if i, err := v.Int64(); err == nil {
			return i
		}
		f, _ := v.Float64()
		return f
	case string:
		if secret || secretText(v) {
			return NewSecret(v)
		}
		return v
	default:
		return v
	}
}

// Text returns the parameter name as text, secrets revealed, and whether it is there.
// Numbers and booleans are written as in YAML.
func (p Params) Text(name string) (string, bool) {
	switch v := p[name].(type) {
	case nil:
		return "", false
	case Secret:
		return v.Reveal(), true
	case string:
		return v, true
	case bool, int64, float64:
		return fmt.Sprint(v), true
	default:
		return "", false
	}
}

// secretKey reports whether a key's name says that its value is a secret. Names of files that hold
// secrets (credentials_path, sslkey) are none.
func secretKey(key string) bool {
	key = strings.ToLower(strings.ReplaceAll(key, "-", "_"))
	for _, suffix := range []string{"_path", "_file", "filepath", "sslkey", "sslrootcert", "_keyfile"} {
		if strings.HasSuffix(key, suffix) {
			return false
		}
	}
	for _, word := range []string{"password", "passwd", "passphrase", "secret", "token", "credential", "dsn", "webhook_url"} {
		if strings.Contains(key, word) {
			return true
		}
	}
	return strings.HasSuffix(key, "key") || strings.HasSuffix(key, "pwd") || key == "pass" || strings.HasSuffix(key, "_pass")
}
