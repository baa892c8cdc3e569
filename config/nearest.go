package config

import "github.com/baselinr/baselinr-pipes/internal/spelling"

// nearest returns the name that word is most likely a misspelling, or the beginning, of; or nothing.
func nearest(word string, names []string) string { return spelling.Nearest(word, names) }
