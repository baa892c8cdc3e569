package pipes

import "strings"

// JoinAssetKey makes the string form of an asset key from its parts. Pipes separates the parts by "/", and escapes
// "/" and "\" inside a part by "\".
func JoinAssetKey(parts ...string) string {
	escape := strings.NewReplacer(`\`, `\\`, `/`, `\/`)
	escaped := make([]string, len(parts))
	for i, part := range parts {
		escaped[i] = escape.Replace(part)
	}
	return strings.Join(escaped, "/")
}

// SplitAssetKey is the inverse of JoinAssetKey. An empty last part is dropped, as Dagster does.
func SplitAssetKey(key string) []string {
	var (
		parts   []string
		part    strings.Builder
		escaped bool
	)
	for _, r := range key {
		switch {
		case escaped:
			part.WriteRune(r)
			escaped = false
		case r == '\\':
			escaped = true
		case r == '/':
			parts = append(parts, part.String())
			part.Reset()
		default:
			part.WriteRune(r)
		}
	}
	if part.Len() > 0 {
		parts = append(parts, part.String())
	}
	return parts
}
