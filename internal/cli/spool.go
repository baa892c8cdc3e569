package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/internal/atomicfile"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/report"
	"github.com/baselinr/baselinr-pipes/report/terminal"
	"github.com/baselinr/baselinr-pipes/store"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// spool keeps the profiles that the history could not take, a file each, until a later run stores them. A
// history has a folder of its own.
type spool struct{ folder string }

// SpoolVariable names the environment variable that holds the folder of the spool.
const SpoolVariable = "BASELINR_SPOOL_DIR"

// spoolOf returns the spool of a config's history. It is in the user's folder for the state of programs.
func spoolOf(c *config.Config) spool {
	return spool{filepath.Join(spoolFolder(), historyKey(c.Storage))}
}

func spoolFolder() string {
	if folder := os.Getenv(SpoolVariable); folder != "" {
		return folder
	}
	name := filepath.Join("baselinr-pipes", "spool")
	if folder := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(folder) {
		return filepath.Join(folder, name)
	}
	if home, err := os.UserHomeDir(); err == nil && runtime.GOOS == "linux" {
		return filepath.Join(home, ".local", "state", name)
	}
	if folder, err := os.UserCacheDir(); err == nil {
		return filepath.Join(folder, name)
	}
	return filepath.Join(os.TempDir(), fmt.Sprintf("baselinr-pipes-%d", os.Getuid()), "spool")
}

// historyKey tells histories apart: by where they are and the names of their tables, not by who logs in.
func historyKey(s config.Storage) string {
	c := s.Connection
	file := c.File()
	if c.Host == "" && c.Port == 0 {
		if absolute, err := filepath.Abs(file); err == nil {
			file = absolute
		}
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %d %q %q %q %q", c.Type, c.Host, c.Port, file, c.Schema, s.RunsTable, s.ResultsTable))
	const bytes = 8
	return hex.EncodeToString(sum[:bytes])
}

// spooledRecord is a file of the spool. Metrics stand in it as the history holds them, as texts, one object a
// column of the record's profile: so they come back as they were.
type spooledRecord struct {
	Version int                        `json:"version"`
	Record  store.Record               `json:"record"`
	Metrics []map[metrics.Name]*string `json:"metrics"`
}

const spoolVersion = 1

// keep writes a record, atomically, and returns its file. Only the user can read it: it holds values of the
// table, as the history does.
func (s spool) keep(r store.Record) (path string, err error) {
	if err := os.MkdirAll(s.folder, 0o700); err != nil {
		return "", err
	}
	text, err := encodeRecord(r)
	if err != nil {
		return "", err
	}
	path = filepath.Join(s.folder, r.ProfiledAt.UTC().Format("20060102T150405.000000")+"-"+r.RunID+".json")
	return path, atomicfile.Write(path, text, 0o600)
}

func encodeRecord(r store.Record) ([]byte, error) {
	file := spooledRecord{Version: spoolVersion, Record: r}
	profile := *r.Profile
	profile.Columns = slices.Clone(profile.Columns)
	for i, c := range profile.Columns {
		texts := make(map[metrics.Name]*string, len(c.Metrics))
		for name, value := range c.Metrics {
			texts[name] = nil
			if text := value.String(); !value.IsNull() {
				texts[name] = &text
			}
		}
		file.Metrics = append(file.Metrics, texts)
		profile.Columns[i].Metrics = nil
	}
	file.Record.Profile = &profile
	text, err := json.Marshal(file)
	var unsupported *json.UnsupportedValueError
	if errors.As(err, &unsupported) { // a finding of an infinite value; it is found again when the record is stored
		file.Record.Drift = nil
		text, err = json.Marshal(file)
	}
	return text, err
}

func decodeRecord(text []byte) (store.Record, error) {
	var file spooledRecord
	if err := json.Unmarshal(text, &file); err != nil {
		return store.Record{}, err
	}
	r := file.Record
	switch {
	case file.Version != spoolVersion:
		return r, fmt.Errorf("it is of version %d, and this program knows %d", file.Version, spoolVersion)
	case r.RunID == "" || r.Profile == nil || len(r.Profile.Columns) != len(file.Metrics):
		return r, errors.New("it is not whole")
	}
	for i, texts := range file.Metrics {
		values := make(map[metrics.Name]metrics.Value, len(texts))
		for name, text := range texts {
			values[name] = metrics.Value{}
			switch {
			case text == nil:
			case name == metrics.Histogram, name == metrics.Quantiles, name == metrics.TopValues:
				values[name] = metrics.Parse(name, *text)
			default: // as a text a decimal keeps all its digits
				values[name] = metrics.Text(*text)
			}
		}
		r.Profile.Columns[i].Metrics = values
	}
	return r, nil
}

// files returns the files of the spool, the oldest record first.
func (s spool) files() ([]string, error) {
	entries, err := os.ReadDir(s.folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var paths []string
	for _, e := range entries { // sorted by name
		if strings.HasSuffix(e.Name(), ".json") {
			paths = append(paths, filepath.Join(s.folder, e.Name()))
		}
	}
	return paths, err
}

// keepAside keeps the profile of a table that the history did not take, and says so; the table has failed all
// the same. It fails where that fails too.
func (r *runner) keepAside(t *report.Table, record store.Record, cause error) error {
	r.storeDown = true
	fail(t, cause)
	path, err := r.spool.keep(record)
	if err != nil {
		return fmt.Errorf("%w; the profile of table %s is lost: it could not be kept aside either: %w", cause, record.TableID, err)
	}
	t.Error.Message += fmt.Sprintf("; the profile is kept in %s, and the next run stores it", path)
	r.app.logger.Warn(fmt.Sprintf("%s: the history could not take the profile; it is kept in %s, and the next run stores it", record.TableID, path))
	return nil
}

// storeSpooled stores what earlier runs kept aside. What cannot be stored stays where it is.
func (r *runner) storeSpooled(ctx context.Context) error {
	paths, err := r.spool.files()
	if err != nil {
		r.app.logger.Warn(fmt.Sprintf("the spool of profiles that are to be stored cannot be read: %v", err))
	}
	for _, path := range paths {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // another run has stored it
		}
		var record store.Record
		if err == nil {
			record, err = decodeRecord(text)
		}
		if err != nil {
			r.app.logger.Warn(fmt.Sprintf("the profile kept in %s cannot be read, and stays there: %v", path, err))
			continue
		}
		if err := r.storeRecord(ctx, &record); err != nil {
			r.app.logger.Warn(fmt.Sprintf("the profile kept in %s could not be stored, and stays there: %v", path, err))
			continue
		}
		r.tellLate(record)
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			r.app.logger.Warn(fmt.Sprintf("%v; it is stored, and may be deleted", err))
		}
	}
	return nil
}

// tellLate says what was found of a table whose profile an earlier run kept aside, and keeps it for the hooks: that run
// could tell them nothing of it, and the next one takes it for its baseline.
func (r *runner) tellLate(record store.Record) {
	late := r.told(report.Table{
		Plan: plan.DriftOf(r.config, record.Table, r.plan.DefaultSchema), Status: report.Completed,
		RunID: record.RunID, ProfiledAt: record.ProfiledAt, Profile: record.Profile, Reading: record.Reading, Drift: record.Drift,
	})
	r.late = append(r.late, late)
	text := fmt.Sprintf("%s: the profile that run %s read at %s, and the history could not take then, is stored now; drift %s",
		record.TableID, record.InvocationID, record.ProfiledAt.UTC().Format(time.DateTime), late.Drift.Verdict())
	var found []string
	for _, c := range late.Drift.SchemaChanges {
		found = append(found, c.String())
	}
	for _, line := range terminal.Lines(late.Drift.Findings) {
		found = append(found, fmt.Sprintf("%s %s: %s", line.Finding.Severity, line.Subject, line.Finding.Reason))
	}
	const most = 3
	if n := len(found) - most; n > 0 {
		found = append(found[:most], fmt.Sprintf("and %d more", n))
	}
	text = strings.Join(append([]string{text}, found...), "; ")
	r.app.logger.Warn(text)
	r.plan.Warnings = append(r.plan.Warnings, text)
}

// storeRecord compares a record, where that could not be done when it was read, and stores it.
func (r *runner) storeRecord(ctx context.Context, record *store.Record) error {
	tries := r.app.retry(r.config)
	table := plan.DriftOf(r.config, record.Table, r.plan.DefaultSchema)
	if record.Drift == nil {
		t := report.Table{
			Plan:  table,
			RunID: record.RunID, ProfiledAt: record.ProfiledAt, Profile: record.Profile, Reading: record.Reading, Slice: record.Slice,
		}
		if err := r.compare(ctx, tries, &t); err != nil {
			return err
		}
		record.Drift = t.Drift
	}
	if err := r.readFeedback(ctx, tries); err != nil {
		return err
	}
	var err error
	if record.Learning, err = outlookSettings(r.config, table, r.feedback.Of(r.subject(record.Table))); err != nil {
		return err
	}
	record.Outlook = &drift.Outlook{}
	_, err = warehouse.Try(ctx, tries, r.store.Transient, func() (struct{}, error) {
		return struct{}{}, r.store.Save(ctx, *record)
	})
	return err
}
