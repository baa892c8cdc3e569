//go:build unix

package pipes_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/baselinr/baselinr-pipes/pipes"
)

// Some behaviour belongs to a process: its standard streams, its signals, its death. The test binary is that process,
// too: with programVariable set, it runs one of the programs instead of the tests.
const programVariable = "PIPES_TEST_PROGRAM"

var programs = map[string]func() error{
	"report, then wait to be killed": func() error {
		session, err := pipes.Open(context.Background())
		if err != nil {
			return err
		}
		for i := range 1000 {
			if err := session.ReportCustomMessage(context.Background(), i); err != nil {
				return err
			}
		}
		fmt.Println("reported")
		select {}
	},
	"run until a signal comes": func() error {
		return pipes.Run(context.Background(), func(ctx context.Context, session *pipes.Session) error {
			fmt.Println("running")
			<-ctx.Done()
			return ctx.Err()
		})
	},
	"run and ignore signals": func() error {
		return pipes.Run(context.Background(), func(context.Context, *pipes.Session) error {
			fmt.Println("running")
			select {}
		}, pipes.WithGracePeriod(10*time.Millisecond))
	},
	"print on both streams": func() error {
		session, err := pipes.Open(context.Background())
		if err != nil {
			return err
		}
		fmt.Println("to stdout: ü")
		fmt.Fprintln(os.Stderr, "to stderr")
		child := exec.Command("sh", "-c", "echo from a child; echo child error >&2")
		child.Stdout, child.Stderr = os.Stdout, os.Stderr
		err = child.Run()
		fmt.Print("no newline at the end")
		return errors.Join(err, session.Close(nil))
	},
	"print into log files": func() error {
		writer, err := pipes.NewFileLogWriter(os.Getenv("LOG_DIR"))
		if err != nil {
			return err
		}
		session, err := pipes.Open(context.Background(), pipes.WithLogWriter(writer))
		if err != nil {
			return err
		}
		fmt.Println("printed")
		return session.Close(nil)
	},
	"leave a child that keeps the streams open": func() error {
		session, err := pipes.Open(context.Background())
		if err != nil {
			return err
		}
		child := exec.Command("sleep", "60")
		child.Stdout, child.Stderr = os.Stdout, os.Stderr
		if err := child.Start(); err != nil {
			return err
		}
		fmt.Println("printed")
		err = session.Close(nil)
		return errors.Join(err, child.Process.Kill())
	},
	"print more than anybody reads, then close": func() error {
		session, err := pipes.Open(context.Background(), pipes.WithCloseTimeout(100*time.Millisecond))
		if err != nil {
			return err
		}
		go func() {
			for {
				fmt.Println("nobody reads this")
			}
		}()
		time.Sleep(100 * time.Millisecond)
		return session.Close(nil)
	},
	"crash while output is captured": func() error {
		if _, err := pipes.Open(context.Background()); err != nil {
			return err
		}
		go panic("crash in a goroutine")
		select {}
	},
	"report on a standard output that is closed": func() error {
		session, err := pipes.Open(context.Background())
		if err != nil {
			return fmt.Errorf("opened: %w", err)
		}
		return session.Close(nil)
	},
}

func TestMain(m *testing.M) {
	name := os.Getenv(programVariable)
	if name == "" {
		os.Exit(m.Run())
	}
	if err := programs[name](); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}
	os.Exit(0)
}

// A program is a process that runs one of the programs.
type program struct {
	*exec.Cmd
	messages       string // path of its message file
	stdout, stderr bytes.Buffer
}

func newProgram(t *testing.T, name string, messageParams object) *program {
	t.Helper()
	if programs[name] == nil {
		t.Fatalf("no program %q", name)
	}
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &program{Cmd: exec.Command(executable), messages: filepath.Join(t.TempDir(), "messages")}
	params := object{"path": p.messages}
	for key, value := range messageParams {
		if params[key] = value; key != "include_stdio_in_messages" {
			delete(params, "path")
		}
	}
	p.Env = append(os.Environ(), programVariable+"="+name,
		pipes.EnvContext+"="+encode(t, object{"data": oneAsset()}), pipes.EnvMessages+"="+encode(t, params))
	p.Stdout, p.Stderr = &p.stdout, &p.stderr
	return p
}

// startAndAwait starts the program and returns when it has printed line.
func (p *program) startAndAwait(t *testing.T, line string) {
	t.Helper()
	p.Stdout = nil
	stdout, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, len(line))
	if _, err := io.ReadFull(stdout, buffer); err != nil || string(buffer) != line {
		t.Fatalf("want %q, got %q, %v; %s", line, buffer, err, &p.stderr)
	}
}

func TestAProcessThatIsKilledLeavesWhatItReported(t *testing.T) {
	p := newProgram(t, "report, then wait to be killed", nil)
	p.startAndAwait(t, "reported")
	if err := p.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = p.Wait()
	if got := readFile(t, p.messages); len(got) != 1001 {
		t.Errorf("want opened and 1000 reports, got %d messages", len(got))
	}
}

func TestASignalClosesTheSession(t *testing.T) {
	for _, test := range []struct {
		name, program string
		signal        os.Signal
		want          string
	}{
		{"SIGINT", "run until a signal comes", os.Interrupt, "stopped by signal: interrupt"},
		{"SIGTERM", "run until a signal comes", syscall.SIGTERM, "stopped by signal: terminated"},
		{"a signal that is ignored", "run and ignore signals", syscall.SIGTERM, "still running 10ms after: stopped by signal: terminated"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newProgram(t, test.program, nil)
			p.startAndAwait(t, "running")
			if err := p.Process.Signal(test.signal); err != nil {
				t.Fatal(err)
			}
			_ = p.Wait()
			if p.ProcessState.ExitCode() != 3 || !strings.Contains(p.stderr.String(), test.want) {
				t.Errorf("want exit code 3 and %q, got %v, %q", test.want, p.ProcessState, &p.stderr)
			}
			messages := readFile(t, p.messages)
			last := messages[len(messages)-1]
			if last.Method != "closed" || !strings.Contains(string(last.Params), test.want) {
				t.Errorf("want closed with %q, got %s %s", test.want, last.Method, last.Params)
			}
		})
	}
}

func TestAClosedStandardOutputIsAnError(t *testing.T) {
	for _, params := range []object{{"stdio": "stdout"}, {"buffered_stdio": "stdout"}} {
		t.Run(fmt.Sprint(params), func(t *testing.T) {
			read, write, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			p := newProgram(t, "report on a standard output that is closed", params)
			p.Stdout = write
			if err := errors.Join(read.Close(), p.Start(), write.Close()); err != nil {
				t.Fatal(err)
			}
			// Without care the process would end by SIGPIPE, and have no exit code.
			_ = p.Wait()
			if p.ProcessState.ExitCode() != 3 || !strings.Contains(p.stderr.String(), "broken pipe") {
				t.Errorf("want exit code 3 and a word about it, got %v, %q", p.ProcessState, &p.stderr)
			}
		})
	}
}
