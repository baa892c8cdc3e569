package dbt

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
)

// methods are those that select; the others need more than a manifest.
var (
	methods = []string{
		"fqn", "tag", "path", "file", "source", "config", "resource_type", "package", "selector", "group", "access", "version",
		"exposure", "metric", "semantic_model", "saved_query", "unit_test", "test_name", "test_type",
	}
	methodsOfRuns = []string{"state", "result", "source_status"}
	resourceTypes = []string{
		"model", "seed", "snapshot", "source", "test", "analysis", "exposure", "metric", "semantic_model", "saved_query",
		"unit_test", "operation", "macro", "group", "fixture", "function",
	}
)

// checkMethod tells a method that does not exist.
func checkMethod(method, value string) error {
	if slices.Contains(methodsOfRuns, method) {
		return fmt.Errorf("%s:%s compares with an earlier run of dbt, which is not known here; select by something else", method, value)
	}
	if !slices.Contains(methods, method) {
		hint := meant(method, methods)
		if hint == "" {
			hint = "; the methods are " + strings.Join(methods, ", ")
		}
		return fmt.Errorf("%s:%s: unknown method %q%s", method, value, method, hint)
	}
	return nil
}

// matcher returns what a criterion asks of a node.
func (e *evaluation) matcher(c criterion) (func(*node) bool, error) {
	value := fmt.Sprint(c.value)
	switch c.method {
	case "fqn":
		return func(n *node) bool { return n.ResourceType != "source" && n.hasName(value) }, nil
	case "tag":
		return func(n *node) bool {
			return slices.ContainsFunc(n.tags(), func(tag string) bool { return fnmatch(tag, value) })
		}, nil
	case "path":
		return e.pathMatcher(value), nil
	case "file":
		return func(n *node) bool {
			base := path.Base(n.OriginalFilePath)
			return fnmatch(base, value) || fnmatch(strings.TrimSuffix(base, path.Ext(base)), value)
		}, nil
	case "package":
		if value == "this" && e.Project != "" {
			value = e.Project
		}
		return func(n *node) bool { return fnmatch(n.PackageName, value) }, nil
	case "config":
		return func(n *node) bool { return n.hasConfig(c.arguments, c.value) }, nil
	case "resource_type":
		if !slices.Contains(resourceTypes, value) {
			return nil, fmt.Errorf("%s: unknown resource type%s", c, meant(value, resourceTypes))
		}
		return func(n *node) bool { return n.ResourceType == value }, nil
	case "group":
		return func(n *node) bool {
			group, _ := n.Config["group"].(string)
			return group != "" && (n.parsed || n.ResourceType == "metric") && fnmatch(group, value)
		}, nil
	case "access":
		return func(n *node) bool { return n.ResourceType == "model" && n.Access == value }, nil
	case "version":
		return versionMatcher(value)
	case "test_name":
		return func(n *node) bool {
			return n.TestMetadata != nil && fnmatch(n.TestMetadata.Name, value) || n.ResourceType == "unit_test" && fnmatch(n.Name, value)
		}, nil
	case "test_type":
		return testMatcher(value)
	case "source":
		return dottedMatcher(c.String(), value, 3)
	default: // one of the kinds of nodes that have a package and a name
		return dottedMatcher(c.String(), value, 2)
	}
}

// hasName is dbt's rule for names: the last part alone, or the parts from the start, with or without the
// package; from the first wildcard on, the rest as one text.
func (n *node) hasName(name string) bool {
	return len(n.FQN) > 0 && (fqnMatches(n.FQN, name, n.isVersioned()) || fqnMatches(n.FQN[1:], name, n.isVersioned()))
}

func fqnMatches(fqn []string, name string, versioned bool) bool {
	if len(fqn) == 0 {
		return false
	}
	parts := strings.Split(name, ".")
	if versioned && len(fqn) > 1 {
		lastTwo := func(s []string) string { return strings.Join(s[max(0, len(s)-2):], "_") }
		if fqn[len(fqn)-2] == name || lastTwo(fqn) == lastTwo(parts) {
			return true
		}
	} else if fqn[len(fqn)-1] == name {
		return true
	}
	flat := strings.Split(strings.Join(fqn, "."), ".")
	if len(flat) < len(parts) {
		return false
	}
	for i, part := range parts {
		if strings.ContainsAny(part, "*?[]") {
			return fnmatch(strings.Join(flat[i:], "."), strings.Join(parts[i:], "."))
		}
		if flat[i] != part {
			return false
		}
	}
	return true
}

// hasConfig reports whether the node's setting at keys is value, or a list that holds it.
func (n *node) hasConfig(keys []string, value any) bool {
	if !n.parsed && n.ResourceType != "source" || len(keys) == 0 {
		return false
	}
	var setting any = n.Config
	for _, key := range keys {
		if key == "pre_hook" || key == "post_hook" {
			key = strings.Replace(key, "_", "-", 1) // the manifest has dbt's older spelling
		}
		within, ok := setting.(map[string]any)
		if !ok {
			return false
		}
		if setting, ok = within[key]; !ok {
			return false
		}
	}
	foldCase := len(keys) == 1 && keys[0] == "severity"
	equal := func(setting any) bool {
		switch setting := setting.(type) {
		case string:
			text, ok := value.(string)
			return ok && (setting == text || foldCase && strings.EqualFold(setting, text))
		case bool:
			return strings.EqualFold(fmt.Sprint(value), strconv.FormatBool(setting))
		case float64:
			number, ok := value.(float64)
			return ok && number == setting
		}
		return false
	}
	if list, ok := setting.([]any); ok {
		return slices.ContainsFunc(list, equal)
	}
	return equal(setting)
}

func versionMatcher(value string) (func(*node) bool, error) {
	compared := func(wants func(int) bool) func(*node) bool {
		return func(n *node) bool {
			own, latest := version(n.Version), version(n.LatestVersion)
			return n.ResourceType == "model" && own != "" && latest != "" && wants(compareVersions(own, latest))
		}
	}
	switch value {
	case "latest":
		return func(n *node) bool { return n.isVersioned() && version(n.Version) == version(n.LatestVersion) }, nil
	case "prerelease":
		return compared(func(order int) bool { return order > 0 }), nil
	case "old":
		return compared(func(order int) bool { return order < 0 }), nil
	case "none":
		return func(n *node) bool { return n.ResourceType == "model" && version(n.Version) == "" }, nil
	}
	return nil, fmt.Errorf("version:%s: wants latest, prerelease, old or none", value)
}

// compareVersions compares as numbers where both are.
func compareVersions(a, b string) int {
	x, notX := strconv.ParseFloat(a, 64)
	y, notY := strconv.ParseFloat(b, 64)
	if notX == nil && notY == nil {
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	}
	return strings.Compare(a, b)
}

func testMatcher(value string) (func(*node) bool, error) {
	generic := func(n *node) bool { return n.ResourceType == "test" && n.TestMetadata != nil }
	singular := func(n *node) bool { return n.ResourceType == "test" && n.TestMetadata == nil }
	switch value {
	case "generic", "schema":
		return generic, nil
	case "singular":
		return singular, nil
	case "data":
		return func(n *node) bool { return n.ResourceType == "test" }, nil
	case "unit":
		return func(n *node) bool { return n.ResourceType == "unit_test" }, nil
	}
	return nil, fmt.Errorf("test_type:%s: wants generic, singular, unit or data", value)
}

// dottedMatcher matches [package.]name, or with three parts [[package.]source.]table, where a source's name
// alone means all its tables.
func dottedMatcher(criterion, value string, most int) (func(*node) bool, error) {
	parts := strings.Split(value, ".")
	if len(parts) > most {
		return nil, fmt.Errorf("%s: has more than %d parts", criterion, most)
	}
	kind, _, _ := strings.Cut(criterion, ":")
	if kind == "source" {
		if len(parts) == 1 {
			parts = append(parts, "*")
		}
		if len(parts) == 2 {
			parts = append([]string{"*"}, parts...)
		}
		return func(n *node) bool {
			return n.ResourceType == kind && fnmatch(n.PackageName, parts[0]) && fnmatch(n.SourceName, parts[1]) && fnmatch(n.Name, parts[2])
		}, nil
	}
	if len(parts) == 1 {
		parts = append([]string{"*"}, parts...)
	}
	return func(n *node) bool {
		return n.ResourceType == kind && fnmatch(n.PackageName, parts[0]) && fnmatch(n.Name, parts[1])
	}, nil
}

// noun is what messages call that which a criterion names.
func noun(c criterion) string {
	switch c.method {
	case "fqn":
		return "model, seed, snapshot or folder"
	case "config":
		return "setting"
	}
	return c.method
}

// known returns the names that a criterion's value could be, or nothing where an unknown value is no mistake.
func (e *evaluation) known(c criterion) []string {
	value := fmt.Sprint(c.value)
	if strings.ContainsAny(value, "*?[") {
		return nil
	}
	of := func(names func(*node) []string) []string {
		seen, list := map[string]bool{}, []string{}
		for _, id := range e.ids {
			for _, name := range names(e.nodes[id]) {
				if name != "" && !seen[name] {
					seen[name] = true
					list = append(list, name)
				}
			}
		}
		return list
	}
	switch c.method {
	case "fqn":
		return of(func(n *node) []string {
			if n.isTable() && n.ResourceType != "source" && len(n.FQN) > 0 {
				return append([]string{n.Name}, n.FQN[:len(n.FQN)-1]...)
			}
			return nil
		})
	case "tag":
		return of((*node).tags)
	case "path":
		return e.paths
	case "file":
		return of(func(n *node) []string { return []string{path.Base(n.OriginalFilePath)} })
	case "package":
		return of(func(n *node) []string { return []string{n.PackageName} })
	case "group":
		return of(func(n *node) []string { group, _ := n.Config["group"].(string); return []string{group} })
	case "source":
		return of(func(n *node) []string {
			if n.ResourceType != "source" {
				return nil
			}
			return []string{n.SourceName, n.SourceName + "." + n.Name}
		})
	case "exposure", "metric", "semantic_model", "saved_query", "unit_test":
		return of(func(n *node) []string {
			if n.ResourceType != c.method {
				return nil
			}
			return []string{n.Name}
		})
	}
	return nil
}
