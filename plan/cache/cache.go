// Package cache keeps what the catalogs of sources answered, in files of the user's, so that a plan can be
// made without its source: for some minutes to spare it, and at any time when it is down.
//
// Each file holds one answer to one question of one source, and its name is a digest of the two. Any number
// of processes may read and write: a file is replaced as a whole, and one that cannot be read, or is of
// another form, counts as not there.
package cache

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// form is the version of the files. Raise it when an answer's fields, or those of warehouse.Table, change.
const form = 1

// ErrUnknown is the error of a question whose answer is not kept.
var ErrUnknown = errors.New("not known yet")

// Cache keeps the answers of one source's catalog.
type Cache struct {
	folder string
	source config.Connection
	now    func() time.Time
}

// Folder is the user's folder for what programs cache: below $XDG_CACHE_HOME, else ~/.cache, on Linux.
func Folder() (string, error) {
	folder, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(folder, "baselinr-pipes", "catalog"), nil
}

// New returns the cache of a source in a folder, which is made when something is kept. Secrets are not part
// of what tells sources apart, and are in no file.
func New(folder string, source config.Connection, now func() time.Time) *Cache {
	source.Password, source.PasswordFile = config.Secret{}, ""
	return &Cache{folder, source, now}
}

// question is what a catalog is asked.
type question struct {
	Kind    kind     `json:"kind"`
	Schemas []string `json:"schemas"` // null for all
	Columns []string `json:"columns,omitempty"`
}

// kind is what a question is about.
type kind string

const (
	aboutDefaultSchema kind = "default_schema"
	aboutTables        kind = "tables"
	aboutColumns       kind = "columns"
)

// asked is what an answer is found by. Secrets among the source's parameters are written as ***.
type asked struct {
	Form     int               `json:"form"`
	Source   config.Connection `json:"source"`
	Question question          `json:"question"`
}

// answer is what a file holds. Which of the last three is set, the question says.
type answer struct {
	asked
	At            time.Time           `json:"at"`
	DefaultSchema string              `json:"default_schema,omitempty"`
	Tables        []warehouse.Table   `json:"tables,omitempty"`
	Columns       map[string][]string `json:"columns,omitempty"` // by the table's reference as JSON
}

func (a asked) name() (string, error) {
	text, err := json.Marshal(a)
	if err != nil {
		return "", fmt.Errorf("catalog cache: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16]) + extension, nil
}

// load returns the answer to a question, however old.
func (c *Cache) load(q question) (*answer, error) {
	name, err := asked{form, c.source, q}.name()
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(c.folder, name))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	var a answer
	if err := json.Unmarshal(text, &a); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrUnknown, name, err)
	}
	if holds, err := a.name(); err != nil || holds != name || a.At.IsZero() {
		return nil, fmt.Errorf("%w: %s holds something else", ErrUnknown, name)
	}
	return &a, nil
}

// save keeps an answer to a question.
func (c *Cache) save(q question, a answer) error {
	a.asked, a.At = asked{form, c.source, q}, c.now().UTC()
	name, err := a.name()
	if err != nil {
		return err
	}
	text, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("catalog cache: %w", err)
	}
	return replace(c.folder, name, text)
}
