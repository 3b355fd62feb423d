// Texts made of fields: %{field}, %{[a][b]} and %{+YYYY.MM.dd}.
package event

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"
)

var placeholder = regexp.MustCompile(`%\{([^}]+)\}`)

// Sprintf replaces the placeholders in format. A field that is not there leaves its placeholder as it is.
func (e *Event) Sprintf(format string) string {
	if !strings.Contains(format, "%{") {
		return format
	}
	return placeholder.ReplaceAllStringFunc(format, func(found string) string {
		key := found[2 : len(found)-1]
		if pattern, ok := strings.CutPrefix(key, "+"); ok {
			if pattern == "%s" {
				return fmt.Sprint(e.Timestamp().Unix())
			}
			return formatJoda(e.Timestamp(), pattern)
		}
		value, ok := e.Get(key)
		if !ok {
			return found
		}
		return Text(value)
	})
}

// Text writes a value as it appears inside a text.
func Text(value any) string {
	switch typed := value.(type) {
	case nil:
		return ""
	case string:
		return typed
	case json.Number:
		return typed.String()
	case []any:
		parts := make([]string, len(typed))
		for i, item := range typed {
			parts[i] = Text(item)
		}
		return strings.Join(parts, ",")
	case map[string]any:
		encoded, err := json.Marshal(typed)
		if err != nil {
			return fmt.Sprint(typed)
		}
		return string(encoded)
	default:
		return fmt.Sprint(typed)
	}
}

var jodaTokens = strings.NewReplacer("yyyy", "2006", "YYYY", "2006", "xxxx", "2006", "yy", "06", "MMM", "Jan", "MM", "01", "dd", "02",
	"HH", "15", "mm", "04", "ss", "05", "SSS", "000")

func formatJoda(at time.Time, pattern string) string {
	return at.UTC().Format(jodaTokens.Replace(pattern))
}
