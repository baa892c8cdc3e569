// Package html tells the outcome of a run as one HTML page that needs nothing else: no network, no script, no
// other file. Its pictures are SVG, drawn here, so that it prints, works offline and in any colour scheme.
package html

import (
	"embed"
	"html/template"
	"io"

	"github.com/baselinr/baselinr-pipes/report"
)

//go:embed page.gohtml style.css
var files embed.FS

var pageTemplate = template.Must(template.ParseFS(files, "page.gohtml"))

// style is ours: nothing that was read from anywhere enters it.
var style = template.CSS(mustRead("style.css"))

func mustRead(name string) string {
	text, err := files.ReadFile(name)
	if err != nil {
		panic(err) // it is embedded
	}
	return string(text)
}

// Write writes the page. Every text in it that comes from a table, a config or the history is escaped.
func Write(w io.Writer, d *report.Document) error {
	return pageTemplate.Execute(w, pageOf(d))
}
