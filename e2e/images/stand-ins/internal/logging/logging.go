// Package logging writes the log lines of the stand-ins to one stream, plain or as JSON lines, and never a known secret.
package logging

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"sort"
	"strings"
	"sync"
	"time"
)

// Level orders the severities of log lines.
type Level int

// The severities, from the most to the least talkative.
const (
	Trace Level = iota
	Debug
	Info
	Warn
	Error
	Fatal
)

var levelNames = map[Level]string{Trace: "TRACE", Debug: "DEBUG", Info: "INFO", Warn: "WARN", Error: "ERROR", Fatal: "FATAL"}

// ParseLevel turns a setting such as "info" into a Level; unknown names mean Info (settings are checked elsewhere).
func ParseLevel(name string) Level {
	for level, text := range levelNames {
		if strings.EqualFold(text, name) {
			return level
		}
	}
	return Info
}

// Format is the shape of a log line.
type Format int

// The shapes: those of Logstash (plain, JSON) and of Kibana (plain, ECS JSON).
const (
	LogstashPlain Format = iota
	LogstashJSON
	KibanaPlain
	KibanaJSON
)

// Fields are the named values of one log line.
type Fields map[string]any

type sink struct {
	mu      sync.Mutex
	out     io.Writer
	level   Level
	format  Format
	secrets []string
}

// Logger writes lines under one logger name. All loggers made from one share stream, level and secrets.
type Logger struct {
	sink *sink
	name string
}

// New makes a logger that writes to out.
func New(out io.Writer, level Level, format Format) *Logger {
	return &Logger{sink: &sink{out: out, level: level, format: format}, name: "root"}
}

// Discard makes a logger that writes nothing.
func Discard() *Logger { return New(io.Discard, Fatal, LogstashPlain) }

// Named gives a logger of another name on the same stream.
func (l *Logger) Named(name string) *Logger { return &Logger{sink: l.sink, name: name} }

// Configure changes level and format for all loggers of this stream.
func (l *Logger) Configure(level Level, format Format) {
	l.sink.mu.Lock()
	defer l.sink.mu.Unlock()
	l.sink.level, l.sink.format = level, format
}

// AddSecret registers a value that must never appear in a log line, raw, base64 or URL-encoded.
func (l *Logger) AddSecret(value string) {
	// Shorter values would redact ordinary words.
	if len(value) < 6 {
		return
	}
	l.sink.mu.Lock()
	defer l.sink.mu.Unlock()
	for _, form := range []string{value, strings.Trim(toJSON(value), `"`), base64.StdEncoding.EncodeToString([]byte(value)), url.QueryEscape(value)} {
		l.sink.secrets = append(l.sink.secrets, form)
	}
	// Longest first, so that no tail of a longer secret stays behind.
	sort.Slice(l.sink.secrets, func(i, j int) bool { return len(l.sink.secrets[i]) > len(l.sink.secrets[j]) })
}

// Redact replaces every registered secret in text.
func (l *Logger) Redact(text string) string {
	l.sink.mu.Lock()
	defer l.sink.mu.Unlock()
	return l.sink.redact(text)
}

func (s *sink) redact(text string) string {
	for _, secret := range s.secrets {
		text = strings.ReplaceAll(text, secret, "<redacted>")
	}
	return text
}

// Enabled says whether lines of this level are written.
func (l *Logger) Enabled(level Level) bool {
	l.sink.mu.Lock()
	defer l.sink.mu.Unlock()
	return level >= l.sink.level
}

// Log writes one line.
func (l *Logger) Log(level Level, message string, fields Fields) {
	l.sink.mu.Lock()
	defer l.sink.mu.Unlock()
	if level < l.sink.level {
		return
	}
	line := l.render(level, message, fields, time.Now())
	// A log line that cannot be written has nowhere to be reported.
	_, _ = io.WriteString(l.sink.out, l.sink.redact(line)+"\n")
}

func (l *Logger) render(level Level, message string, fields Fields, now time.Time) string {
	switch l.sink.format {
	case LogstashJSON:
		event := Fields{"message": message}
		for key, value := range fields {
			event[key] = value
		}
		return toJSON(Fields{"level": levelNames[level], "loggerName": l.name, "timeMillis": now.UnixMilli(), "thread": "main", "logEvent": event})
	case KibanaJSON:
		line := Fields{"ecs": Fields{"version": "9.3.0"}, "@timestamp": now.UTC().Format("2006-01-02T15:04:05.000Z07:00"),
			"message": message + plainFields(fields), "log": Fields{"level": levelNames[level], "logger": l.name}}
		return toJSON(line)
	case KibanaPlain:
		return fmt.Sprintf("[%s][%-5s][%s] %s%s", now.UTC().Format("2006-01-02T15:04:05.000+00:00"), levelNames[level], l.name, message, plainFields(fields))
	default:
		return fmt.Sprintf("[%s][%-5s][%-25s] %s%s", now.UTC().Format("2006-01-02T15:04:05,000"), levelNames[level], l.name, message, plainFields(fields))
	}
}

func toJSON(value any) string {
	encoded := strings.Builder{}
	encoder := json.NewEncoder(&encoded)
	// Log lines are read by people, not by browsers.
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return fmt.Sprintf(`{"level":"ERROR","logEvent":{"message":%q}}`, "log line could not be encoded: "+err.Error())
	}
	return strings.TrimSuffix(encoded.String(), "\n")
}

func plainFields(fields Fields) string {
	if len(fields) == 0 {
		return ""
	}
	keys := make([]string, 0, len(fields))
	for key := range fields {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	parts := make([]string, 0, len(keys))
	for _, key := range keys {
		parts = append(parts, fmt.Sprintf(":%s=>%v", key, fields[key]))
	}
	return " {" + strings.Join(parts, ", ") + "}"
}

// Debug writes a line of that level.
func (l *Logger) Debug(message string, fields Fields) { l.Log(Debug, message, fields) }

// Info writes a line of that level.
func (l *Logger) Info(message string, fields Fields) { l.Log(Info, message, fields) }

// Warn writes a line of that level.
func (l *Logger) Warn(message string, fields Fields) { l.Log(Warn, message, fields) }

// Error writes a line of that level.
func (l *Logger) Error(message string, fields Fields) { l.Log(Error, message, fields) }

// Fatal writes a line of that level; it does not end the process.
func (l *Logger) Fatal(message string, fields Fields) { l.Log(Fatal, message, fields) }
