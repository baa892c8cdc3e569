package config

// Contracts says where data contracts (ODCS, the Open Data Contract Standard) are. Load reads them, adds what they
// say of tables to Profiling.Tables and Datasets, and leaves nil.
type Contracts struct {
	Directory        string   `json:"directory" jsonschema:"minLength=1,default=./contracts" jsonschema_description:"The folder. A relative path starts at the configuration's folder. A folder that does not exist gives a warning." example:"./odcs"`
	FilePatterns     []string `json:"file_patterns" jsonschema_description:"Patterns of the files to read, as for 'file_pattern' of 'datasets'." example:"[contract_*.yaml]"`
	Recursive        bool     `json:"recursive" jsonschema:"default=true" jsonschema_description:"Read the folders within the folder too." example:"false"`
	ValidateOnLoad   bool     `json:"validate_on_load" jsonschema:"default=true" jsonschema_description:"Refuse datasets without a name, and names that stand twice." example:"false"`
	ExcludePatterns  []string `json:"exclude_patterns,omitempty" jsonschema:"nullable" jsonschema_description:"Patterns of the files that are left out, such as '**/templates/**'." absent:"none" example:"[draft_*]"`
	StrictValidation bool     `json:"strict_validation" jsonschema:"default=false" jsonschema_description:"Refuse contracts that leave out what the standard recommends: 'id' or 'uuid', a well-formed 'apiVersion', the columns of a dataset." example:"true"`
}

// contractPatterns are the patterns of files that hold contracts, where file_patterns is absent.
var contractPatterns = []string{"*.odcs.yaml", "*.odcs.yml"}

// contracts adds the tables that the contracts name to profiling.tables, where it is empty, and their
// settings to datasets.
func (l *loader) contracts(root *node) {
	const at = "contracts"
	e := root.get(at)
	if e == nil || e.value.kind != mapping {
		return
	}
	n := e.value
	f := folder{
		dir: setting(n, "directory", "./contracts"), where: n, at: path(at, "directory"),
		include:   l.patterns(n, "file_patterns", at, contractPatterns...),
		ignore:    l.patterns(n, "exclude_patterns", at),
		recursive: switched(n, "recursive", true),
	}
	if named := n.get("directory"); named != nil {
		f.where = named.value
	}
	var tables, settings []contractTable
	for _, file := range l.files(f) {
		document := l.read(file)
		if l.tooLarge(f) {
			return
		}
		c := contract{loader: l, file: file, root: document,
			valid: switched(n, "validate_on_load", true), strict: switched(n, "strict_validation", false)}
		for _, t := range c.tables() {
			tables = append(tables, t)
			if t.settings != nil {
				settings = append(settings, t)
			}
		}
	}
	l.addTables(root, tables)
	l.addSettings(root, settings)
}

// addTables selects the tables, where the configuration itself selects none.
func (l *loader) addTables(root *node, tables []contractTable) {
	if e := root.get("profiling"); e != nil && e.value.kind == null {
		return // which is told where keys are checked
	}
	profiling := root.child("profiling")
	if profiling == nil || len(tables) == 0 {
		return
	}
	if e := profiling.get("tables"); e != nil && (e.value.kind != null && e.value.kind != list || len(e.value.items) > 0) {
		return
	}
	all := &node{kind: list, at: root.at}
	for _, t := range tables {
		l.checker.own[index("profiling.tables", len(all.items))] = t.own
		all.items = append(all.items, t.identity())
	}
	profiling.set("tables", all)
}

// addSettings adds the tables' settings to datasets.
func (l *loader) addSettings(root *node, tables []contractTable) {
	datasets := root.child("datasets")
	if datasets == nil || len(tables) == 0 {
		return
	}
	all := &node{kind: list, at: root.at}
	if e := datasets.get("datasets"); e != nil && e.value.kind == list {
		all = e.value
	} else if e != nil && e.value.kind != null {
		return
	}
	for _, t := range tables {
		at := index("datasets.datasets", len(all.items))
		l.checker.own[at] = t.own
		for key, own := range t.places {
			l.checker.own[at+"."+key] = own
		}
		d := t.identity()
		d.entries = append(d.entries, t.settings.entries...)
		d.set("source_file", &node{kind: text, at: d.at, text: t.file, written: t.file})
		all.items = append(all.items, d)
	}
	datasets.set("datasets", all)
}
