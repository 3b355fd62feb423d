// A set of checked settings, and how they are put together from file and command line.
package settings

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"loggingstack.dev/stand-ins/internal/envsubst"
)

// Settings are the values of one process or, cloned, of one pipeline.
type Settings struct {
	Version Version
	schema  map[string]setting
	values  map[string]any
	// Deprecations are messages about settings that work but will go away.
	Deprecations []string
}

// New gives settings with the defaults of the version.
func New(version Version) *Settings {
	return &Settings{Version: version, schema: schemaOf(version), values: map[string]any{}}
}

// Clone gives an independent copy, for a pipeline.
func (s *Settings) Clone() *Settings {
	return &Settings{Version: s.Version, schema: s.schema, values: maps.Clone(s.values)}
}

// Known says whether the version knows the setting.
func (s *Settings) Known(name string) bool { _, ok := s.schema[name]; return ok }

// IsBoolean says whether the setting is a switch, which on the command line takes no value.
func (s *Settings) IsBoolean(name string) bool {
	known, ok := s.schema[name]
	if !ok {
		return false
	}
	_, isBool := known.fallback.(bool)
	return isBool
}

// Set checks and stores one value.
func (s *Settings) Set(name string, raw any) error {
	known, ok := s.schema[name]
	if !ok {
		return fmt.Errorf("Setting \"%s\" doesn't exist. Please check if you haven't made a typo.", name) //nolint:staticcheck // the words of Logstash
	}
	value, err := known.kind(name, raw)
	if err != nil {
		return err
	}
	if known.replacedBy != "" {
		if _, both := s.values[known.replacedBy]; both {
			return fmt.Errorf("Both `%s` and its deprecated alias `%s` have been set. Please only set `%s`", known.replacedBy, name, known.replacedBy)
		}
		s.Deprecations = append(s.Deprecations, fmt.Sprintf("The setting `%s` is a deprecated alias for `%s` and will be removed in version 9. Please use `%s` instead", name, known.replacedBy, known.replacedBy))
		name = known.replacedBy
	}
	s.values[name] = value
	return nil
}

// IsSet says whether the setting was given, as opposed to its default.
func (s *Settings) IsSet(name string) bool { _, ok := s.values[name]; return ok }

func (s *Settings) get(name string) any {
	if value, ok := s.values[name]; ok {
		return value
	}
	known, ok := s.schema[name]
	if !ok {
		panic("setting " + name + " is not registered")
	}
	if raw, isText := known.fallback.(string); isText && raw != "" {
		// Defaults are written as a user would write them.
		if value, err := known.kind(name, raw); err == nil {
			return value
		}
	}
	return known.fallback
}

// Text gives the value of a text setting.
func (s *Settings) Text(name string) string {
	value, _ := s.get(name).(string)
	return value
}

// Texts gives the value of a list of texts.
func (s *Settings) Texts(name string) []string {
	values, _ := s.get(name).([]string)
	return values
}

// Bool gives the value of a switch.
func (s *Settings) Bool(name string) bool { return s.get(name).(bool) }

// Int gives the value of a number.
func (s *Settings) Int(name string) int { return s.get(name).(int) }

// Bytes gives the value of a size.
func (s *Settings) Bytes(name string) int64 { return s.get(name).(int64) }

// Duration gives the value of a time span.
func (s *Settings) Duration(name string) time.Duration { return s.get(name).(time.Duration) }

// Ports gives the value of a port range.
func (s *Settings) Ports(name string) PortRange { return s.get(name).(PortRange) }

// QueuePath is where the persistent queues of the pipelines are.
func (s *Settings) QueuePath() string { return s.below("path.queue", "queue") }

// DeadLetterPath is where the dead letter queues of the pipelines are.
func (s *Settings) DeadLetterPath() string {
	return s.below("path.dead_letter_queue", "dead_letter_queue")
}

func (s *Settings) below(name, folder string) string {
	if path := s.Text(name); path != "" {
		return path
	}
	return filepath.Join(s.Text("path.data"), folder)
}

// Load reads logstash.yml from the folder. A missing file is no error: Logstash goes on with defaults.
func (s *Settings) Load(folder string, lookup envsubst.Lookup) error {
	path := filepath.Join(folder, "logstash.yml")
	content, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("ERROR: Failed to load settings file from \"path.settings\". Aborting... path.setting=%s, message=>%w", folder, err)
	}
	var tree any
	if err := yaml.Unmarshal(content, &tree); err != nil {
		return fmt.Errorf("ERROR: Failed to parse YAML file \"%s\". Please confirm if the YAML structure is valid (e.g. look for incorrect usage of whitespace or indentation). Aborting... parser_error=>%w", path, err)
	}
	if tree == nil {
		return nil
	}
	flat := map[string]any{}
	if err := flatten(tree, "", flat); err != nil {
		return fmt.Errorf("ERROR: Failed to load settings file from \"path.settings\". Aborting... path.setting=%s, message=>%w", folder, err)
	}
	for _, name := range slices.Sorted(maps.Keys(flat)) {
		value, err := envsubst.LogstashValue(flat[name], lookup)
		if err != nil {
			return fmt.Errorf("ERROR: Failed to load settings file from \"path.settings\". Aborting... path.setting=%s, message=>%w", folder, err)
		}
		if err := s.Set(name, value); err != nil {
			return invalid(err)
		}
	}
	return nil
}

// Check looks at settings together, after all were given.
func (s *Settings) Check() error {
	if s.IsSet("config.string") && s.IsSet("path.config") && s.Text("config.string") != "" && s.Text("path.config") != "" {
		return errors.New("Settings 'path.config' (-f) and 'config.string' (-e) can't be used simultaneously.") //nolint:staticcheck // the words of Logstash
	}
	if s.Bool("config.reload.automatic") && s.Text("config.string") != "" {
		return errors.New("Configuration reloading can't be used with 'config.string' (-e).") //nolint:staticcheck // the words of Logstash
	}
	if err := s.checkAPI(); err != nil {
		return invalid(err)
	}
	if _, err := writableDirectory("path.data", s.Text("path.data")); err != nil {
		return invalid(err)
	}
	return s.CheckQueue()
}

// CheckQueue looks at the queue settings together; they may differ per pipeline.
func (s *Settings) CheckQueue() error {
	if s.Text("queue.type") == "persisted" && s.Bytes("queue.max_bytes") != 0 && s.Bytes("queue.page_capacity") > s.Bytes("queue.max_bytes") {
		return fmt.Errorf("Pipeline %s 'queue.page_capacity' must be less than or equal to 'queue.max_bytes'.", s.Text("pipeline.id")) //nolint:staticcheck // the words of Logstash
	}
	if s.Text("pipeline.ordered") == "true" && s.Int("pipeline.workers") > 1 {
		return fmt.Errorf("enabling the 'pipeline.ordered' setting requires the use of a single pipeline worker")
	}
	return nil
}

func invalid(err error) error {
	return fmt.Errorf("Your settings are invalid. Reason: %w", err)
}

func flatten(value any, prefix string, into map[string]any) error {
	tree, isMap := value.(map[string]any)
	if !isMap {
		if prefix == "" {
			return fmt.Errorf("a mapping of settings is expected, got %T", value)
		}
		into[prefix] = value
		return nil
	}
	for key, item := range tree {
		name := strings.TrimPrefix(prefix+"."+key, ".")
		if _, twice := into[name]; twice {
			return fmt.Errorf("setting \"%s\" is given twice", name)
		}
		if err := flatten(item, name, into); err != nil {
			return err
		}
	}
	return nil
}
