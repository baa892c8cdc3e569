module github.com/baselinr/baselinr-pipes

go 1.26.8

require (
	github.com/aws/aws-sdk-go-v2/config v1.33.16 // pipes/s3: finds credentials and region
	github.com/aws/aws-sdk-go-v2/service/s3 v1.114.9 // pipes/s3: reads the context from, and writes messages to, S3
	github.com/axiomhq/hyperloglog v0.3.0 // estimates how many values are distinct
	github.com/cenkalti/backoff/v5 v5.0.3 // waits between two tries
	github.com/cespare/xxhash/v2 v2.3.0 // hashes texts, the same in every process
	github.com/go-sql-driver/mysql v1.10.1 // MySQL and MariaDB, over their binary protocol
	github.com/google/go-cmp v0.7.0 // tests: says where two values differ
	github.com/google/uuid v1.6.0 // run IDs that derive from what they are of
	github.com/invopop/jsonschema v0.14.0 // the config's JSON Schema, from its Go types
	github.com/jackc/pgx/v5 v5.12.0 // PostgreSQL, over its binary protocol
	github.com/jedib0t/go-pretty/v6 v6.8.3 // tables on a terminal
	github.com/rogpeppe/go-internal v1.16.0 // tests: sessions at the command line as scripts (testscript)
	github.com/santhosh-tekuri/jsonschema/v6 v6.0.3 // tests: holds configs and Pipes messages against JSON Schemas
	github.com/spf13/cobra v1.10.2 // commands and flags
	github.com/vbauerster/mpb/v8 v8.16.2 // progress bars
	github.com/yuin/goldmark v1.8.7 // tests: reads our Markdown as GitHub does
	go.yaml.in/yaml/v3 v3.0.6 // YAML with the place of every value
	golang.org/x/net v0.62.0 // tests: reads our HTML as browsers do
	golang.org/x/sync v0.24.0 // a bounded group of workers
	golang.org/x/term v0.47.0 // tells whether standard error is a terminal
	gonum.org/v1/gonum v0.17.0 // drift: the incomplete gamma function, quantiles of the normal distribution
	modernc.org/libc v1.80.1 // the C runtime that SQLite's own functions take, for reading rows without database/sql
	modernc.org/sqlite v1.62.0 // SQLite without cgo
	pgregory.net/rapid v1.3.0 // tests: properties of merges, grids and parsers
)

require (
	filippo.io/edwards25519 v1.2.0 // indirect
	github.com/VividCortex/ewma v1.2.0 // indirect
	github.com/acarl005/stripansi v0.0.0-20180116102854-5a71ef0e047d // indirect
	github.com/aws/aws-sdk-go-v2 v1.47.8 // indirect
	github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream v1.7.26 // indirect
	github.com/aws/aws-sdk-go-v2/credentials v1.20.16 // indirect
	github.com/aws/aws-sdk-go-v2/feature/ec2/imds v1.20.8 // indirect
	github.com/aws/aws-sdk-go-v2/internal/configsources v1.5.11 // indirect
	github.com/aws/aws-sdk-go-v2/internal/endpoints/v2 v2.8.11 // indirect
	github.com/aws/aws-sdk-go-v2/internal/v4a v1.5.11 // indirect
	github.com/aws/aws-sdk-go-v2/service/internal/accept-encoding v1.13.24 // indirect
	github.com/aws/aws-sdk-go-v2/service/internal/checksum v1.11.12 // indirect
	github.com/aws/aws-sdk-go-v2/service/internal/presigned-url v1.14.11 // indirect
	github.com/aws/aws-sdk-go-v2/service/internal/s3shared v1.20.11 // indirect
	github.com/aws/aws-sdk-go-v2/service/signin v1.12.4 // indirect
	github.com/aws/aws-sdk-go-v2/service/sso v1.39.4 // indirect
	github.com/aws/aws-sdk-go-v2/service/ssooidc v1.44.4 // indirect
	github.com/aws/aws-sdk-go-v2/service/sts v1.51.9 // indirect
	github.com/aws/smithy-go v1.28.8 // indirect
	github.com/bahlo/generic-list-go v0.2.0 // indirect
	github.com/buger/jsonparser v1.1.2 // indirect
	github.com/clipperhouse/uax29/v2 v2.7.0 // indirect
	github.com/dgryski/go-metro v0.0.0-20250106013310-edb8663e5e33 // indirect
	github.com/dustin/go-humanize v1.1.0 // indirect
	github.com/inconshreveable/mousetrap v1.1.0 // indirect
	github.com/jackc/pgpassfile v1.0.0 // indirect
	github.com/jackc/pgservicefile v0.0.0-20240606120523-5a60cdf6a761 // indirect
	github.com/jackc/puddle/v2 v2.2.3 // indirect
	github.com/kamstrup/intmap v0.5.2 // indirect
	github.com/mattn/go-isatty v0.0.24 // indirect
	github.com/mattn/go-runewidth v0.0.30 // indirect
	github.com/ncruces/go-strftime v1.1.0 // indirect
	github.com/pb33f/ordered-map/v2 v2.3.1 // indirect
	github.com/remyoudompheng/bigfft v0.0.0-20230129092748-24d4a6f8daec // indirect
	github.com/spf13/pflag v1.0.9 // indirect
	github.com/stretchr/testify v1.12.1 // indirect
	github.com/vbauerster/cupwriter v0.0.5 // indirect
	go.yaml.in/yaml/v4 v4.0.0-rc.2 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/text v0.43.0 // indirect
	golang.org/x/tools v0.52.0 // indirect
	modernc.org/mathutil v1.7.1 // indirect
	modernc.org/memory v1.12.1 // indirect
)
