package main

import (
	"context"
	"fmt"
)

// large races ours and the raw read on ten million rows, and ours on a tenth of them.
func large(ctx context.Context, l *lab) (section, error) {
	const full = 10_000_000
	rows := min(full, l.largest)
	if err := l.makeTable(ctx, "large", events, rows); err != nil {
		return section{}, err
	}
	if err := l.makeTable(ctx, "tenth", events, rows/10); err != nil {
		return section{}, err
	}
	ours, config, err := l.oursOn("large", object{"table": "large"})
	if err != nil {
		return section{}, err
	}
	tenth, _, err := l.oursOn("tenth", object{"table": "tenth"})
	if err != nil {
		return section{}, err
	}
	raw := l.rawPostgres("large")
	ours.name += ", " + thousands(rows) + " rows"
	raw.name += ", " + thousands(rows) + " rows"
	tenth.name += ", " + thousands(rows/10) + " rows"
	if err := race(ctx, "large", l.runsOf(rows, len(events)), ours, raw, tenth); err != nil {
		return section{}, err
	}
	if err := l.pprof(ctx, "large", "profile", "--config", config); err != nil {
		return section{}, err
	}
	result := section{text: fmt.Sprintf("%d columns, 16 of high cardinality. %s\n\n%s", len(events), l.setting(ctx), contestantTable(ours, raw, tenth))}
	if rows == full { // the bars speak of no other size
		result.measured = map[string]float64{
			"large": ours.wall() / raw.wall(), "large-growth": ours.wall() / tenth.wall(), "large-memory": ours.peak(),
		}
	}
	return result, l.dropTables(ctx, "large", "tenth")
}

// wide races ours and the raw read on as many columns as PostgreSQL holds in a table. Each value takes four bytes: a row
// has to fit a page of 8 kB.
func wide(ctx context.Context, l *lab) (section, error) {
	const rows, columns = 100_000, 1600
	if err := l.makeTable(ctx, "wide", repeated(columns, integers, shortFloats, shortTexts, fewIntegers), rows); err != nil {
		return section{}, err
	}
	ours, config, err := l.oursOn("wide", object{"table": "wide"})
	if err != nil {
		return section{}, err
	}
	raw := l.rawPostgres("wide")
	if err := race(ctx, "wide", l.runsOf(rows, columns), ours, raw); err != nil {
		return section{}, err
	}
	if err := l.pprof(ctx, "wide", "profile", "--config", config); err != nil {
		return section{}, err
	}
	return section{
		text:     fmt.Sprintf("%s rows × %s columns. %s\n\n%s", thousands(rows), thousands(columns), l.setting(ctx), contestantTable(ours, raw)),
		measured: map[string]float64{"wide-memory": ours.peak()},
	}, l.dropTables(ctx, "wide")
}

// many times one invocation on a thousand small tables.
func many(ctx context.Context, l *lab) (section, error) {
	const tables, rows = 1000, 100
	columns := []expression{func(int) string { return "i" }, floats, timestamps, fewTexts, booleans}
	say("making %s tables ...", thousands(tables))
	names := make([]string, tables)
	for i := range names {
		names[i] = fmt.Sprintf("many_%04d", i)
		if err := l.exec(ctx, createTable(names[i], columns, rows)); err != nil {
			return section{}, err
		}
	}
	ours, config, err := l.oursOn("many", object{"pattern": "many_*"})
	if err != nil {
		return section{}, err
	}
	if err := race(ctx, "many", l.runs, ours); err != nil {
		return section{}, err
	}
	if err := l.pprof(ctx, "many", "profile", "--config", config); err != nil {
		return section{}, err
	}
	return section{
		text: fmt.Sprintf("%s tables of %d rows × %d columns, one after the other; the history, in SQLite, has one run of each. %s\n\n%s",
			thousands(tables), rows, len(columns), l.setting(ctx), contestantTable(ours)),
		measured: map[string]float64{"many": 1000 * ours.wall() / tables},
	}, l.dropTables(ctx, names...)
}

// steady counts what is allocated a row once a scan is under way: what a table of twice the rows takes more.
func steady(ctx context.Context, l *lab) (section, error) {
	rows := min(1_000_000, l.largest)
	var counted [2]allocations
	for i := range counted {
		if err := l.makeTable(ctx, "steady", events, rows*(i+1)); err != nil {
			return section{}, err
		}
		_, config, err := l.oursOn(fmt.Sprintf("steady-%d", i), object{"table": "steady"})
		if err != nil {
			return section{}, err
		}
		if counted[i], err = l.allocationsOf(ctx, config); err != nil {
			return section{}, err
		}
		say("allocations: %s rows: %d objects, %d bytes", thousands(rows*(i+1)), counted[i].Objects, counted[i].Bytes)
		if err := l.dropTables(ctx, "steady"); err != nil {
			return section{}, err
		}
	}
	objects, bytes := perRow(counted[0], counted[1], rows)
	return section{
		text: fmt.Sprintf("The large table's columns. %s\n\n| | objects | bytes |\n|---|---:|---:|\n| %s rows | %s | %s |\n| %s rows | %s | %s |\n| a row more | %s | %s |\n",
			l.setting(ctx), thousands(rows), thousands(int(counted[0].Objects)), thousands(int(counted[0].Bytes)),
			thousands(2*rows), thousands(int(counted[1].Objects)), thousands(int(counted[1].Bytes)), rounded(objects), rounded(bytes)),
		measured: map[string]float64{"allocations": objects},
	}, nil
}

// perRow is what each of the rows allocated that one of two runs had more; nothing where it allocated less in all, as a
// column does that outgrew its exact counts.
func perRow(fewer, more allocations, rows int) (objects, bytes float64) {
	objects = (float64(more.Objects) - float64(fewer.Objects)) / float64(rows)
	bytes = (float64(more.Bytes) - float64(fewer.Bytes)) / float64(rows)
	return max(0, objects), max(0, bytes)
}
