package cache

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/internal/atomicfile"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// catalog is what a source answers.
type catalog struct {
	schema string
	tables []warehouse.Table
}

func (c catalog) DefaultSchema() string { return c.schema }
func (c catalog) Tables(context.Context, []string) ([]warehouse.Table, error) {
	return c.tables, nil
}
func (c catalog) TablesWithColumns(context.Context, []string, []string) (map[warehouse.TableRef][]string, error) {
	return map[warehouse.TableRef][]string{c.tables[0].TableRef: {"id"}}, nil
}

var (
	noon   = time.Date(2024, 2, 29, 12, 0, 0, 123, time.UTC)
	orders = warehouse.Table{
		TableRef: warehouse.TableRef{Schema: `a"b`, Name: "orders 日"}, Type: config.TypeView,
		Rows: 1<<60 + 1, Bytes: -1, Comment: "tags: <x>, y\n", Age: time.Hour,
	}
	source = config.Connection{
		Type: "postgres", Host: "h", Port: 5432, Database: "d", Username: "u", Password: config.NewSecret("geheim-4711"),
		ExtraParams: config.Params{"sslmode": "disable", "sslpassword": config.NewSecret("geheim-0815"), "port": int64(7)},
	}
)

func at(t time.Time) func() time.Time { return func() time.Time { return t } }

// ask asks all that there is to ask, and fails the test where an answer is lost.
func ask(t *testing.T, c *Cache, from catalog) {
	t.Helper()
	k := c.Keeping(from, func(err error) { t.Error(err) })
	if _, err := k.Tables(t.Context(), []string{"s"}); err != nil {
		t.Fatal(err)
	}
	if _, err := k.TablesWithColumns(t.Context(), []string{"s"}, []string{"id", "day"}); err != nil {
		t.Fatal(err)
	}
}

func TestWhatACatalogSaidIsKnownToOtherProcesses(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "deep", "folder")
	from := catalog{"public", []warehouse.Table{orders}}
	ask(t, New(folder, source, at(noon)), from)

	known, err := New(folder, source, at(noon.Add(time.Minute))).Known()
	if err != nil {
		t.Fatal(err)
	}
	tables, err := known.Tables(t.Context(), []string{"s"})
	if err != nil {
		t.Fatal(err)
	}
	aged := orders
	aged.Age += time.Minute
	if diff := cmp.Diff([]warehouse.Table{aged}, tables); diff != "" {
		t.Error(diff)
	}
	has, err := known.TablesWithColumns(t.Context(), []string{"s"}, []string{"id", "day"})
	if diff := cmp.Diff(map[warehouse.TableRef][]string{orders.TableRef: {"id"}}, has); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if known.DefaultSchema() != "public" || !known.At().Equal(noon) {
		t.Error(known.DefaultSchema(), known.At())
	}
	// The files are the user's alone, and hold no secret.
	info, err := os.Stat(folder)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Error(err, info.Mode())
	}
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(files) != 3 {
		t.Error(err, files)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if info, _ := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 || strings.Contains(string(text), "geheim") {
			t.Errorf("%v %v %s", err, info.Mode(), text)
		}
	}
}

func TestAnotherQuestionOrSourceIsUnknown(t *testing.T) {
	folder := t.TempDir()
	ask(t, New(folder, source, at(noon)), catalog{"public", []warehouse.Table{orders}})
	known, err := New(folder, source, at(noon)).Known()
	if err != nil {
		t.Fatal(err)
	}
	for _, schemas := range [][]string{nil, {}, {"s", "t"}, {"S"}} {
		if _, err := known.Tables(t.Context(), schemas); !errors.Is(err, ErrUnknown) {
			t.Errorf("tables of %v: %v", schemas, err)
		}
	}
	if _, err := known.TablesWithColumns(t.Context(), []string{"s"}, []string{"id"}); !errors.Is(err, ErrUnknown) {
		t.Error(err)
	}
	for _, change := range []func(*config.Connection){
		func(c *config.Connection) { c.Type = "sqlite" }, func(c *config.Connection) { c.Host = "g" },
		func(c *config.Connection) { c.Port = 5433 }, func(c *config.Connection) { c.Database = "e" },
		func(c *config.Connection) { c.Username = "v" }, func(c *config.Connection) { c.Schema = "s" },
		func(c *config.Connection) { c.ExtraParams = config.Params{"sslmode": "require"} },
	} {
		other := source
		change(&other)
		if _, err := New(folder, other, at(noon)).Known(); !errors.Is(err, ErrUnknown) {
			t.Errorf("%+v: %v", other, err)
		}
	}
	rotated := source
	rotated.Password = config.NewSecret("another")
	if _, err := New(folder, rotated, at(noon)).Known(); err != nil {
		t.Errorf("a new password makes it another source: %v", err)
	}
}

func TestABrokenFileCountsAsUnknownAndIsWrittenAnew(t *testing.T) {
	c := New(t.TempDir(), source, at(noon))
	from := catalog{"public", []warehouse.Table{orders}}
	ask(t, c, from)
	files, err := filepath.Glob(filepath.Join(c.folder, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, breaks := range []func(text string) string{
		func(string) string { return "" },
		func(text string) string { return text[:len(text)/2] },
		func(string) string { return "\x00\xff" },
		func(string) string { return "null" },
		func(string) string { return "[]" },
		func(text string) string { return strings.Replace(text, `"form":1`, `"form":0`, 1) },
		func(text string) string { return strings.Replace(text, `"host":"h"`, `"host":"g"`, 1) },
	} {
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(breaks(string(text))), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := c.Known(); !errors.Is(err, ErrUnknown) {
			t.Error(err)
		}
		ask(t, c, from)
		if _, err := c.Known(); err != nil {
			t.Error(err)
		}
	}
}

func TestManyReadAndWriteAtOnce(t *testing.T) {
	c := New(t.TempDir(), source, time.Now)
	small, large := catalog{"public", []warehouse.Table{orders}}, catalog{"public", nil}
	for i := range 2000 {
		large.tables = append(large.tables, warehouse.Table{TableRef: warehouse.TableRef{Schema: "s", Name: fmt.Sprint(i)}, Age: -1})
	}
	ask(t, c, small)
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for range 20 {
				if from := []catalog{small, large}[i%2]; i < 4 {
					k := c.Keeping(from, func(err error) { t.Error(err) })
					if _, err := k.Tables(t.Context(), nil); err != nil {
						t.Error(err)
					}
					continue
				}
				known, err := c.Known()
				if err != nil {
					t.Error(err)
					continue
				}
				tables, err := known.Tables(t.Context(), nil)
				if n := len(tables); !errors.Is(err, ErrUnknown) && n != 1 && n != 2000 {
					t.Errorf("%d tables: %v", n, err)
				}
			}
		})
	}
	group.Wait()
	if left, err := filepath.Glob(filepath.Join(c.folder, "*"+atomicfile.Unfinished)); err != nil || len(left) > 0 {
		t.Error(err, left)
	}
}

func TestOldFilesAreDeleted(t *testing.T) {
	c := New(t.TempDir(), source, at(noon))
	put := func(name string, age time.Duration) {
		t.Helper()
		file := filepath.Join(c.folder, name)
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, noon.Add(-age), noon.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	put("old.json", 91*24*time.Hour)
	put("dead.tmp", 2*time.Hour)
	put("alive.tmp", time.Minute)
	put("somebody.else", 1000*24*time.Hour)
	for i := range mostFiles {
		put(fmt.Sprintf("%03d.json", i), time.Duration(i+1)*time.Minute)
	}
	if err := prune(c.folder, noon); err != nil {
		t.Fatal(err)
	}
	put("new.json", 0)
	if err := prune(c.folder, noon); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		"old.json": false, "dead.tmp": false, "alive.tmp": true, "somebody.else": true,
		"new.json": true, "000.json": true, "498.json": true, "499.json": false,
	} {
		if _, err := os.Stat(filepath.Join(c.folder, name)); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A field that files of form 1 do not have would be empty in plans of what is known: raise form with it.
func TestTheFormIsThatOfTheTablesOfTheCatalog(t *testing.T) {
	var fields []string
	for _, f := range reflect.VisibleFields(reflect.TypeFor[warehouse.Table]()) {
		fields = append(fields, f.Name)
	}
	if got := strings.Join(fields, " "); form != 1 || got != "TableRef Schema Name Type Rows Bytes Comment Age" {
		t.Errorf("form %d: %s", form, got)
	}
}
