// Package envsubst replaces ${NAME} and ${NAME:default} in configuration values as Logstash and Kibana do.
package envsubst

import (
	"fmt"
	"regexp"
	"strings"
)

// Lookup gives the value of an environment variable and whether it is set.
type Lookup func(name string) (string, bool)

// logstashPlaceholder is the form that Logstash documents in "Using environment variables in a configuration".
var logstashPlaceholder = regexp.MustCompile(`\$\{([a-zA-Z_.][a-zA-Z0-9_.]*)(:([^}]*))?\}`)

// Logstash replaces placeholders in text; a variable that is neither set nor has a default is an error.
func Logstash(text string, lookup Lookup) (string, error) {
	var failure error
	replaced := logstashPlaceholder.ReplaceAllStringFunc(text, func(placeholder string) string {
		parts := logstashPlaceholder.FindStringSubmatch(placeholder)
		if value, ok := lookup(parts[1]); ok {
			return value
		}
		if parts[2] != "" {
			return parts[3]
		}
		if failure == nil {
			failure = fmt.Errorf("Cannot evaluate `%s`. Replacement variable `%s` is not defined in a Logstash secret store or as an Environment entry and there is no default value given.", placeholder, parts[1]) //nolint:staticcheck // the words of Logstash
		}
		return placeholder
	})
	return replaced, failure
}

// Has says whether text holds a Logstash placeholder.
func Has(text string) bool { return logstashPlaceholder.MatchString(text) }

// LogstashValue replaces placeholders in a value of a settings file, in nested lists and maps too. A replaced text loses
// its enclosing quotes and "[a, b]" becomes a list, as Logstash does for settings and plugin options.
func LogstashValue(value any, lookup Lookup) (any, error) {
	switch typed := value.(type) {
	case string:
		if !Has(typed) {
			return typed, nil
		}
		replaced, err := Logstash(typed, lookup)
		if err != nil {
			return nil, err
		}
		return refine(replaced), nil
	case []any:
		for i, item := range typed {
			replaced, err := LogstashValue(item, lookup)
			if err != nil {
				return nil, err
			}
			typed[i] = replaced
		}
		return typed, nil
	case map[string]any:
		for key, item := range typed {
			replaced, err := LogstashValue(item, lookup)
			if err != nil {
				return nil, err
			}
			typed[key] = replaced
		}
		return typed, nil
	default:
		return value, nil
	}
}

func refine(text string) any {
	text = stripEnclosing(stripEnclosing(text, `'`), `"`)
	if !strings.HasPrefix(text, "[") || !strings.HasSuffix(text, "]") || len(text) < 2 {
		return text
	}
	items := []any{}
	for _, item := range strings.Split(text[1:len(text)-1], ",") {
		items = append(items, stripEnclosing(stripEnclosing(strings.TrimSpace(item), `'`), `"`))
	}
	return items
}

func stripEnclosing(text, quote string) string {
	if len(text) >= 2 && strings.HasPrefix(text, quote) && strings.HasSuffix(text, quote) {
		return text[1 : len(text)-1]
	}
	return text
}

var kibanaPlaceholder = regexp.MustCompile(`\$\{([^}:]+)(:([^}]*))?\}`)

// Kibana replaces placeholders in text; a variable that is not set and has no default is an error.
func Kibana(text string, lookup Lookup) (string, error) {
	var failure error
	replaced := kibanaPlaceholder.ReplaceAllStringFunc(text, func(placeholder string) string {
		parts := kibanaPlaceholder.FindStringSubmatch(placeholder)
		if value, ok := lookup(parts[1]); ok {
			return value
		}
		if parts[2] != "" {
			return parts[3]
		}
		if failure == nil {
			failure = fmt.Errorf("Unknown environment variable referenced in config : %s", parts[1]) //nolint:staticcheck // the words of Kibana
		}
		return placeholder
	})
	return replaced, failure
}
