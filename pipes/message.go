package pipes

// ProtocolVersion is the version of the Pipes protocol that this package speaks.
const ProtocolVersion = "0.1"

// The methods of the protocol.
const (
	methodOpened                     = "opened"
	methodClosed                     = "closed"
	methodLog                        = "log"
	methodLogExternalStream          = "log_external_stream"
	methodReportAssetMaterialization = "report_asset_materialization"
	methodReportAssetCheck           = "report_asset_check"
	methodReportCustomMessage        = "report_custom_message"
)

// beginMessage appends a message up to its params, which the caller appends as JSON; endMessage ends it. A message is
// one line of ASCII.
func beginMessage(dst []byte, method string) []byte {
	dst = append(dst, `{"__dagster_pipes_version":"`+ProtocolVersion+`","method":"`...)
	dst = append(dst, method...)
	return append(dst, `","params":`...)
}

func endMessage(dst []byte) []byte { return append(dst, '}', '\n') }
