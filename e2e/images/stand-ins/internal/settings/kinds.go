// The kinds of values that settings have, with Logstash's own coercions and refusals.
package settings

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// PortRange is a span of TCP ports of which the first free one is taken.
type PortRange struct{ First, Last int }

// kind coerces a raw YAML or command line value into the type that a setting has, or says why not.
type kind func(name string, raw any) (any, error)

func describe(raw any) string { return fmt.Sprintf("%v (%T)", raw, raw) }

func boolean(name string, raw any) (any, error) {
	switch value := raw.(type) {
	case bool:
		return value, nil
	case string:
		if value == "true" || value == "false" {
			return value == "true", nil
		}
	}
	return nil, fmt.Errorf("Cannot coerce `%v` to boolean (%s)", raw, name)
}

func text(name string, raw any) (any, error) {
	if value, ok := raw.(string); ok {
		return value, nil
	}
	return nil, fmt.Errorf("Setting \"%s\" must be a String. Received: %s", name, describe(raw))
}

func nullableText(name string, raw any) (any, error) {
	if raw == nil {
		return "", nil
	}
	return text(name, raw)
}

func oneOf(options ...string) kind {
	return func(name string, raw any) (any, error) {
		value, err := text(name, raw)
		if err != nil {
			return nil, err
		}
		return member(name, value.(string), options)
	}
}

// coercibleOneOf accepts true and false as words too.
func coercibleOneOf(options ...string) kind {
	return func(name string, raw any) (any, error) {
		return member(name, fmt.Sprint(raw), options)
	}
}

func member(name, value string, options []string) (any, error) {
	for _, option := range options {
		if option == value {
			return value, nil
		}
	}
	return nil, fmt.Errorf("Invalid value \"%s: %s\" . Options are: %v", name, value, options)
}

func integer(name string, raw any) (any, error) {
	switch value := raw.(type) {
	case int:
		return value, nil
	case float64:
		if value == math.Trunc(value) {
			return int(value), nil
		}
	case string:
		if parsed, err := strconv.Atoi(value); err == nil {
			return parsed, nil
		}
	}
	return nil, fmt.Errorf("Failed to coerce value to NumericSetting. Received %s for \"%s\"", describe(raw), name)
}

func positiveInteger(name string, raw any) (any, error) {
	value, err := integer(name, raw)
	if err != nil {
		return nil, err
	}
	if value.(int) <= 0 {
		return nil, fmt.Errorf("Number must be bigger than 0. Received: %v for \"%s\"", raw, name)
	}
	return value, nil
}

var bytesPattern = regexp.MustCompile(`^\s*(\d+(?:\.\d+)?)\s*(b|kb?|mb?|gb?|tb?|pb?)$`)

var byteFactors = map[byte]float64{'b': 1, 'k': 1 << 10, 'm': 1 << 20, 'g': 1 << 30, 't': 1 << 40, 'p': 1 << 50}

// bytes accepts numbers and texts such as 64mb. Kubernetes quantities such as 4Gi are none.
func bytes(name string, raw any) (any, error) {
	switch value := raw.(type) {
	case int:
		if value >= 0 {
			return int64(value), nil
		}
	case string:
		if parts := bytesPattern.FindStringSubmatch(value); parts != nil {
			number, err := strconv.ParseFloat(parts[1], 64)
			if err == nil {
				return int64(number * byteFactors[parts[2][0]]), nil
			}
		}
	}
	return nil, fmt.Errorf("Could not coerce '%v' into a bytes value (%s)", raw, name)
}

var timeUnits = []struct {
	suffix string
	unit   time.Duration
}{{"nanos", time.Nanosecond}, {"micros", time.Microsecond}, {"ms", time.Millisecond}, {"s", time.Second}, {"m", time.Minute}, {"h", time.Hour}, {"d", 24 * time.Hour}}

func duration(name string, raw any) (any, error) {
	value, ok := raw.(string)
	if !ok {
		return nil, fmt.Errorf("value is not a string: %s for \"%s\"", describe(raw), name)
	}
	normalized := strings.ToLower(strings.TrimSpace(value))
	for _, unit := range timeUnits {
		if number, found := strings.CutSuffix(normalized, unit.suffix); found {
			parsed, err := strconv.Atoi(strings.TrimSpace(number))
			if err != nil {
				return nil, fmt.Errorf("invalid value for Integer(): %q for \"%s\"", number, name)
			}
			return time.Duration(parsed) * unit.unit, nil
		}
	}
	if normalized == "-1" {
		return time.Duration(-1), nil
	}
	return nil, fmt.Errorf("invalid time unit: %q for \"%s\"", value, name)
}

func portRange(name string, raw any) (any, error) {
	first, last := 0, 0
	switch value := raw.(type) {
	case int:
		first, last = value, value
	case string:
		from, to, spans := strings.Cut(strings.TrimSpace(value), "-")
		if !spans {
			to = from
		}
		var errFrom, errTo error
		first, errFrom = strconv.Atoi(from)
		last, errTo = strconv.Atoi(to)
		if errFrom != nil || errTo != nil {
			return nil, fmt.Errorf("Could not coerce [%v] into a port range (%s)", raw, name)
		}
	default:
		return nil, fmt.Errorf("Could not coerce [%v](type: %T) into a port range (%s)", raw, raw, name)
	}
	if first < 1 || last > 65535 || last < first {
		return nil, fmt.Errorf("Invalid value \"%s: %v\", valid options are within the range of 1-65535", name, raw)
	}
	return PortRange{first, last}, nil
}

func textList(name string, raw any) (any, error) {
	items, ok := raw.([]any)
	if !ok {
		items = []any{raw}
	}
	list := []string{}
	for _, item := range items {
		value, err := text(name, item)
		if err != nil {
			return nil, err
		}
		list = append(list, value.(string))
	}
	return list, nil
}

// writableDirectory makes the directory when its parent is writable, as Logstash does.
func writableDirectory(name string, raw any) (any, error) {
	value, err := text(name, raw)
	if err != nil {
		return nil, err
	}
	path := value.(string)
	info, err := os.Stat(path)
	if err == nil && !info.IsDir() {
		return nil, fmt.Errorf("Path \"%s\" must be a writable directory. It is not a directory. (%s)", path, name)
	}
	if err != nil {
		if err := os.MkdirAll(path, 0o755); err != nil {
			return nil, fmt.Errorf("Path \"%s\" does not exist and I failed trying to create it: %w (%s)", path, err, name)
		}
	}
	probe, err := os.CreateTemp(path, ".writable-*")
	if err != nil {
		return nil, fmt.Errorf("Path \"%s\" must be a writable directory. It is not writable. (%s)", path, name)
	}
	// The probe has done its work; what stays behind harms nobody.
	_ = probe.Close()
	_ = os.Remove(probe.Name())
	return filepath.Clean(path), nil
}

func existingFile(name string, raw any) (any, error) {
	value, err := text(name, raw)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(value.(string)); err != nil {
		return nil, fmt.Errorf("File \"%s\" must exist but was not found. (%s)", value, name)
	}
	return value, nil
}
