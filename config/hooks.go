package config

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Hooks say who is told of a run that found something.
type Hooks struct {
	Enabled bool   `json:"enabled" jsonschema_description:"Tell anybody; 'false' turns all hooks off." example:"false"`
	Hooks   []Hook `json:"hooks,omitempty" jsonschema_description:"Who is told, one entry each." absent:"none" example:"[{type: logging}]"`
}

// Hook is one who is told of a run, by one digest. Which keys matter depends on Type.
type Hook struct {
	Type    HookType `json:"type" jsonschema:"required" jsonschema_description:"How the digest is sent." example:"slack"`
	Enabled bool     `json:"enabled" jsonschema:"default=true" jsonschema_description:"Send to this hook." example:"false"`

	MinSeverity  string  `json:"min_severity" jsonschema:"nullable,default=low" jsonschema_description:"Tell of findings of this severity and above." example:"high"`
	OnDrift      bool    `json:"alert_on_drift" jsonschema:"nullable,default=true" jsonschema_description:"Tell of findings of drift." example:"false"`
	OnSchema     bool    `json:"alert_on_schema_change" jsonschema:"nullable,default=true" jsonschema_description:"Tell of columns that were added, removed or changed." example:"false"`
	OnFailure    bool    `json:"alert_on_profiling_failure" jsonschema:"nullable,default=true" jsonschema_description:"Tell of tables that could not be profiled, and of runs that failed as a whole." example:"false"`
	Timeout      float64 `json:"timeout" jsonschema:"nullable,default=10,exclusiveMinimum=0" jsonschema_description:"Seconds that sending may take, all tries included; all hooks together are given 30." example:"5"`
	LogLevel     string  `json:"log_level,omitempty" jsonschema:"nullable,default=INFO" jsonschema_description:"'logging': the level of the line: 'DEBUG', 'INFO', 'WARNING', 'ERROR' or 'CRITICAL'." example:"WARNING"`
	TableName    string  `json:"table_name,omitempty" jsonschema:"nullable,minLength=1,default=baselinr_events" jsonschema_description:"'sql', 'snowflake': the table of events, with its schema as 'schema.table' where it is another than the connection's." example:"audit.events"`
	WebhookURL   Secret  `json:"webhook_url,omitzero" jsonschema:"nullable" jsonschema_description:"'slack': the URL of an incoming webhook. It is a secret: write it as '${NAME}'." absent:"none; required by 'slack'" example:"${SLACK_WEBHOOK_URL}"`
	Channel      string  `json:"channel,omitempty" jsonschema:"nullable" jsonschema_description:"'slack': the channel, where the webhook lets the sender choose." absent:"the webhook's" example:"'#data'"`
	Username     string  `json:"username,omitempty" jsonschema:"nullable,default=Baselinr" jsonschema_description:"'slack': the sender's name, where the webhook lets the sender choose." example:"Profiler"`
	URL          Secret  `json:"url,omitzero" jsonschema:"nullable" jsonschema_description:"'webhook': where to post the digest. It is treated as a secret." absent:"none; required by 'webhook'" example:"https://example.com/hook"`
	Secret       Secret  `json:"secret,omitzero" jsonschema:"nullable" jsonschema_description:"'webhook': what the digest is signed with: 'whsec_' and a key in base64, or any text." absent:"none" example:"${WEBHOOK_SECRET}"`
	Headers      Headers `json:"headers,omitempty" jsonschema:"nullable" jsonschema_description:"'webhook': further headers of the request. Their values are treated as secrets." absent:"none" example:"{X-Team: data}"`
	Command      Command `json:"command,omitempty" jsonschema:"nullable" jsonschema_description:"'exec': the executable and its arguments; the digest is its standard input. A relative path starts at the working directory." absent:"none; required by 'exec'" example:"[./notify.sh, --quiet]"`
	Module       string  `json:"module,omitempty" jsonschema:"nullable" jsonschema_description:"'custom': the Python module of a class, which this program cannot run." absent:"none" example:"shop.hooks"`
	ClassName    string  `json:"class_name,omitempty" jsonschema:"nullable" jsonschema_description:"'custom': the name of the class." absent:"none" example:"Pager"`
	CustomParams Params  `json:"params,omitempty" jsonschema:"nullable" jsonschema_description:"'custom': the parameters of the class." absent:"none" example:"{team: data}"`

	Connection *Connection `json:"connection,omitempty" jsonschema:"nullable" jsonschema_description:"'sql', 'snowflake': the database to write to." absent:"the history's" example:"{type: sqlite, filepath: events.db}"`
}

// Headers are values of a request's headers by their names.
type Headers map[string]Secret

// Command is an executable with its arguments.
type Command []string

// HookType says how a digest is sent.
type HookType string

// The types of hooks.
const (
	// HookLogging writes the digest to the log.
	HookLogging HookType = "logging"
	// HookSQL writes a row for each event to a table.
	HookSQL HookType = "sql"
	// HookSnowflake is HookSQL, under the name that it has for Snowflake.
	HookSnowflake HookType = "snowflake"
	// HookSlack posts a message to Slack.
	HookSlack HookType = "slack"
	// HookWebhook posts the digest as signed JSON.
	HookWebhook HookType = "webhook"
	// HookExec starts an executable with the digest as its standard input.
	HookExec HookType = "exec"
	// HookCustom names a Python class. It loads with a warning, and is never sent.
	HookCustom HookType = "custom"
)

// HookTypes lists the types of hooks.
var HookTypes = []HookType{HookLogging, HookSQL, HookSnowflake, HookSlack, HookWebhook, HookExec, HookCustom}

// HooksWithin is how many seconds all hooks of a run are given together, whatever their timeouts.
const HooksWithin = 30

// logLevels are the values of log_level; case does not count.
var logLevels = []string{"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}

// keyTypes are the types of hooks that a key has an effect on, where that is not all.
var keyTypes = map[string][]HookType{
	"log_level": {HookLogging}, "table_name": {HookSQL, HookSnowflake}, "connection": {HookSQL, HookSnowflake},
	"webhook_url": {HookSlack}, "channel": {HookSlack}, "username": {HookSlack},
	"url": {HookWebhook}, "secret": {HookWebhook}, "headers": {HookWebhook}, "command": {HookExec},
	"module": {HookCustom}, "class_name": {HookCustom}, "params": {HookCustom},
}

// UnmarshalJSON fills in the defaults of what is absent.
func (h *Hook) UnmarshalJSON(data []byte) error {
	type plain Hook
	filled := plain{Enabled: true, MinSeverity: "low", OnDrift: true, OnSchema: true, OnFailure: true, Timeout: 10}
	if err := json.Unmarshal(data, &filled); err != nil {
		return err
	}
	switch filled.Type {
	case HookLogging:
		setDefault(&filled.LogLevel, "INFO")
		filled.LogLevel = strings.ToUpper(filled.LogLevel)
	case HookSQL, HookSnowflake:
		setDefault(&filled.TableName, "baselinr_events")
	case HookSlack:
		setDefault(&filled.Username, "Baselinr")
	}
	*h = Hook(filled)
	return nil
}

func setDefault(text *string, other string) {
	if *text == "" {
		*text = other
	}
}

// hookNodes returns the entries of hooks.hooks as they are written, by their index.
func hookNodes(root *node) []*node {
	if list := value(value(root, "hooks"), "hooks"); list != nil {
		return list.items
	}
	return nil
}

// hooks checks what one key of a hook cannot say alone.
func (c *checker) hooks(hooks Hooks, root *node) {
	nodes := hookNodes(root)
	for i, h := range hooks.Hooks {
		at := index("hooks.hooks", i)
		if c.failed(path(at, "type")) || h.Type == "" {
			continue
		}
		for _, key := range slices.Sorted(maps.Keys(keyTypes)) {
			if has(nodes[i], key) && !slices.Contains(keyTypes[key], h.Type) {
				c.warn(nodes[i].get(key).at, path(at, key), "has no effect on a hook of the type "+string(h.Type), "")
			}
		}
		if h.Timeout > HooksWithin {
			c.warn(c.nearestPlace(path(at, "timeout")), path(at, "timeout"), fmt.Sprintf("all hooks together are given %d seconds", HooksWithin), "")
		}
		if h.Connection != nil && !c.failed(path(at, "connection")) {
			c.connection(*h.Connection, path(at, "connection"))
		}
		c.hook(h, at, hooks.Enabled && h.Enabled)
	}
}

// hook checks the keys that a type of hooks needs; a hook that is not enabled may lack them.
func (c *checker) hook(h Hook, at string, enabled bool) {
	switch h.Type {
	case HookLogging:
		if !slices.Contains(logLevels, h.LogLevel) && !c.failed(path(at, "log_level")) {
			hint := "one of " + strings.Join(logLevels, ", ")
			if near := nearest(h.LogLevel, logLevels); near != "" {
				hint = fmt.Sprintf("did you mean %q?", near)
			}
			c.fail(c.nearestPlace(path(at, "log_level")), path(at, "log_level"), fmt.Sprintf("unknown log level %q", presentable(c.root.nearest(path(at, "log_level")).written)), hint)
		}
	case HookSlack:
		c.hookURL(h.WebhookURL, at, "webhook_url", "add the URL that Slack gives for an incoming webhook, as ${NAME}", enabled)
	case HookWebhook:
		c.hookURL(h.URL, at, "url", "add the URL to post to, as ${NAME} where it holds a secret", enabled)
		if key, ok := strings.CutPrefix(h.Secret.Reveal(), "whsec_"); ok {
			if _, err := base64.StdEncoding.DecodeString(key); err != nil || key == "" {
				c.fail(c.nearestPlace(path(at, "secret")), path(at, "secret"), "no key in base64 follows whsec_", "copy it anew, or take another text that does not begin so")
			}
		}
		for _, name := range slices.Sorted(maps.Keys(h.Headers)) {
			if !headerName.MatchString(name) || strings.ContainsAny(h.Headers[name].Reveal(), "\r\n\x00") {
				c.fail(c.nearestPlace(path(at, "headers")), path(path(at, "headers"), name), "not a header of HTTP", "a name has letters, digits and dashes, a value is one line")
			}
		}
	case HookExec:
		if enabled && (len(h.Command) == 0 || h.Command[0] == "") && !c.failed(path(at, "command")) {
			c.fail(c.nearestPlace(at), path(at, "command"), "the key is missing", "add the executable and its arguments, as in [./notify.sh, --quiet]")
		}
	case HookCustom:
		if !enabled {
			return
		}
		class := strings.Trim(h.Module+"."+h.ClassName, ".")
		c.warn(c.nearestPlace(path(at, "type")), path(at, "type"),
			fmt.Sprintf("custom: names a Python class (%s), which this program cannot run; the hook is never sent", presentable(class)),
			"write type: exec, with command: an executable that reads the digest as JSON")
	}
}

var headerName = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")

// hookURL checks that a URL is there and can be posted to. The message does not quote it.
func (c *checker) hookURL(secret Secret, at, key, missing string, enabled bool) {
	at, below := path(at, key), at
	if c.failed(at) {
		return
	}
	if secret.IsZero() {
		if enabled {
			c.fail(c.nearestPlace(below), at, "the key is missing", missing)
		}
		return
	}
	u, err := url.Parse(secret.Reveal())
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		c.fail(c.nearestPlace(at), at, "not a URL that can be posted to", "write it whole, beginning with https://")
	}
}
