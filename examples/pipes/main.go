// Command orders is a Dagster asset written in Go: it sums the orders of a CSV file by shop, and reports what it found.
package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"log"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strconv"

	"github.com/baselinr/baselinr-pipes/pipes"
)

func main() {
	// OutsideDagster lets the program also run by hand: ./orders
	if err := pipes.Run(context.Background(), run, pipes.OutsideDagster(nil)); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, session *pipes.Session) error {
	logger := slog.New(pipes.NewSlogHandler(session, nil))

	path := "orders.csv"
	if session.InDagster() {
		if err := session.Context().Extra("path", &path); err != nil {
			return err
		}
	}
	totals, rows, refunds, err := sum(path)
	if err != nil {
		return err
	}
	logger.Info("read orders", "path", path, "rows", rows)

	var table [][]any
	for _, shop := range slices.Sorted(maps.Keys(totals)) {
		table = append(table, []any{shop, totals[shop]})
	}
	columns := []pipes.Column{{Name: "shop"}, {Name: "total", Type: "float", NotNull: true}}
	if err := session.ReportAssetMaterialization(ctx, pipes.Materialization{
		Metadata: map[string]pipes.MetadataValue{
			"dagster/row_count": pipes.Int(rows),
			"totals":            pipes.Table(columns, table),
		},
	}); err != nil {
		return err
	}
	return session.ReportAssetCheck(ctx, pipes.Check{
		Name: "no_refunds", Passed: refunds == 0, Severity: pipes.SeverityWarn,
		Metadata: map[string]pipes.MetadataValue{"refunds": pipes.Int(refunds)},
	})
}

// sum adds up the amounts by shop, and counts the rows and those below zero.
func sum(path string) (totals map[string]float64, rows, refunds int, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, 0, err
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		return nil, 0, 0, fmt.Errorf("%s: %w", path, err)
	}
	totals = map[string]float64{}
	for _, record := range records[min(1, len(records)):] {
		amount, err := strconv.ParseFloat(record[1], 64)
		if err != nil {
			return nil, 0, 0, fmt.Errorf("%s: %w", path, err)
		}
		totals[record[0]] += amount
		rows++
		if amount < 0 {
			refunds++
		}
	}
	return totals, rows, refunds, nil
}
