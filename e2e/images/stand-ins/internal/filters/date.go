// The date filter ("Date filter plugin") for the formats ISO8601, UNIX, UNIX_MS and plain Joda patterns.
package filters

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"loggingstack.dev/stand-ins/internal/event"
	"loggingstack.dev/stand-ins/internal/plugins"
)

type dateParser func(text string) (time.Time, bool)

func newDate(config *plugins.Config) (Filter, error) {
	match := config.Texts("match")
	if len(match) < 2 {
		return nil, &plugins.Failure{Message: "The match setting should contains first a field name and at least one date format, current value is " + fmt.Sprintf("%q", match)}
	}
	location := time.UTC
	if zone := config.Text("timezone"); zone != "" && !strings.Contains(zone, "%{") {
		loaded, err := time.LoadLocation(zone)
		if err != nil {
			return nil, &plugins.Failure{Message: fmt.Sprintf("The datetime zone id '%s' is not recognised", zone)}
		}
		location = loaded
	}
	parsers := []dateParser{}
	for _, format := range match[1:] {
		parser, err := dateParserOf(format, location)
		if err != nil {
			return nil, err
		}
		parsers = append(parsers, parser)
	}
	target := config.TextOr("target", "@timestamp")
	onFailure := []string{"_dateparsefailure"}
	if config.Has("tag_on_failure") {
		onFailure = config.Texts("tag_on_failure")
	}
	return func(e *event.Event) bool {
		raw, exists := e.Get(match[0])
		if !exists || raw == nil {
			return false
		}
		for _, parse := range parsers {
			if at, ok := parse(event.Text(raw)); ok {
				return e.Set(target, event.FormatTime(at)) == nil
			}
		}
		for _, tag := range onFailure {
			e.Tag(tag)
		}
		return false
	}, nil
}

func dateParserOf(format string, location *time.Location) (dateParser, error) {
	switch format {
	case "ISO8601":
		return func(text string) (time.Time, bool) {
			for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999"} {
				if at, err := time.ParseInLocation(layout, strings.Replace(text, ",", ".", 1), location); err == nil {
					return at, true
				}
			}
			return time.Time{}, false
		}, nil
	case "UNIX", "UNIX_MS":
		scale := map[string]float64{"UNIX": 1e9, "UNIX_MS": 1e6}[format]
		return func(text string) (time.Time, bool) {
			number, err := strconv.ParseFloat(text, 64)
			return time.Unix(0, int64(number*scale)), err == nil
		}, nil
	case "TAI64N":
		return nil, &plugins.Failure{Message: "The date format TAI64N is part of Logstash, but this stand-in cannot run it."}
	}
	layout, err := goLayout(format)
	if err != nil {
		return nil, err
	}
	return func(text string) (time.Time, bool) {
		at, err := time.ParseInLocation(layout, text, location)
		return at, err == nil
	}, nil
}

// jodaLayouts maps the letters of a Joda pattern to Go's layout, longest first.
var jodaLayouts = []struct{ joda, layout string }{
	{"yyyy", "2006"}, {"YYYY", "2006"}, {"yy", "06"}, {"YY", "06"}, {"MMMM", "January"}, {"MMM", "Jan"}, {"MM", "01"}, {"M", "1"},
	{"dd", "02"}, {"d", "2"}, {"EEEE", "Monday"}, {"EEE", "Mon"}, {"HH", "15"}, {"H", "15"}, {"hh", "03"}, {"h", "3"}, {"mm", "04"}, {"m", "4"},
	{"ss", "05"}, {"s", "5"}, {"SSSSSS", "000000"}, {"SSS", "000"}, {"SS", "00"}, {"S", "0"}, {"a", "PM"}, {"ZZ", "-07:00"}, {"Z", "-0700"}, {"z", "MST"},
}

func goLayout(pattern string) (string, error) {
	layout := strings.Builder{}
	for rest := pattern; rest != ""; {
		if strings.HasPrefix(rest, "'") {
			literal, after, closed := strings.Cut(rest[1:], "'")
			if !closed {
				return "", &plugins.Failure{Message: fmt.Sprintf("Illegal pattern: the quote in %q is not closed", pattern)}
			}
			layout.WriteString(literal)
			rest = after
			continue
		}
		matched := false
		for _, token := range jodaLayouts {
			if after, ok := strings.CutPrefix(rest, token.joda); ok {
				layout.WriteString(token.layout)
				rest, matched = after, true
				break
			}
		}
		if matched {
			continue
		}
		letter := rest[0]
		if (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') {
			return "", &plugins.Failure{Message: fmt.Sprintf("Illegal pattern component: %s in %q", rest[:1], pattern)}
		}
		layout.WriteByte(letter)
		rest = rest[1:]
	}
	return layout.String(), nil
}
