package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

func TestASecretIsStarsInEveryPrintedForm(t *testing.T) {
	const word = "opensesame"
	type hidden struct{ inner Secret }
	values := []any{
		NewSecret(word), []Secret{NewSecret(word)}, map[string]any{"a": NewSecret(word)},
		Connection{Password: NewSecret(word), ExtraParams: Params{"a": Params{"token": NewSecret(word)}}},
		hidden{NewSecret(word)}, &Config{Source: Connection{Password: NewSecret(word)}},
	}
	for i, value := range values {
		var printed strings.Builder
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			fmt.Fprintf(&printed, verb+"\n", value)
		}
		encoded, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		printed.Write(encoded)
		if encoded, err = yaml.Marshal(value); err != nil {
			t.Fatal(err)
		}
		printed.Write(encoded)
		for _, handler := range []slog.Handler{slog.NewTextHandler(&printed, nil), slog.NewJSONHandler(&printed, nil)} {
			slog.New(handler).Info("a", "value", value)
		}
		if strings.Contains(printed.String(), word) || strings.Contains(printed.String(), fmt.Sprintf("%x", word)) {
			t.Errorf("value %d is printed:\n%s", i, printed.String())
		}
	}
}

func TestASecretIsReadFromTextAndRevealed(t *testing.T) {
	var s Secret
	if err := json.Unmarshal([]byte(`"opensesame"`), &s); err != nil || s.Reveal() != "opensesame" {
		t.Errorf("got %q, %v", s.Reveal(), err)
	}
	if err := json.Unmarshal([]byte(`12345`), &s); err == nil || strings.Contains(err.Error(), "12345") {
		t.Errorf("got %v", err)
	}
	if !s.Equal(NewSecret("opensesame")) || s.Equal(Secret{}) || !NewSecret("").IsZero() {
		t.Error("equality")
	}
}

func TestParametersThatAreSecretsAreFoundByNameAndByForm(t *testing.T) {
	const text = `{"sslmode": "require", "sslkey": "/k.pem", "credentials_path": "/c.json", "port": 5, "ratio": 0.5,
		"password": "p1", "api_key": "p2", "authToken": "p3", "pin": {"secret": [70001, "p5"]}, "SSL-Passphrase": "p6",
		"proxy": "http://user:p7@host/", "credentials": {"user": "p8"}, "client": "-----BEGIN PRIVATE KEY-----\np9"}`
	var p Params
	if err := json.NewDecoder(bytes.NewReader([]byte(text))).Decode(&p); err != nil {
		t.Fatal(err)
	}
	printed := fmt.Sprintf("%v", p)
	for _, secret := range []string{"p1", "p2", "p3", "70001", "p5", "p6", "p7", "p8", "p9"} {
		if strings.Contains(printed, secret) {
			t.Errorf("%s is printed: %s", secret, printed)
		}
	}
	for name, want := range map[string]string{"sslkey": "/k.pem", "credentials_path": "/c.json", "port": "5", "ratio": "0.5", "password": "p1"} {
		if got, ok := p.Text(name); !ok || got != want {
			t.Errorf("%s: got %q", name, got)
		}
	}
	if _, ok := p.Text("none"); ok {
		t.Error("a parameter that is not there has text")
	}
}
