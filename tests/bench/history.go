package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// What the history of the benchmark holds: runs of many small tables, and as many of a wide one.
const (
	historyTables  = 249 // of 5 columns
	historyColumns = 1000
	historyReal    = 5 // runs of each table that are made by profiling it, each after rows have come
	historyCopies  = 7 // of each of those, dated back
)

// history times the comparison of a table of a thousand columns with its baseline, by strategies that read one earlier
// run and by those that read a window of them, from a history of ten thousand runs in PostgreSQL.
func history(ctx context.Context, l *lab) (section, error) {
	names, err := l.fillHistory(ctx)
	if err != nil {
		return section{}, err
	}
	var runs, results int
	if err := l.conn.QueryRow(ctx, "SELECT (SELECT count(*) FROM baselinr_runs), (SELECT count(*) FROM baselinr_results)").Scan(&runs, &results); err != nil {
		return section{}, err
	}
	last := object{"strategy": "last_run"}
	var contestants []*contestant
	for _, compared := range []struct {
		name  string
		drift object
	}{
		{"`absolute_threshold`, the last run", object{"strategy": "absolute_threshold", "baselines": last}},
		{"`statistical`, the last run", object{"strategy": "statistical", "baselines": last}},
		{"`absolute_threshold`, `moving_average` of 7", object{"strategy": "absolute_threshold", "baselines": object{"strategy": "moving_average"}}},
		{"`statistical`, `moving_average` of 7", object{"strategy": "statistical", "baselines": object{"strategy": "moving_average"}}},
		{"`absolute_threshold`, `auto`", object{"strategy": "absolute_threshold", "baselines": object{"strategy": "auto"}}},
		{"`statistical`, `auto`", object{"strategy": "statistical", "baselines": object{"strategy": "auto"}}},
		{"`standard_deviation`", object{"strategy": "standard_deviation"}},
		{"`ml_based`", object{"strategy": "ml_based"}},
	} {
		config, err := l.historyConfig(fmt.Sprintf("history-%d", len(contestants)), compared.drift)
		if err != nil {
			return section{}, err
		}
		contestants = append(contestants, &contestant{name: compared.name, run: func(ctx context.Context) (usage, error) {
			return timed(ctx, l.binary, "drift", "--config", config, "--dataset", "history_wide")
		}})
		if err := l.pprof(ctx, filepath.Base(filepath.Dir(config)), "drift", "--config", config, "--dataset", "history_wide"); err != nil {
			return section{}, err
		}
	}
	if err := race(ctx, "history", l.runs, contestants...); err != nil {
		return section{}, err
	}
	return section{
		text: fmt.Sprintf("%s runs of %d tables, %s metrics; the table compared has %s columns and %d runs. %s\n\n%s",
			thousands(runs), historyTables+1, thousands(results), thousands(historyColumns), historyReal*(historyCopies+1), l.setting(ctx), contestantTable(contestants...)),
		measured: map[string]float64{"history": max(contestants[0].wall(), contestants[1].wall())},
	}, l.dropTables(ctx, names...)
}

// fillHistory profiles the tables into a history beside them, and copies its runs. It returns the names of all that it
// made.
func (l *lab) fillHistory(ctx context.Context) (names []string, err error) {
	wide, small := repeated(historyColumns, integers, shortFloats, shortTexts, fewIntegers), repeated(5, integers, floats, timestamps, fewTexts, booleans)
	columns := map[string][]expression{"history_wide": wide}
	for i := range historyTables {
		columns[fmt.Sprintf("history_%03d", i)] = small
	}
	say("making %d tables, and %d runs of each ...", len(columns), historyReal)
	for name, list := range columns {
		names = append(names, name)
		if err := l.exec(ctx, createTable(name, list, 5000)); err != nil {
			return nil, err
		}
	}
	config, err := l.historyConfig("history", object{})
	if err != nil {
		return nil, err
	}
	for run := range historyReal {
		for name, list := range columns {
			if err := l.exec(ctx, addRows(name, list, 5001+100*run, 100)); err != nil {
				return nil, err
			}
		}
		if _, err := timed(ctx, l.binary, "profile", "--config", config); err != nil {
			return nil, err
		}
	}
	say("copying the runs %d times ...", historyCopies)
	if err := l.exec(ctx, copiedRuns()...); err != nil {
		return nil, err
	}
	rows, err := l.conn.Query(ctx, "SELECT table_name::text FROM information_schema.tables WHERE table_schema = $1 AND table_name LIKE 'baselinr%'", schema)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

// copiedRuns are the statements that date the runs of each invocation a day after those of the one before, and copy all
// of them, each copy as many days back as there are invocations.
func copiedRuns() []string {
	const copyOf = "substr(md5(run_id || '-' || n), 1, 8) || '-' || substr(md5(run_id || '-' || n), 9, 4) || '-' || substr(md5(run_id || '-' || n), 13, 4) || '-' || substr(md5(run_id || '-' || n), 17, 4) || '-' || substr(md5(run_id || '-' || n), 21, 12)"
	statements := []string{
		"CREATE TEMPORARY TABLE ages AS SELECT run_id, dense_rank() OVER (ORDER BY first DESC) - 1 AS days FROM (SELECT run_id, min(profiled_at) OVER (PARTITION BY invocation_id) AS first FROM baselinr_pipes_runs) AS r",
	}
	tables := []struct{ name, columns, dated string }{
		{"baselinr_runs", "dataset_name, schema_name, environment, status, row_count, column_count", "profiled_at"},
		{"baselinr_results", "dataset_name, schema_name, column_name, column_type, metric_name, metric_value", "profiled_at"},
		{"baselinr_pipes_runs", "invocation_id, table_id, seconds, row_count, statements, drift_strategy, baseline_run_id, drift_severity, drift_note, columns, schema_changes, rows_read, sampling, partition_read, baseline_method, not_computed", "profiled_at"},
		{"baselinr_pipes_findings", "position, column_name, metric_name, test, baseline_value, current_value, change_percent, score, p_value, severity, reason, effect, adjusted_p_value, baseline_method, baseline_run_id, finding_id, muted", ""},
		{"baselinr_pipes_distributions", "position, distribution", ""},
	}
	for _, t := range tables {
		if t.dated != "" {
			statements = append(statements, fmt.Sprintf("UPDATE %[1]s SET %[2]s = %[2]s - days * interval '1 day' FROM ages WHERE ages.run_id = %[1]s.run_id", t.name, t.dated))
		}
	}
	for _, t := range tables {
		into, from := "run_id, "+t.columns, copyOf+", "+t.columns
		if t.dated != "" {
			into, from = into+", "+t.dated, from+fmt.Sprintf(", %s - n * %d * interval '1 day'", t.dated, historyReal)
		}
		statements = append(statements,
			fmt.Sprintf("INSERT INTO %[1]s (%[2]s) SELECT %[3]s FROM %[1]s, generate_series(1, %[4]d) AS n", t.name, into, from, historyCopies),
			"VACUUM (FREEZE, ANALYZE) "+t.name)
	}
	return append(statements, "DROP TABLE ages")
}

// historyConfig writes a config of the tables, whose history is beside them.
func (l *lab) historyConfig(folder string, drift object) (config string, err error) {
	source, err := l.postgresSource()
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(object{
		"environment":     "test",
		"source":          source,
		"storage":         object{"connection": source},
		"profiling":       object{"tables": []object{{"schema": schema, "pattern": "history_*"}}},
		"drift_detection": drift,
	})
	if err != nil {
		return "", err
	}
	folder = filepath.Join(l.folder, folder)
	config = filepath.Join(folder, "config.json")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	return config, os.WriteFile(config, text, 0o600)
}

// addRows is the statement that adds rows to a table that createTable made.
func addRows(name string, columns []expression, from, n int) string {
	list := make([]string, len(columns))
	for i, column := range columns {
		list[i] = column(i + 1)
	}
	return fmt.Sprintf("INSERT INTO %s SELECT %s FROM generate_series(%d::bigint, %d) AS i", name, strings.Join(list, ", "), from, from+n-1)
}
