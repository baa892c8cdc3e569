// Command driftpower measures how often the strategy statistical finds drift, at its defaults: where there is none
// (false alarms), and where there is some (power). The tables of docs/drift.md are its output:
//
//	go run ./tests/driftpower
//
// tests/driftpower/others.py measures other tools on the same columns.
package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"

	"github.com/baselinr/baselinr-pipes/drift"
)

func main() {
	kind := flag.String("of", "all", "alarms, power or all")
	columns := flag.Int("columns", 200, "columns of a table of false alarms")
	runs := flag.Int("runs", 100, "runs that are compared with the one before")
	rows := flag.Int("rows", 0, "rows of the table; 0 for several sizes")
	tries := flag.Int("tries", 50, "pairs of runs for each rate of detection")
	seed := flag.Uint64("seed", 1, "of the random numbers")
	flag.Parse()
	sizes := []int{1000, 10_000}
	if *rows > 0 {
		sizes = []int{*rows}
	}
	if *kind != "power" {
		for _, n := range sizes {
			alarms, findings := FalseAlarms(*columns, *runs, n, *seed)
			fmt.Printf("false alarms: %d rows, %d columns: %d of %d runs, %v\n", n, *columns, alarms, *runs, findings)
		}
	}
	if *kind == "alarms" {
		return
	}
	if *rows == 0 {
		sizes = []int{1000, 100_000, 1_000_000}
	}
	fmt.Print("| change |")
	for _, n := range sizes {
		fmt.Printf(" %d rows |", n)
	}
	fmt.Println()
	for _, c := range Changes() {
		fmt.Printf("| %s |", c.Name)
		for _, n := range sizes {
			fmt.Printf(" %.0f %% |", Power(c, n, *tries, *seed)*100)
			os.Stdout.Sync()
		}
		fmt.Println()
	}
}

// statistical are the settings of the measurements: the defaults.
func statistical() drift.Settings {
	s := drift.DefaultSettings()
	s.Strategy = drift.Statistical
	return s
}

func source(seed, stream uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, stream)) }
