// The type conversions of mutate's convert.
package filters

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"loggingstack.dev/stand-ins/internal/event"
)

var leadingInteger = regexp.MustCompile(`^\s*[-+]?\d+`)
var leadingFloat = regexp.MustCompile(`^\s*[-+]?\d+(\.\d+)?([eE][-+]?\d+)?`)

func convertOne(value any, wanted string) (any, error) {
	if _, isHash := value.(map[string]any); isHash {
		return nil, fmt.Errorf("a hash cannot be converted")
	}
	text := event.Text(value)
	if strings.HasSuffix(wanted, "_eu") {
		text = strings.ReplaceAll(strings.ReplaceAll(text, ".", ""), ",", ".")
	} else if wanted == "integer" || wanted == "float" {
		text = strings.ReplaceAll(text, ",", "")
	}
	switch wanted {
	case "string":
		return text, nil
	case "boolean":
		return convertBoolean(text)
	case "integer", "integer_eu":
		if text == "true" || text == "false" {
			return map[string]int64{"true": 1, "false": 0}[text], nil
		}
		// Like Ruby's to_i: what does not begin with digits is 0.
		parsed, _ := strconv.ParseInt(strings.TrimSpace(leadingInteger.FindString(text)), 10, 64)
		return parsed, nil
	default:
		parsed, _ := strconv.ParseFloat(strings.TrimSpace(leadingFloat.FindString(text)), 64)
		return parsed, nil
	}
}

func convertBoolean(text string) (any, error) {
	switch strings.ToLower(text) {
	case "true", "t", "yes", "y", "1", "1.0":
		return true, nil
	case "false", "f", "no", "n", "0", "0.0", "":
		return false, nil
	}
	return text, nil
}
