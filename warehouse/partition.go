package warehouse

import (
	"context"
	"fmt"
	"strings"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/metrics"
)

// choosePartitions makes the scan's partition a condition on its key. The values are bound as
// parameters, also those that the table was asked for.
func (r *reading) choosePartitions(ctx context.Context) error {
	p := r.scan.Partition
	if p == nil {
		return nil
	}
	if len(p.Ranges) > 0 {
		r.chooseRanges(p)
		return nil
	}
	values := p.Values
	if statement := r.partitionValues(p); statement != "" {
		var err error
		if values, err = r.values(ctx, statement); err != nil {
			return err
		}
	}
	key := r.Quote(p.Key)
	var listed, alternatives []string
	r.coverage.Partitions = []metrics.Value{}
	for _, v := range values {
		if v == nil {
			alternatives = append(alternatives, key+" IS NULL")
			r.coverage.Partitions = append(r.coverage.Partitions, metrics.Value{})
			continue
		}
		r.parameters = append(r.parameters, v)
		listed = append(listed, r.Placeholder(len(r.parameters)))
		r.coverage.Partitions = append(r.coverage.Partitions, metrics.Text(fmt.Sprint(v)))
	}
	if len(listed) > 0 {
		alternatives = append(alternatives, fmt.Sprintf("%s IN (%s)", key, strings.Join(listed, ", ")))
	}
	if len(alternatives) == 0 {
		alternatives = []string{"1 = 0"} // a table without a partition
	}
	r.conditions = append(r.conditions, "("+strings.Join(alternatives, " OR ")+")")
	return nil
}

// chooseRanges makes ranges a condition on the key.
func (r *reading) chooseRanges(p *Partition) {
	key := r.Quote(p.Key)
	var alternatives []string
	for _, bounds := range p.Ranges {
		r.parameters = append(r.parameters, bounds[0], bounds[1])
		n := len(r.parameters)
		alternatives = append(alternatives, fmt.Sprintf("%[1]s >= %[2]s AND %[1]s < %[3]s", key, r.Placeholder(n-1), r.Placeholder(n)))
	}
	r.conditions = append(r.conditions, "("+strings.Join(alternatives, " OR ")+")")
}

// partitionValues is the statement that tells which values a strategy chooses; empty for the strategy
// that names them.
func (r *reading) partitionValues(p *Partition) string {
	key, table := r.Quote(p.Key), r.Table(r.scan.Table)
	switch p.Strategy {
	case config.PartitionLatest: // an index on the key gives it at once, which it does not with DISTINCT
		return fmt.Sprintf("SELECT %[1]s FROM %[2]s WHERE %[1]s IS NOT NULL ORDER BY %[1]s DESC LIMIT 1", key, table)
	case config.PartitionRecentN:
		return fmt.Sprintf("SELECT DISTINCT %[1]s FROM %[2]s WHERE %[1]s IS NOT NULL ORDER BY %[1]s DESC LIMIT %[3]d", key, table, p.Count)
	case config.PartitionSample:
		return fmt.Sprintf("SELECT %[1]s FROM (SELECT DISTINCT %[1]s FROM %[2]s WHERE %[1]s IS NOT NULL) AS partitions ORDER BY %[3]s LIMIT %[4]d",
			key, table, r.Hash(r.scan.Seed, []string{key}), p.Count)
	}
	return ""
}
