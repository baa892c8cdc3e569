package main

import (
	"context"
	"fmt"
	"path/filepath"
)

const flightsSize = "flights: 336,776 rows × 19 columns. "

// flightsPostgres races ours, the raw read, and DuckDB on the flights table in PostgreSQL.
func flightsPostgres(ctx context.Context, l *lab) (section, error) {
	if err := l.flights(ctx); err != nil {
		return section{}, err
	}
	ours, config, err := l.oursOn("flights-postgres", object{"table": "flights"})
	if err != nil {
		return section{}, err
	}
	raw := l.rawPostgres("flights")
	duck, err := startSummarize(ctx)
	if err != nil {
		return section{}, err
	}
	defer duck.close()
	summarize := duck.contestant()
	if err := race(ctx, "flights-postgres", l.runs, ours, raw, summarize); err != nil {
		return section{}, err
	}
	return section{
		text: flightsSize + l.setting(ctx) + "\n\n" + contestantTable(ours, raw, summarize),
		measured: map[string]float64{
			"flights-postgres":     ours.wall() / raw.wall(),
			"flights-postgres-cpu": ours.cpu() / raw.cpu(),
		},
	}, l.pprof(ctx, "flights-postgres", "profile", "--config", config)
}

// flightsSQLite races ours and the raw read on the flights table in SQLite.
func flightsSQLite(ctx context.Context, l *lab) (section, error) {
	file, err := l.flightsFile(ctx)
	if err != nil {
		return section{}, err
	}
	config, err := writeConfig(filepath.Join(l.folder, "flights-sqlite"), sqliteSource(file), object{"table": "flights"})
	if err != nil {
		return section{}, err
	}
	ours, raw := l.ours(config), l.rawSQLite(file, "flights")
	if err := race(ctx, "flights-sqlite", l.runs, ours, raw); err != nil {
		return section{}, err
	}
	return section{
		text:     flightsSize + l.setting(ctx) + "\n\n" + contestantTable(ours, raw),
		measured: map[string]float64{"flights-sqlite": ours.wall() / raw.wall()},
	}, l.pprof(ctx, "flights-sqlite", "profile", "--config", config)
}

// referencePostgres races the reference and ours on the flights table in PostgreSQL.
func referencePostgres(ctx context.Context, l *lab) (section, error) {
	if err := l.flights(ctx); err != nil {
		return section{}, err
	}
	source, err := l.postgresSource()
	if err != nil {
		return section{}, err
	}
	return againstReference(ctx, l, "reference-postgres", source, object{"schema": schema, "table": "flights"})
}

// referenceSQLite races the reference and ours on the flights table in SQLite.
func referenceSQLite(ctx context.Context, l *lab) (section, error) {
	file, err := l.flightsFile(ctx)
	if err != nil {
		return section{}, err
	}
	return againstReference(ctx, l, "reference-sqlite", sqliteSource(file), object{"table": "flights"})
}

func againstReference(ctx context.Context, l *lab, name string, source, table object) (section, error) {
	program, err := installReference(ctx)
	if err != nil {
		return section{}, err
	}
	var configs [2]string // each has a history of its own
	for i := range configs {
		if configs[i], err = writeConfig(filepath.Join(l.folder, fmt.Sprintf("%s-%d", name, i)), source, table); err != nil {
			return section{}, err
		}
	}
	theirs := profiling("`baselinr profile` ("+reference+")", program, configs[0])
	ours := l.ours(configs[1])
	if err := race(ctx, name, l.runs, theirs, ours); err != nil {
		return section{}, err
	}
	return section{
		text:     flightsSize + l.setting(ctx) + "\n\n" + contestantTable(theirs, ours),
		measured: map[string]float64{name: theirs.wall() / ours.wall()},
	}, nil
}

// sqliteSource is the config of a SQLite file as a source.
func sqliteSource(file string) object {
	return object{"type": "sqlite", "database": file, "filepath": file}
}
