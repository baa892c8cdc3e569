package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
)

// redacted stands for a secret wherever one would be printed.
const redacted = "***"

// Secret is text that must not be printed. Every printed form of it is ***: with any verb of fmt,
// as JSON or YAML, in logs. Reveal gives the text. The zero value is "no secret".
type Secret struct {
	// A pointer, so that fmt prints an address where it cannot call methods (unexported fields).
	text *string
}

// NewSecret returns text as a Secret; the empty text is the zero Secret.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{text: &text}
}

// Reveal returns the secret's text. Give it to a driver, and to nothing that prints.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero reports whether there is no secret.
func (s Secret) IsZero() bool { return s.text == nil }

// Equal reports whether both hold the same text.
func (s Secret) Equal(other Secret) bool { return s.Reveal() == other.Reveal() }

// String returns ***, or nothing for the zero Secret.
func (s Secret) String() string {
	if s.IsZero() {
		return ""
	}
	return redacted
}

// Format prints *** whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// GoString returns what String returns.
func (s Secret) GoString() string { return s.String() }

// LogValue makes log/slog print ***.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText writes ***.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalJSON writes "***".
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// MarshalYAML writes ***.
func (s Secret) MarshalYAML() (any, error) { return s.String(), nil }

// UnmarshalJSON reads a JSON string.
func (s *Secret) UnmarshalJSON(text []byte) error {
	var plain string
	if err := json.Unmarshal(text, &plain); err != nil {
		return errors.New("secret: not text") // the decoder's own message could quote it
	}
	*s = NewSecret(plain)
	return nil
}

// userinfo finds the password of a URL such as postgres://user:password@host/.
var userinfo = regexp.MustCompile(`://[^/\s:@]*:[^/\s@]+@`)

// secretText reports whether text is a secret whatever its key is named: a URL with a password, or
// a private key.
func secretText(text string) bool {
	return userinfo.MatchString(text) || privateKey.MatchString(text)
}

var privateKey = regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----`)

// presentable returns text as a message may quote it: cut to a readable length, and without the
// password of a URL.
func presentable(text string) string {
	if privateKey.MatchString(text) {
		return redacted
	}
	text = userinfo.ReplaceAllString(text, "://"+redacted+"@")
	if runes := []rune(text); len(runes) > 80 {
		return string(runes[:80]) + "…"
	}
	return text
}
