package mysql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/go-sql-driver/mysql"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// OpenHistory connects to the database that c names, to keep the history in it. A database is never created.
func OpenHistory(ctx context.Context, c config.Connection, _ bool) (*warehouse.History, error) {
	connector, err := newConnector(c, writingSession, true)
	if err != nil {
		return nil, err
	}
	d := dialect{where: place(c)}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(4)
	db.SetMaxIdleConns(4)
	if d.collation, err = binaryCollation(ctx, db); err != nil {
		db.Close()
		return nil, d.Explain(err)
	}
	return &warehouse.History{DB: db, Dialect: d}, nil
}

// writingSession are the settings of a session that writes: what does not fit is an error, a fraction of a second that does not
// is cut and not rounded up, and a transaction sees what others have committed since it began, as on PostgreSQL.
var writingSession = []string{
	"NAMES utf8mb4", "time_zone = '+00:00'",
	"sql_mode = concat('STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION' /*!80000 , ',TIME_TRUNCATE_FRACTIONAL' */)",
	"/*!50720 transaction_isolation = 'READ-COMMITTED', */ /*M! tx_isolation = 'READ-COMMITTED', */ sql_safe_updates = 0",
}

// binaryCollation is the collation that tells apart whatever differs, blanks at the end too, as far as the server has one.
func binaryCollation(ctx context.Context, db *sql.DB) (string, error) {
	var name sql.NullString
	err := db.QueryRowContext(ctx, `SELECT max(collation_name) FROM information_schema.collations
		WHERE collation_name IN ('utf8mb4_nopad_bin', 'utf8mb4_0900_bin')`).Scan(&name)
	if !name.Valid {
		return "utf8mb4_bin", err
	}
	return name.String, err
}

// dialect is MySQL's SQL as the history needs it.
type dialect struct{ where, collation string }

var (
	_ warehouse.Dialect         = dialect{}
	_ warehouse.SchemaCommitter = dialect{}
)

func (dialect) Type() string             { return Type }
func (dialect) Placeholder(int) string   { return "?" }
func (dialect) Quote(name string) string { return quote(name) }
func (dialect) AutoIncrement() string    { return "BIGINT AUTO_INCREMENT PRIMARY KEY" }
func (dialect) Double() string           { return "DOUBLE" }
func (dialect) Bytes() string            { return "LONGBLOB" }
func (dialect) Transient(err error) bool { return Transient(err) }
func (d dialect) TableOptions() string {
	return "ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE " + d.collation
}

// words are those of a definition whose types are others here. A TIMESTAMP of MySQL's ends in 2038 and a TEXT at 64 KiB.
var words = regexp.MustCompile(`\b(TIMESTAMP|CURRENT_TIMESTAMP|TEXT)\b`)

// Column implements warehouse.Dialect. A key has at most 3,072 bytes, which are 768 characters; names of tables, schemas, columns
// and metrics together are longer. So there is no such unique key: that rows of a table's are one each is seen to where they are
// written, under a lock.
func (dialect) Column(definition string) string {
	if strings.HasPrefix(definition, "UNIQUE (") {
		definition = strings.ReplaceAll(strings.TrimPrefix(definition, "UNIQUE "), ",", "(190),")
		return "KEY " + strings.TrimSuffix(definition, ")") + "(100))"
	}
	return words.ReplaceAllStringFunc(definition, func(word string) string {
		switch word {
		case "TIMESTAMP":
			return "DATETIME(6)"
		case "CURRENT_TIMESTAMP":
			return "CURRENT_TIMESTAMP(6)"
		default:
			return "LONGTEXT"
		}
	})
}

// CreateIndex implements warehouse.Dialect. MySQL knows no IF NOT EXISTS here; Applied passes over what is there.
func (dialect) CreateIndex(name, table string, columns []string) string {
	return fmt.Sprintf("CREATE INDEX %s ON %s (%s)", name, table, strings.Join(columns, ", "))
}

// Insert implements warehouse.Dialect. Assignments are made one after the other, so that the column that decides is the
// last. VALUES() is the form that MariaDB and MySQL share.
func (dialect) Insert(i warehouse.Insert) string {
	e := i.Existing
	if e == nil {
		return i.Values()
	}
	if len(e.Renew) == 0 {
		return fmt.Sprintf("%s ON DUPLICATE KEY UPDATE %[2]s = %[2]s", i.Values(), e.Key[0])
	}
	renewed := func(column, value string) string {
		if e.Newer == "" {
			return column + " = " + value
		}
		return fmt.Sprintf("%[1]s = if(%[2]s IS NULL OR %[2]s <= VALUES(%[2]s), %[3]s, %[1]s)", column, e.Newer, value)
	}
	var set []string
	for _, column := range e.Renew {
		if column != e.Newer {
			set = append(set, renewed(column, "VALUES("+column+")"))
		}
	}
	if e.Count != "" {
		set = append(set, renewed(e.Count, "coalesce("+e.Count+", 0) + 1"))
	}
	if e.Newer != "" {
		set = append(set, renewed(e.Newer, "VALUES("+e.Newer+")"))
	}
	return i.Values() + " ON DUPLICATE KEY UPDATE " + strings.Join(set, ", ")
}

// BeginSchemaChange locks a row that the migrations have made until the transaction's end.
func (dialect) BeginSchemaChange() string {
	return "SELECT version FROM baselinr_pipes_schema_version WHERE version = 1 FOR UPDATE"
}

// lockName is the name of a lock of the server's; locks of all databases share their names.
const lockName = "left(concat('baselinr-pipes ', md5(database())), 64)"

// LockSchema implements warehouse.SchemaCommitter.
func (dialect) LockSchema(ctx context.Context, on *sql.Conn) (unlock func() error, err error) {
	const patience = 60 // seconds
	var got sql.NullInt64
	if err := on.QueryRowContext(ctx, fmt.Sprintf("SELECT get_lock(%s, %d)", lockName, patience)).Scan(&got); err != nil {
		return nil, err
	}
	if got.Int64 != 1 {
		return nil, &warehouse.Failure{Kind: warehouse.ErrLocked, Words: fmt.Sprintf("another process has been changing the history's tables for %d seconds; try again when it is done", patience), Cause: errors.New("get_lock timed out")}
	}
	return func() error {
		return on.QueryRowContext(context.WithoutCancel(ctx), "SELECT release_lock("+lockName+")").Scan(&got)
	}, nil
}

// The errors of changes of a schema that were made before.
const (
	tableExists     = 1050
	duplicateColumn = 1060
	duplicateIndex  = 1061
)

// Applied implements warehouse.SchemaCommitter.
func (dialect) Applied(err error) bool {
	var server *mysql.MySQLError
	return errors.As(err, &server) && slices.Contains([]uint16{tableExists, duplicateColumn, duplicateIndex}, server.Number)
}

// MayChangeSchema implements warehouse.SchemaCommitter: a table of two columns of one name is refused, but only after the
// user's rights have been looked at.
func (dialect) MayChangeSchema(ctx context.Context, on *sql.DB) error {
	_, err := on.ExecContext(ctx, "CREATE TABLE baselinr_pipes_rehearsal (a INTEGER, a INTEGER)")
	var server *mysql.MySQLError
	if errors.As(err, &server) && server.Number == duplicateColumn {
		return nil
	}
	return err
}

func (d dialect) Explain(err error) error {
	if err == nil || strings.Contains(err.Error(), d.where) {
		return err
	}
	return fmt.Errorf("mysql: %s: %w", d.where, explainHistory(err))
}

// explainHistory is explain for what writes: other rights are needed for that than for reading, and values may not fit.
func explainHistory(err error) error {
	var server *mysql.MySQLError
	if !errors.As(err, &server) {
		return explain(err)
	}
	switch {
	case slices.Contains(denials, server.Number) && server.Number != 1044:
		remedy := "grant SELECT, INSERT, UPDATE and DELETE on the history's tables"
		for _, command := range []string{"CREATE", "ALTER", "INDEX"} {
			if strings.HasPrefix(server.Message, command+" command denied") {
				remedy = "grant CREATE, ALTER and INDEX on the database, or let a user who has them run baselinr-pipes migrate once"
			}
		}
		return &warehouse.Failure{Kind: warehouse.ErrPermission, Words: server.Message + "; " + remedy, Cause: err}
	case server.Number == 1406:
		return &warehouse.Failure{Words: server.Message + "; the Python tool made the column a TEXT: widen it, as by ALTER TABLE baselinr_results MODIFY metric_value LONGTEXT", Cause: err}
	case server.Number == 1665:
		return &warehouse.Failure{Words: server.Message + "; set the server's binlog_format to MIXED or ROW", Cause: err}
	case server.Number == 1366 || server.Number == 3988:
		return &warehouse.Failure{Words: server.Message + "; the table's character set cannot hold it: ALTER TABLE … CONVERT TO CHARACTER SET utf8mb4", Cause: err}
	}
	return explain(err)
}
