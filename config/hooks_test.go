package config

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

func TestTheExamplesOfTheHooksPageLoad(t *testing.T) {
	page, err := os.ReadFile("../docs/hooks.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	if len(blocks) < len(HookTypes)-2 { // sql and snowflake share one, and custom has none
		t.Errorf("only %d examples", len(blocks))
	}
	s := compiled(t)
	for _, block := range blocks {
		text := block[1]
		if !strings.HasPrefix(text, "source:") {
			text = least + text
		}
		url := "https://example.com/"
		_, problems, warnings := parse(t, text, "SLACK_WEBHOOK_URL="+url, "WEBHOOK_SECRET=a", "TOKEN=a", "AUDIT_PASSWORD=a")
		if len(problems)+len(warnings) > 0 {
			t.Errorf("%s\n%v %v", text, problems, warnings)
		}
		if err := validate(t, s, []byte(text)); err != nil {
			t.Error(err)
		}
	}
}

func TestAHooksPasswordMayComeFromAFile(t *testing.T) {
	file := t.TempDir() + "/password"
	if err := os.WriteFile(file, []byte("opensesame\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, problems, _ := parse(t, least+"hooks: {hooks: [{type: sql, connection: {type: postgres, database: a, password_file: "+file+"}}]}")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if connection := c.Hooks.Hooks[0].Connection; connection.Password.Reveal() != "opensesame" || connection.PasswordFile != "" {
		t.Errorf("got %+v", connection)
	}
}
