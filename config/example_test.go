package config_test

import (
	"fmt"

	"github.com/baselinr/baselinr-pipes/config"
)

func ExampleParse() {
	const text = `
source: {type: postgres, database: shop, password: "${SHOP_PASSWORD}"}
storage: {connection: {type: sqlite, filepath: history.db}}
profiling: {tables: [{table: orders}], metrics: [count, meen]}
`
	_, _, err := config.Parse([]byte(text), "baselinr.yml", ".", config.WithEnviron(nil))
	fmt.Println(err)
	// Output:
	// baselinr.yml:2:52: source.password: the environment variable "SHOP_PASSWORD" is not set; set it, or give a default: ${SHOP_PASSWORD:default}
	// baselinr.yml:4:57: profiling.metrics[1]: unknown metric "meen"; did you mean "mean"?
}
