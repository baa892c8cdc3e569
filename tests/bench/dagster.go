package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tiny is what the tables are that a job profiles whose own cost is measured: so little that profiling is next to
// nothing.
const tiny = "10 rows × 5 columns"

// jobInDagster races our job with the reference's, each run as Dagster's command runs it: a process of the run and one of each
// step. Each has an instance of files of its own, which is kept between the runs.
func jobInDagster(ctx context.Context, l *lab) (section, error) {
	const tables = 40
	python, err := l.referenceInDagster(ctx)
	if err != nil {
		return section{}, err
	}
	var contestants []*contestant
	for _, c := range []struct{ name, python, repo string }{
		{"`baselinr` 0.9.0's job", python, "repo_reference.py"},
		{"our job", "python", "repo_ours.py"},
	} {
		config, err := l.tinyTables(ctx, strings.TrimSuffix(c.repo, ".py"), tables)
		if err != nil {
			return section{}, err
		}
		job, err := dagsterJob(c.name, c.python, c.repo, filepath.Dir(config), "BENCH_CONFIG="+config)
		if err != nil {
			return section{}, err
		}
		contestants = append(contestants, job)
	}
	if err := race(ctx, "dagster-job", min(l.runs, 3), contestants...); err != nil { // minutes each
		return section{}, err
	}
	return section{
		text:     fmt.Sprintf("%d tables of %s in SQLite. %s\n\n%s", tables, tiny, l.setting(ctx), contestantTable(contestants...)),
		measured: map[string]float64{"dagster-job": contestants[0].wall() / contestants[1].wall()},
	}, nil
}

// outputsInDagster races our job with one of a step that has as many outputs and does nothing.
func outputsInDagster(ctx context.Context, l *lab) (section, error) {
	measured := map[string]float64{}
	var all []*contestant
	for _, tables := range []int{200, 1000} {
		name := fmt.Sprintf("dagster-%d", tables)
		config, err := l.tinyTables(ctx, name, tables)
		if err != nil {
			return section{}, err
		}
		count := thousands(tables)
		ours, err := dagsterJob("our job, "+count+" tables", "python", "repo_ours.py", filepath.Dir(config), "BENCH_CONFIG="+config)
		if err != nil {
			return section{}, err
		}
		// The summary is an output too.
		empty, err := dagsterJob("a job that does nothing, as many outputs", "python", "repo_empty.py", filepath.Join(l.folder, name+"-empty"), fmt.Sprintf("BENCH_OUTPUTS=%d", tables+1))
		if err != nil {
			return section{}, err
		}
		if err := race(ctx, name, l.runs, empty, ours); err != nil {
			return section{}, err
		}
		measured[name] = 100 * (ours.wall() - empty.wall()) / empty.wall()
		all = append(all, empty, ours)
	}
	return section{text: fmt.Sprintf("Tables of %s in SQLite. %s\n\n%s", tiny, l.setting(ctx), contestantTable(all...)), measured: measured}, nil
}

// loadInDagster times the load of a code location, and a tick of the sensor.
func loadInDagster(ctx context.Context, l *lab) (section, error) {
	thousand, err := l.namedTables("dagster-load", 1000)
	if err != nil {
		return section{}, err
	}
	script := func(work, config string) []string {
		return []string{"BENCH_CONFIG=" + config, "python", "tests/bench/in_dagster.py", work}
	}
	whole := func(name, work string) *contestant {
		return &contestant{name: name, run: func(ctx context.Context) (usage, error) { return timed(ctx, "env", script(work, thousand)...) }}
	}
	imported, loaded := whole("`import dagster`", "import"), whole("loading 1,000 tables", "load")
	if err := race(ctx, "dagster-load", l.runs, imported, loaded); err != nil {
		return section{}, err
	}
	fiveThousand, err := l.namedTables("dagster-tick", 5000)
	if err != nil {
		return section{}, err
	}
	first, next := &contestant{name: "a tick at 5,000 tables, all new"}, &contestant{name: "a tick at 5,000 tables, none changed"}
	for range min(l.runs, 5) {
		text, err := output(ctx, "env", script("tick", fiveThousand)...)
		if err != nil {
			return section{}, err
		}
		var took [2]struct{ Wall, CPU float64 }
		if err := json.Unmarshal([]byte(text), &took); err != nil {
			return section{}, err
		}
		for i, c := range []*contestant{first, next} {
			c.runs = append(c.runs, usage{wall: inSeconds(took[i].Wall), cpu: inSeconds(took[i].CPU)})
			say("dagster-load: %s: %.2f s", c.name, took[i].Wall)
		}
	}
	return section{
		text: fmt.Sprintf("%s\n\n%s", l.setting(ctx), contestantTable(imported, loaded, first, next)),
		measured: map[string]float64{
			"dagster-load": loaded.wall() - imported.wall(), "dagster-tick": max(first.wall(), next.wall()),
		},
	}, nil
}

func inSeconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// dagsterJob is a run of a code location's job in a folder, by Dagster's own command.
func dagsterJob(name, python, repo, folder, variable string) (*contestant, error) {
	home := filepath.Join(folder, "dagster_home")
	if err := os.MkdirAll(home, 0o755); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(home, "dagster.yaml"), []byte("telemetry: {enabled: false}\n"), 0o644); err != nil {
		return nil, err
	}
	arguments := []string{"DAGSTER_HOME=" + home, variable, python, "-m", "dagster", "job", "execute", "-f", "tests/bench/" + repo, "-j", "baselinr_profile_all"}
	return &contestant{name: name, run: func(ctx context.Context) (usage, error) { return timed(ctx, "env", arguments...) }}, nil
}

// tinyTables makes a SQLite file of tables, and a config that names them and that the reference reads too.
func (l *lab) tinyTables(ctx context.Context, folder string, n int) (config string, err error) {
	if config, err = l.namedTables(folder, n); err != nil {
		return "", err
	}
	_, err = output(ctx, "python", "tests/bench/tiny.py", filepath.Join(filepath.Dir(config), "warehouse.db"), strconv.Itoa(n))
	return config, err
}

// namedTables writes a config that names tables of a SQLite file, so that the plan needs no look into it.
func (l *lab) namedTables(folder string, n int) (config string, err error) {
	folder = filepath.Join(l.folder, folder)
	file := filepath.Join(folder, "warehouse.db")
	tables := make([]object, n)
	for i := range tables {
		tables[i] = object{"table": fmt.Sprintf("tiny_%04d", i)}
	}
	return writeConfig(folder, sqliteSource(file), tables...)
}

// referenceInDagster returns the Python of an environment that has the reference, and the Dagster that ours runs in.
func (l *lab) referenceInDagster(ctx context.Context) (string, error) {
	version, err := output(ctx, "python", "-c", "import dagster; print(dagster.__version__)")
	if err != nil {
		return "", err
	}
	folder, err := environment(ctx, "build/reference-dagster", reference, "sqlalchemy<2.1", "dagster=="+strings.TrimSpace(version))
	return filepath.Join(folder, "bin/python"), err
}
