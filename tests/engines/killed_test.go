package engines

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/store"
)

// writerVariable holds, for a process that is to be killed while it writes, what it writes to.
const writerVariable = "BASELINR_TEST_WRITER"

type writerTask struct {
	Engine     string
	Connection config.Connection
	Password   string // which the connection does not tell
}

const columnsOfWriter = 200

// beWriter makes the history's tables, and then saves one run after the other until the process is killed.
func beWriter() {
	fail := func(err error) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var task writerTask
	if err := json.Unmarshal([]byte(os.Getenv(writerVariable)), &task); err != nil {
		fail(err)
	}
	task.Connection.Password = config.NewSecret(task.Password)
	for _, e := range engines {
		if e.name != task.Engine {
			continue
		}
		s, err := e.history(context.Background(), task.Connection)
		if err != nil {
			fail(err)
		}
		fmt.Println("open")
		if err := s.Ready(context.Background(), true); err != nil {
			fail(err)
		}
		profile := accumulated(columnsOfWriter)
		for n := 0; ; n++ {
			fmt.Println("saving", n)
			if err := s.Save(context.Background(), record(uuid.NewString(), noon.Add(time.Duration(n)*time.Second), profile)); err != nil {
				fail(err)
			}
		}
	}
	fail(fmt.Errorf("there is no engine %q", task.Engine))
}

// killed starts a writer, waits for a line of its output, and kills it some time after that.
func killed(t *testing.T, e engine, c config.Connection, line string, after time.Duration) {
	t.Helper()
	task, err := json.Marshal(writerTask{e.name, c, c.Password.Reveal()})
	if err != nil {
		t.Fatal(err)
	}
	var messages strings.Builder
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), writerVariable+"="+string(task))
	command.Stderr = &messages
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	found := false
	for lines := bufio.NewScanner(out); !found && lines.Scan(); {
		found = lines.Text() == line
	}
	time.Sleep(after)
	_ = command.Process.Kill()
	_ = command.Wait()
	if !found {
		t.Fatalf("the writer did not come to %q: %s", line, &messages)
	}
}

func killedWriter(t *testing.T, e engine) {
	p := e.start(t)
	e.ready(t, p.connection)
	one := record("", noon, accumulated(columnsOfWriter))
	results := 0
	for _, c := range one.Profile.Columns {
		results += len(c.Metrics)
	}
	for i := range 6 {
		killed(t, e, p.connection, "saving 1", time.Duration(i*7)*time.Millisecond)
	}
	s := e.ready(t, p.connection)
	if err := saved(t.Context(), s, record(uuid.NewString(), noon, accumulated(columnsOfWriter))); err != nil {
		t.Errorf("the next writer: %v", err)
	}
	runs, err := s.Recent(t.Context(), store.Filter{Limit: 1000})
	if err != nil || len(runs) < 7 { // one of each, and the last
		t.Fatalf("%d runs, %v", len(runs), err)
	}
	for _, r := range runs {
		of := " WHERE run_id = " + literal(r.RunID)
		for table, want := range map[string]int{"baselinr_results": results, "baselinr_pipes_runs": 1, "baselinr_pipes_findings": 1, "baselinr_events": 2} {
			if n := e.count(t, p.connection, "SELECT count(*) FROM "+table+of); n != want {
				t.Errorf("run %s has %d rows of %s, want %d", r.RunID, n, table, want)
			}
		}
	}
	for _, table := range []string{"baselinr_results", "baselinr_pipes_runs", "baselinr_pipes_findings", "baselinr_pipes_distributions"} {
		if n := e.count(t, p.connection, "SELECT count(*) FROM "+table+" WHERE run_id NOT IN (SELECT run_id FROM baselinr_runs)"); n != 0 {
			t.Errorf("%s has %d rows of no run", table, n)
		}
	}
}

func cutMigration(t *testing.T, e engine) {
	for i := range 6 {
		p := e.start(t)
		killed(t, e, p.connection, "open", time.Duration(i*30)*time.Millisecond)
		s := e.ready(t, p.connection)
		if problems, err := s.Validate(t.Context()); err != nil || len(problems) > 0 {
			t.Errorf("cut off after %d ms: the tables lack %v, %v", i*30, problems, err)
		}
		if err := s.Save(t.Context(), record(uuid.NewString(), noon, accumulated(0))); err != nil {
			t.Errorf("cut off after %d ms: %v", i*30, err)
		}
	}
}
