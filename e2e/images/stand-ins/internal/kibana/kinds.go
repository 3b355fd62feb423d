// Package kibana is the stand-in for Kibana: its configuration rules, its look at Elasticsearch, its status page.
package kibana

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// kind coerces a raw value of kibana.yml, or says what is wrong in the words of Kibana's schema.
type kind func(raw any) (any, error)

func typeName(raw any) string {
	switch raw.(type) {
	case nil:
		return "null"
	case string:
		return "string"
	case bool:
		return "boolean"
	case int, float64:
		return "number"
	case []any:
		return "Array"
	default:
		return "Object"
	}
}

func expected(what string, raw any) error {
	return fmt.Errorf("expected value of type [%s] but got [%s]", what, typeName(raw))
}

func text(raw any) (any, error) {
	if value, ok := raw.(string); ok {
		return value, nil
	}
	return nil, expected("string", raw)
}

// password may be written as a number, as only elasticsearch.password may.
func password(raw any) (any, error) {
	if number, ok := raw.(int); ok {
		return strconv.Itoa(number), nil
	}
	return text(raw)
}

func minimumLength(length int) kind {
	return func(raw any) (any, error) {
		value, err := text(raw)
		if err == nil && len(value.(string)) < length {
			return nil, fmt.Errorf("value has length [%d] but it must have a minimum length of [%d].", len(value.(string)), length) //nolint:staticcheck // the words of Kibana
		}
		return value, err
	}
}

func boolean(raw any) (any, error) {
	switch value := raw.(type) {
	case bool:
		return value, nil
	case string:
		if strings.EqualFold(value, "true") || strings.EqualFold(value, "false") {
			return strings.EqualFold(value, "true"), nil
		}
	}
	return nil, expected("boolean", raw)
}

func number(raw any) (any, error) {
	switch value := raw.(type) {
	case int:
		return float64(value), nil
	case float64:
		return value, nil
	case string:
		if parsed, err := strconv.ParseFloat(value, 64); err == nil {
			return parsed, nil
		}
	}
	return nil, expected("number", raw)
}

var durationPattern = regexp.MustCompile(`^([1-9][0-9]*|0)(ms|s|m|h|d|w|M|Y)?$`)

var durationUnits = map[string]time.Duration{"": time.Millisecond, "ms": time.Millisecond, "s": time.Second, "m": time.Minute, "h": time.Hour,
	"d": 24 * time.Hour, "w": 7 * 24 * time.Hour, "M": 30 * 24 * time.Hour, "Y": 365 * 24 * time.Hour}

func duration(raw any) (any, error) {
	value, isText := raw.(string)
	if count, isNumber := raw.(int); isNumber {
		value, isText = strconv.Itoa(count), true
	}
	if !isText {
		return nil, expected("moment.Duration", raw)
	}
	parts := durationPattern.FindStringSubmatch(value)
	if parts == nil {
		return nil, fmt.Errorf("Failed to parse value as time value. Value must be a duration in milliseconds, or follow the format <count>[ms|s|m|h|d|w|M|Y] (e.g. '70ms', '5s', '3d', '1Y'), where the duration is a safe positive integer.") //nolint:staticcheck // the words of Kibana
	}
	count, err := strconv.Atoi(parts[1])
	if err != nil {
		return nil, err
	}
	return time.Duration(count) * durationUnits[parts[2]], nil
}

var sizePattern = regexp.MustCompile(`^(\d+)(b|kb|mb|gb)?$`)

func size(raw any) (any, error) {
	if count, isNumber := raw.(int); isNumber {
		return count, nil
	}
	value, isText := raw.(string)
	if !isText {
		return nil, expected("ByteSize", raw)
	}
	if !sizePattern.MatchString(value) {
		return nil, fmt.Errorf("Failed to parse value as byte value. Value must be either number of bytes, or follow the format <count>[b|kb|mb|gb] (e.g., '1024kb', '200mb', '1gb'), where the number is a safe positive integer.") //nolint:staticcheck // the words of Kibana
	}
	return value, nil
}

func uri(raw any) (any, error) {
	value, isText := raw.(string)
	if !isText {
		return nil, expected("string", raw)
	}
	parsed, err := url.Parse(value)
	if err != nil || parsed.Hostname() == "" || (parsed.Scheme != "http" && parsed.Scheme != "https") {
		return nil, fmt.Errorf("expected URI with scheme [http|https].") //nolint:staticcheck // the words of Kibana
	}
	return value, nil
}

func listOf(item kind, smallest int) kind {
	return func(raw any) (any, error) {
		items, isList := raw.([]any)
		if !isList {
			one, err := item(raw)
			return []any{one}, err
		}
		if len(items) < smallest {
			return nil, fmt.Errorf("array size is [%d], but cannot be smaller than [%d]", len(items), smallest)
		}
		checked := []any{}
		for i, each := range items {
			value, err := item(each)
			if err != nil {
				return nil, fmt.Errorf("[%d]: %w", i, err)
			}
			checked = append(checked, value)
		}
		return checked, nil
	}
}

func oneOf(options ...string) kind {
	return func(raw any) (any, error) {
		value, isText := raw.(string)
		if !isText || !slices.Contains(options, value) {
			return nil, fmt.Errorf("types that failed validation: expected value to equal one of [%s]", strings.Join(options, ", "))
		}
		return value, nil
	}
}

func matching(pattern, explanation string) kind {
	compiled := regexp.MustCompile(pattern)
	return func(raw any) (any, error) {
		value, err := text(raw)
		if err == nil && !compiled.MatchString(value.(string)) {
			return nil, fmt.Errorf("%s", explanation)
		}
		return value, err
	}
}

func falseOr(other kind) kind {
	return func(raw any) (any, error) {
		if raw == false {
			return false, nil
		}
		return other(raw)
	}
}

func anything(raw any) (any, error) { return raw, nil }

var uuidKind = matching(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-5][0-9a-f]{3}-[089ab][0-9a-f]{3}-[0-9a-f]{12}$`, "must be a valid uuid")

var hostName = matching(`^([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*\.?$|^[0-9a-fA-F:]*:[0-9a-fA-F:.]*$`, "value must be a valid hostname (see RFC 1123).")

// serverHost is a host name or address, but not the "0" that older versions took.
func serverHost(raw any) (any, error) {
	if raw == "0" {
		return nil, fmt.Errorf("value must be a valid hostname (see RFC 1123).") //nolint:staticcheck // the words of Kibana
	}
	return hostName(raw)
}
