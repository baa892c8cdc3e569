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
	if err := yaml.Unmarshal(encoded, &document); err != nil {
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
