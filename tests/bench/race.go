package main

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// usage is what one run took. Processor time and memory are the process's own, not the server's; they are zero where
// they were not measured.
type usage struct {
	wall, cpu time.Duration
	peak      int64 // bytes resident at most
}

// contestant is what a race times: a command, or a statement.
type contestant struct {
	name string
	// run does the work once. What it prepares and clears away is not in the usage that it returns.
	run  func(ctx context.Context) (usage, error)
	runs []usage
}

// race lets the contestants take turns, so that whatever else the machine does meets all of them alike. The first run of
// each, which warms the caches, is not counted.
func race(ctx context.Context, title string, runs int, contestants ...*contestant) error {
	for turn := range runs + 1 {
		for _, c := range contestants {
			u, err := c.run(ctx)
			if err != nil {
				return fmt.Errorf("%s: %s: %w", title, c.name, err)
			}
			count := "warm-up"
			if turn > 0 {
				c.runs = append(c.runs, u)
				count = fmt.Sprintf("%d/%d", turn, runs)
			}
			say("%s: %-7s  %-45s %8.3f s  %8.3f s CPU  %6.1f MiB", title, count, c.name, u.wall.Seconds(), u.cpu.Seconds(), mebibytes(u.peak))
		}
	}
	return nil
}

// wall is the median time from start to end, in seconds.
func (c *contestant) wall() float64 {
	return median(c.runs, func(u usage) float64 { return u.wall.Seconds() })
}

// cpu is the median processor time, in seconds.
func (c *contestant) cpu() float64 {
	return median(c.runs, func(u usage) float64 { return u.cpu.Seconds() })
}

// peak is the most memory that any run had, in MiB.
func (c *contestant) peak() float64 {
	return slices.Max(values(c.runs, func(u usage) float64 { return mebibytes(u.peak) }))
}

// extremes are the shortest and the longest time of a run, in seconds.
func (c *contestant) extremes() (fastest, slowest float64) {
	walls := values(c.runs, func(u usage) float64 { return u.wall.Seconds() })
	return slices.Min(walls), slices.Max(walls)
}

func mebibytes(bytes int64) float64 { return float64(bytes) / (1 << 20) }

func values(runs []usage, of func(usage) float64) []float64 {
	list := make([]float64, len(runs))
	for i, u := range runs {
		list[i] = of(u)
	}
	return list
}

func median(runs []usage, of func(usage) float64) float64 {
	sorted := slices.Sorted(slices.Values(values(runs, of)))
	middle := len(sorted) / 2
	if len(sorted)%2 == 0 {
		return (sorted[middle-1] + sorted[middle]) / 2
	}
	return sorted[middle]
}
