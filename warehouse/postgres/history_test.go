package postgres

import (
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/baselinr/baselinr-pipes/warehouse"
)

func TestAHistoryWithoutRightsSaysWhichItNeeds(t *testing.T) {
	for message, want := range map[string]string{
		"permission denied for schema public":            "grant USAGE and CREATE on schema public",
		"permission denied for table baselinr_runs":      "grant SELECT, INSERT and UPDATE on the history's tables",
		"permission denied for sequence baselinr_id_seq": "USAGE on their sequences",
		"must be owner of table baselinr_runs":           "let the tables' owner run baselinr-pipes migrate",
	} {
		err := dialect{"db:5432/shop"}.Explain(&pgconn.PgError{Code: "42501", Message: message})
		if !errors.Is(err, warehouse.ErrPermission) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want the advice %q", message, err, want)
		}
	}
}
