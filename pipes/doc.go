// Package pipes lets a Go program that Dagster launches report to Dagster: asset materializations with metadata, asset
// checks, logs, and messages of its own. It speaks the Dagster Pipes protocol, version 0.1, and needs the standard
// library only.
//
// The whole of a program that materializes an asset:
//
//	package main
//
//	import (
//		"context"
//		"log"
//
//		"github.com/baselinr/baselinr-pipes/pipes"
//	)
//
//	func main() {
//		err := pipes.Run(context.Background(), func(ctx context.Context, session *pipes.Session) error {
//			rows := 42 // the work
//			return session.ReportAssetMaterialization(ctx, pipes.Materialization{
//				Metadata: map[string]pipes.MetadataValue{"dagster/row_count": pipes.Int(rows)},
//			})
//		})
//		if err != nil {
//			log.Fatal(err)
//		}
//	}
//
// and of the asset that launches it, in Python:
//
//	@dg.asset
//	def orders(context: dg.AssetExecutionContext, pipes: dg.PipesSubprocessClient):
//		return pipes.run(context=context, command=["./orders"]).get_materialize_result()
//
// Run opens a Session, closes it whatever happens, and returns the error. Open and Close do the same by hand.
// Session.Context tells what Dagster asked for: assets, partitions, extras, the run. NewSlogHandler makes a logger
// whose lines appear in the run's log.
//
// # Where messages go
//
// The message reader in Dagster decides: to a file, to standard output or standard error, or to S3, with package
// pipes/s3. Other ways are a ContextLoader and a MessageWriter away; NewChunkChannel is the base of those for blob
// stores. With include_stdio_in_messages set in Dagster, what the process and its children print is sent as well.
//
// # What a nil error means
//
// A report that returned nil has left the process: into the file or the stream. It arrives even if the process is
// killed right after. Buffered standard streams and S3 keep messages for at most the time of WithFlushInterval, which
// is what they lose. A message that cannot be delivered is an error of its report, is named on standard error once, and
// makes Close fail. Reports never wait longer than their context, nor Close longer than WithCloseTimeout.
//
// # Sizes
//
// Dagster's stock file reader reads the file while it is written, and loses a line of which it sees only a part. Linux
// shows a write to a reader page by page, so lines above 4 KiB can be lost there, whatever the library. Keep metadata
// small, or read with a message reader that waits for whole lines.
package pipes
