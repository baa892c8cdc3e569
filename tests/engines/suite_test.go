// Package engines holds every engine to the same cases. An engine is a line in the list below and a file that says how to start
// it and how its SQL differs; where a case does not apply to it, its entry says why, and docs/engines.md shows it.
package engines

import (
	"os"
	"slices"
	"testing"
)

// engines lists the engines.
var engines = []engine{
	sqliteEngine,
	postgresEngine,
	mysqlEngine,
}

// suite lists the cases. What a case holds is its name, as docs/engines.md shows it.
var suite = []struct {
	name string
	run  func(t *testing.T, e engine)
}{
	{"values of every kind are read exactly", everyKind},
	{"tables without rows", emptyTable},
	{"tables of as many columns as the engine allows", wideTable},
	{"cells of a mebibyte", largeCells},
	{"names of any characters, of tables, columns and keys", names},
	{"names that differ in case alone", namesOfOtherCase},
	{"views", views},
	{"the catalog: tables, views, columns, estimates of rows", catalog},
	{"several schemas", schemas},
	{"comments of tables", comments},
	{"a table that is not there", missingTable},
	{"a table that the user may not read fails alone", permissions},
	{"a wrong password, database or address is told, without a secret", wrongConnection},
	{"samples: repeatable, of the size that was asked for, by strata and by key", samples},
	{"partitions by date, number and text", partitions},
	{"what the engine computes is what a scan computes", bothModes},
	{"a scan sees one state of its table", oneState},
	{"a cancelled scan ends on the server", cancelled},
	{"a statement that takes too long ends on the server", tooLong},
	{"a receiver that fails ends the scan", failingReceiver},
	{"a change of a table's rows shows in its version", versions},
	{"a connection that is cut is tried again", cutConnection},
	{"a connection that is half-closed is tried again", halfClosed},
	{"a session that the server ends is tried again", endedSession},
	{"a slow network changes nothing", slowNetwork},
	{"a server that falls silent is not waited for beyond the limit", silentServer},
	{"a server that never answers is given up, and told", neverAnswers},
	{"what will not pass is not tried again", permanentFailures},
	{"history: what is saved reads back equal", readsBack},
	{"history: the same run twice is stored once", storedOnce},
	{"history: a writer that is killed leaves whole runs", killedWriter},
	{"history: a migration that is cut off is taken up", cutMigration},
	{"history: several write at once without a lost row", concurrentWriters},
	{"history: a save whose connection is cut is tried again", cutSave},
	{"history: a rehearsal leaves nothing", rehearsal},
	{"history: a hook's events are written once, into a table of its own", hookEvents},
}

func TestEngines(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel() // most of the time each waits
			for _, c := range suite {
				if e.without[c.name] != "" {
					continue // docs/engines.md says so
				}
				t.Run(c.name, func(t *testing.T) { c.run(t, e) })
			}
		})
	}
}

func TestEveryExceptionIsOfACaseThatThereIs(t *testing.T) {
	for _, e := range engines {
		for name := range e.without {
			if !slices.ContainsFunc(suite, func(c struct {
				name string
				run  func(t *testing.T, e engine)
			}) bool {
				return c.name == name
			}) {
				t.Errorf("%s: there is no case %q", e.name, name)
			}
		}
	}
}

// TestMain makes this program a writer that can be killed, where it is started as one.
func TestMain(m *testing.M) {
	if os.Getenv(writerVariable) != "" {
		beWriter()
	}
	os.Exit(m.Run())
}
