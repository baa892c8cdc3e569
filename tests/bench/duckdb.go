package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"time"
)

// summarizer is a process that holds flights in DuckDB's memory, and summarizes it once for each line that it is sent.
type summarizer struct {
	command    *exec.Cmd
	complaints *complaints
	requests   io.WriteCloser
	replies    *bufio.Reader
}

// startSummarize starts the process, which loads the table.
func startSummarize(ctx context.Context) (*summarizer, error) {
	say("loading flights into DuckDB ...")
	c, complaints := command(ctx, "python", "tests/bench/summarize.py")
	s := &summarizer{command: c, complaints: complaints}
	replies, err := c.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.replies = bufio.NewReader(replies)
	if s.requests, err = c.StdinPipe(); err != nil {
		return nil, err
	}
	return s, c.Start()
}

// contestant is the statement alone, in a process that runs already.
func (s *summarizer) contestant() *contestant {
	return &contestant{name: "DuckDB's `SUMMARIZE`, in memory", run: s.summarize}
}

func (s *summarizer) summarize(context.Context) (usage, error) {
	if _, err := fmt.Fprintln(s.requests); err != nil {
		return usage{}, s.explain(err)
	}
	line, err := s.replies.ReadBytes('\n')
	if err != nil {
		return usage{}, s.explain(err)
	}
	var took struct{ Wall, CPU float64 }
	err = json.Unmarshal(line, &took)
	return usage{wall: duration(took.Wall), cpu: duration(took.CPU)}, err
}

// explain adds what the process complained about to an error that came of its end.
func (s *summarizer) explain(err error) error {
	s.requests.Close()
	_ = s.command.Wait()
	return s.complaints.explain("summarize.py", err)
}

// close ends the process.
func (s *summarizer) close() {
	s.requests.Close()
	_ = s.command.Wait()
}

func duration(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
