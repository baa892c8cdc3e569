package config

import (
	"bytes"
	"encoding/json"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// JSON returns the configuration with every default filled in and secrets as ***, indented.
func (c *Config) JSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(c); err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	return b.Bytes(), nil
}

// YAML returns the configuration with every default filled in and secrets as ***, its keys in the
// order of the documentation.
func (c *Config) YAML() ([]byte, error) {
	encoded, err := c.JSON()
	if err != nil {
		return nil, err
	}
	var document yaml.Node
	if err := yaml.Unmarshal(escaped(encoded), &document); err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	block(&document)
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(&document); err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	return b.Bytes(), e.Close()
}

// escaped writes as \uXXXX the characters that JSON's texts may hold as they are and YAML's may not (YAML 1.2.2,
// production 1), or take for the end of a line (U+0085).
func escaped(encoded []byte) []byte {
	var b bytes.Buffer
	for _, r := range string(encoded) {
		if r >= 0x7F && r <= 0x9F || r == 0xFFFE || r == 0xFFFF {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.Bytes()
}

// block takes the braces and needless quotes of JSON away; lists of names stay on one line.
func block(n *yaml.Node) {
	scalars := n.Kind == yaml.SequenceNode
	for _, item := range n.Content {
		block(item)
		scalars = scalars && item.Kind == yaml.ScalarNode
	}
	n.Style = 0
	if scalars {
		n.Style = yaml.FlowStyle
	}
}
