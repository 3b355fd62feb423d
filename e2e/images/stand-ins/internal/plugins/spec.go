// Package plugins knows the plugins of the emulated Logstash and the options of those that can run here.
package plugins

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"loggingstack.dev/stand-ins/internal/event"
)

// Kind is how the value of an option is checked ("Structure of a pipeline", value types).
type Kind int

// The value types.
const (
	Text Kind = iota
	Number
	Boolean
	Array
	Hash
	Password
	Path
	URI
	Codec
	Reference
	Any
	DataStreamName
)

var kindNames = map[Kind]string{Text: "string", Number: "number", Boolean: "boolean", Array: "array", Hash: "hash", Password: "password",
	Path: "path", URI: "uri", Codec: "codec", Reference: "field_reference", Any: "any", DataStreamName: "dataset_identifier"}

// Option describes one option of a plugin.
type Option struct {
	Kind     Kind
	Values   []string
	List     bool
	Required bool
	// Obsolete is what to do instead; the plugin does not start with such an option.
	Obsolete string
	// Deprecated is what to do instead; the plugin still starts.
	Deprecated string
}

// Spec is a plugin: its type (input, filter, output), name and options.
type Spec struct {
	Type    string
	Name    string
	Options map[string]Option
}

// Config holds the checked options of one plugin in a pipeline.
type Config struct {
	Spec   Spec
	ID     string
	Values map[string]any
	// Warnings are deprecations to be logged.
	Warnings []string
}

// Failure is a configuration that Logstash refuses. Details are the lines it logs before the refusal itself.
type Failure struct {
	Message string
	Details []string
}

func (f *Failure) Error() string {
	return strings.Join(append(slices.Clone(f.Details), f.Message), "\n")
}

const somethingWrong = "Something is wrong with your configuration."

// Check validates raw options (texts, float64, []any, map[string]any) against the plugin.
func (s Spec) Check(raw map[string]any) (*Config, error) {
	config := &Config{Spec: s, Values: map[string]any{}}
	if err := s.checkNames(raw); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(s.Options)) {
		if _, given := raw[name]; s.Options[name].Required && !given {
			return nil, &Failure{somethingWrong, []string{fmt.Sprintf("Missing a required setting for the %s %s plugin:\n\n  %s {\n    %s {\n      %s => # SETTING MISSING\n      ...\n    }\n  }", s.Name, s.Type, s.Type, s.Name, name)}}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(raw)) {
		option := s.Options[name]
		if option.Obsolete != "" {
			return nil, &Failure{Message: fmt.Sprintf("The setting `%s` in plugin `%s` is obsolete and is no longer available. %s If you have any questions about this, you are invited to visit https://discuss.elastic.co/c/logstash and ask.", name, s.Name, option.Obsolete)}
		}
		value, err := option.check(raw[name])
		if err != nil {
			shown := fmt.Sprintf("%q", fmt.Sprint(raw[name]))
			if option.Kind == Password {
				shown = "<password>"
			}
			return nil, &Failure{somethingWrong, []string{fmt.Sprintf("Invalid setting for %s %s plugin:\n\n  %s {\n    %s {\n      # This setting must be a %s\n      # %s\n      %s => %s\n      ...\n    }\n  }", s.Name, s.Type, s.Type, s.Name, option.typeName(), err, name, shown)}}
		}
		if option.Deprecated != "" {
			config.Warnings = append(config.Warnings, fmt.Sprintf("You are using a deprecated config setting %q set in %s. Deprecated settings will continue to work, but are scheduled for removal from logstash in the future. %s", name, s.Name, option.Deprecated))
		}
		config.Values[name] = value
	}
	config.ID = config.Text("id")
	return config, nil
}

func (s Spec) checkNames(raw map[string]any) error {
	details := []string{}
	for _, name := range slices.Sorted(maps.Keys(raw)) {
		if _, known := s.Options[name]; !known {
			details = append(details, fmt.Sprintf("Unknown setting '%s' for %s", name, s.Name))
		}
	}
	if len(details) > 0 {
		return &Failure{somethingWrong, details}
	}
	return nil
}

func (o Option) typeName() string {
	if len(o.Values) > 0 {
		return fmt.Sprintf("%q", o.Values)
	}
	return kindNames[o.Kind]
}

func (o Option) check(raw any) (any, error) {
	if !o.List {
		return o.checkOne(raw)
	}
	items, isList := raw.([]any)
	if !isList {
		items = []any{raw}
	}
	checked := []any{}
	for _, item := range items {
		// A list of URIs may also be one text with blanks between.
		if text, ok := item.(string); ok && o.Kind == URI && strings.Contains(strings.TrimSpace(text), " ") {
			for _, part := range strings.Fields(text) {
				checked = append(checked, part)
			}
			continue
		}
		value, err := o.checkOne(item)
		if err != nil {
			return nil, err
		}
		checked = append(checked, value)
	}
	return checked, nil
}

func (o Option) checkOne(raw any) (any, error) {
	if len(o.Values) > 0 {
		text, ok := single(raw)
		if !ok || !slices.Contains(o.Values, text) {
			return nil, fmt.Errorf("Expected one of %q, got %q", o.Values, fmt.Sprint(raw))
		}
		return text, nil
	}
	switch o.Kind {
	case Any, Codec:
		return raw, nil
	case Array:
		if list, ok := raw.([]any); ok {
			return list, nil
		}
		return []any{raw}, nil
	case Hash:
		return asHash(raw)
	}
	text, ok := single(raw)
	if !ok {
		return nil, fmt.Errorf("Expected %s, got %v", kindNames[o.Kind], fmt.Sprintf("%v", raw))
	}
	return o.checkText(text)
}

func (o Option) checkText(text string) (any, error) {
	switch o.Kind {
	case Number:
		number, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, fmt.Errorf("Expected number, got %q (type %s)", text, text)
		}
		return number, nil
	case Boolean:
		if text != "true" && text != "false" {
			return nil, fmt.Errorf("Expected boolean 'true' or 'false', got %q", text)
		}
		return text == "true", nil
	case Path:
		if _, err := os.Stat(text); err != nil {
			return nil, fmt.Errorf("File does not exist or cannot be opened %s", text)
		}
	case Reference:
		if text != "" && !event.ValidReference(text) {
			return nil, fmt.Errorf("Expected a valid field reference, got `%q`", text)
		}
	case DataStreamName:
		return text, checkDataStreamName(text)
	}
	return text, nil
}

// checkDataStreamName follows the documented limits of data_stream_dataset and data_stream_namespace.
func checkDataStreamName(text string) error {
	switch {
	case text == "":
		return fmt.Errorf("Invalid identifier - empty string")
	case len(text) > 100:
		return fmt.Errorf("Invalid identifier - too long (%d bytes)", len(text))
	case strings.ContainsAny(text, `\/*?"<>| ,#:`):
		return fmt.Errorf(`Invalid characters detected \ / * ? " < > | (blank) , # : are not allowed`)
	}
	return nil
}

func single(raw any) (string, bool) {
	switch value := raw.(type) {
	case string:
		return value, true
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64), true
	case []any:
		if len(value) == 1 {
			return single(value[0])
		}
	}
	return "", false
}

func asHash(raw any) (map[string]any, error) {
	switch value := raw.(type) {
	case map[string]any:
		return value, nil
	case []any:
		if len(value)%2 == 1 {
			return nil, fmt.Errorf("This field must contain an even number of items, got %d", len(value))
		}
		hash := map[string]any{}
		for i := 0; i < len(value); i += 2 {
			hash[fmt.Sprint(value[i])] = value[i+1]
		}
		return hash, nil
	default:
		return nil, fmt.Errorf("This field must contain an even number of items, got 1")
	}
}
