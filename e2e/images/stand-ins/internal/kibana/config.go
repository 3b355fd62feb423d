// Reading kibana.yml: placeholders, dotted and nested keys, unknown keys, types.
package kibana

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"loggingstack.dev/stand-ins/internal/envsubst"
)

// The exit codes of Kibana: configuration that fails its schema, unknown keys, everything else.
const (
	ExitInvalid = 78
	ExitUnknown = 64
	ExitOther   = 1
)

// ConfigError is a configuration that Kibana refuses, with the exit code that it ends with.
type ConfigError struct {
	Code    int
	Message string
}

func (e *ConfigError) Error() string { return e.Message }

func invalid(format string, arguments ...any) error {
	return &ConfigError{ExitInvalid, fmt.Sprintf(format, arguments...)}
}

// Config is a checked configuration.
type Config struct {
	Version string
	Major   int
	Minor   int
	values  map[string]any
	// Warnings are settings without effect.
	Warnings []string
}

var versionPattern = regexp.MustCompile(`^(\d+)\.(\d+)\.\d+$`)

// Load reads the files, one over the other, then the overrides of the command line, and checks all of it.
func Load(version string, files []string, overrides map[string]any, lookup envsubst.Lookup) (*Config, error) {
	parts := versionPattern.FindStringSubmatch(version)
	if parts == nil {
		return nil, fmt.Errorf("version %q is not of the form 9.4.3", version)
	}
	config := &Config{Version: version, values: map[string]any{}}
	// The pattern has checked that these are numbers.
	config.Major, _ = strconv.Atoi(parts[1])
	config.Minor, _ = strconv.Atoi(parts[2])
	raw := map[string]any{}
	for _, file := range files {
		if err := readFile(file, raw, lookup); err != nil {
			return nil, err
		}
	}
	maps.Copy(raw, overrides)
	if err := config.check(raw); err != nil {
		return nil, err
	}
	return config, config.checkRules()
}

func readFile(path string, into map[string]any, lookup envsubst.Lookup) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("the configuration cannot be read: %w", err)
	}
	var tree any
	if err := yaml.Unmarshal(content, &tree); err != nil {
		return fmt.Errorf("%s is not valid YAML: %w", path, err)
	}
	if tree == nil {
		return nil
	}
	root, isMap := tree.(map[string]any)
	if !isMap {
		return fmt.Errorf("%s must hold a mapping of settings", path)
	}
	replaced, err := replace(root, lookup)
	if err != nil {
		return err
	}
	flatten(replaced.(map[string]any), "", into)
	return nil
}

func replace(value any, lookup envsubst.Lookup) (any, error) {
	switch typed := value.(type) {
	case string:
		return envsubst.Kibana(typed, lookup)
	case []any:
		for i, item := range typed {
			replaced, err := replace(item, lookup)
			if err != nil {
				return nil, err
			}
			typed[i] = replaced
		}
	case map[string]any:
		for key, item := range typed {
			replaced, err := replace(item, lookup)
			if err != nil {
				return nil, err
			}
			typed[key] = replaced
		}
	}
	return value, nil
}

func flatten(tree map[string]any, prefix string, into map[string]any) {
	for key, value := range tree {
		name := strings.TrimPrefix(prefix+"."+key, ".")
		if child, isMap := value.(map[string]any); isMap && len(child) > 0 {
			flatten(child, name, into)
			continue
		}
		into[name] = value
	}
}

// check validates the known keys first and tells of unknown ones after, as Kibana does.
func (c *Config) check(raw map[string]any) error {
	known := newSchema(c.Major)
	unknown := []string{}
	for _, key := range slices.Sorted(maps.Keys(raw)) {
		accepts, ok := known.knows(key)
		if !ok {
			unknown = append(unknown, strconv.Quote(key))
			continue
		}
		value, err := accepts(raw[key])
		if err != nil {
			return invalid("[config validation of [%s].%s]: %s", section(key), strings.TrimPrefix(key, section(key)+"."), err)
		}
		c.values[key] = value
	}
	if len(unknown) == 0 {
		return nil
	}
	if err := c.checkRules(); err != nil {
		return err
	}
	return &ConfigError{ExitUnknown, fmt.Sprintf("Unknown configuration key(s): %s. Check for spelling errors and ensure that expected plugins are installed.", strings.Join(unknown, ", "))}
}

func section(key string) string {
	parts := strings.Split(key, ".")
	if parts[0] == "xpack" && len(parts) > 2 {
		return parts[0] + "." + parts[1]
	}
	return parts[0]
}

// Text gives a text setting, or the fallback.
func (c *Config) Text(key, fallback string) string {
	if value, ok := c.values[key].(string); ok {
		return value
	}
	return fallback
}

// Bool gives a switch, or false.
func (c *Config) Bool(key string) bool {
	value, _ := c.values[key].(bool)
	return value
}

// Number gives a number, or the fallback.
func (c *Config) Number(key string, fallback float64) float64 {
	if value, ok := c.values[key].(float64); ok {
		return value
	}
	return fallback
}

// Duration gives a time span, or the fallback.
func (c *Config) Duration(key string, fallback time.Duration) time.Duration {
	if value, ok := c.values[key].(time.Duration); ok {
		return value
	}
	return fallback
}

// Texts gives a list of texts.
func (c *Config) Texts(key string) []string {
	list, _ := c.values[key].([]any)
	texts := []string{}
	for _, item := range list {
		if value, ok := item.(string); ok {
			texts = append(texts, value)
		}
	}
	return texts
}

// Has says whether the setting was given.
func (c *Config) Has(key string) bool { _, ok := c.values[key]; return ok }

// Secrets are the values that must never be logged.
func (c *Config) Secrets() []string {
	secrets := []string{}
	for key := range c.values {
		if strings.HasSuffix(key, "encryptionKey") || strings.HasSuffix(key, "Passphrase") || strings.HasSuffix(key, "assword") || strings.HasSuffix(key, "Token") {
			secrets = append(secrets, c.Text(key, ""))
		}
	}
	return append(secrets, c.Texts("xpack.encryptedSavedObjects.keyRotation.decryptionOnlyKeys")...)
}

// JSONLogs says whether any appender has a JSON layout.
func (c *Config) JSONLogs() bool {
	for key, value := range c.values {
		if strings.HasPrefix(key, "logging.appenders.") && strings.HasSuffix(key, ".layout.type") && value == "json" {
			return true
		}
	}
	return false
}
